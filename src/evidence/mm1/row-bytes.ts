/** A row as it is hashed and sent: each entry 32 bits, little-endian. */
export function rowToBytes(row: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(row.length * 4)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < row.length; i++) view.setUint32(4 * i, row[i]!, true)
  return bytes
}

/** The row that such bytes hold. */
export function bytesToRow(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i, true))
}
