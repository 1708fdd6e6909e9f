/**
 * Counts the constraints of a circuit out of its Groth16 proving key (snarkjs' zkey format): the rows of the matrices in
 * section 4, less those that snarkjs adds, one for each public signal and one for the constant.
 */
export function countConstraints(zkey: Uint8Array): number {
  const file = Buffer.from(zkey.buffer, zkey.byteOffset, zkey.byteLength)
  if (file.subarray(0, 4).toString('latin1') !== 'zkey') throw new Error('The file is not a proving key.')
  const header = section(file, 2)
  const fieldBytes = header.readUInt32LE(0)
  const orderBytes = header.readUInt32LE(4 + fieldBytes)
  const publicSignals = header.readUInt32LE(4 + fieldBytes + 4 + orderBytes + 4)
  const coefficients = section(file, 4)
  const count = coefficients.readUInt32LE(0)
  // matrix, constraint, signal (4 bytes each), value
  const size = 12 + orderBytes
  let last = 0
  for (let i = 0; i < count; i++) last = Math.max(last, coefficients.readUInt32LE(4 + i * size + 4))
  return last + 1 - (publicSignals + 1)
}

function section(file: Buffer, wanted: number): Buffer {
  for (let at = 12; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at + 4))
    if (file.readUInt32LE(at) === wanted) return file.subarray(at + 12, at + 12 + length)
    at += 12 + length
  }
  throw new Error(`The proving key has no section ${wanted}.`)
}
