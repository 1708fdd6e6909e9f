import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { bn254 } from './curve.ts'

export type Contribution = {
  name: string
  type: 'contribution' | 'beacon'
  /** BLAKE2b-512 that snarkjs printed when the contribution was made. */
  hash: string
  /** The public randomness of a beacon: its hex value, hashed 2^iterationsExp times. */
  beacon?: { value: string; iterationsExp: number }
}

/** What a proving key says of its own making: section 10 of a zkey file. */
export type KeyRecord = { circuitHash: string; contributions: Contribution[] }

const G1 = 64
const G2 = 128

/**
 * Reads the circuit hash and the contributions out of a Groth16 proving key (snarkjs' zkey format: `zkey`, version,
 * sections; section 10 holds the multi-party computation). Throws when the file is truncated or isn't a zkey.
 */
export async function readKeyRecord(zkey: string): Promise<KeyRecord> {
  const section = findSection(await readFile(zkey), 10)
  let at = 0
  const take = (length: number): Buffer => {
    if (at + length > section.length) throw new Error('The proving key ends in the middle of its contributions.')
    at += length
    return section.subarray(at - length, at)
  }
  const curve = await bn254()
  const circuitHash = take(64).toString('hex')
  const count = take(4).readUInt32LE()
  const contributions: Contribution[] = []
  for (let i = 0; i < count; i++) {
    const hash = createHash('blake2b512')
    // deltaAfter, s and s·x in G1, then s'·x in G2: stored in Montgomery form, hashed as uncompressed big-endian points.
    for (const group of ['G1', 'G1', 'G1', 'G2'] as const) {
      const point = curve[group].fromRprLEM(take(group === 'G1' ? G1 : G2), 0)
      const bytes = new Uint8Array(group === 'G1' ? G1 : G2)
      curve[group].toRprUncompressed(bytes, 0, point)
      hash.update(bytes)
    }
    hash.update(take(64))
    const beacon = take(4).readUInt32LE() === 1
    contributions.push({
      ...readParameters(take(take(4).readUInt32LE())),
      type: beacon ? 'beacon' : 'contribution',
      hash: hash.digest('hex'),
    })
  }
  return { circuitHash, contributions }
}

function findSection(file: Buffer, wanted: number): Buffer {
  if (file.subarray(0, 4).toString('latin1') !== 'zkey') throw new Error('The file is not a proving key.')
  const sections = file.readUInt32LE(8)
  let at = 12
  for (let i = 0; i < sections; i++) {
    const id = file.readUInt32LE(at)
    const length = Number(file.readBigUInt64LE(at + 4))
    at += 12
    if (at + length > file.length) throw new Error('The proving key is truncated.')
    if (id === wanted) return file.subarray(at, at + length)
    at += length
  }
  throw new Error(`The proving key has no section ${wanted}.`)
}

function readParameters(bytes: Buffer): Pick<Contribution, 'name' | 'beacon'> {
  let name = ''
  let iterationsExp = 0
  let value: string | undefined
  for (let at = 0; at < bytes.length; ) {
    const kind = bytes.readUInt8(at)
    const argument = bytes.readUInt8(at + 1)
    at += 2
    if (kind === 2) {
      iterationsExp = argument
      continue
    }
    const data = bytes.subarray(at, at + argument)
    at += argument
    if (kind === 1) name = data.toString('utf8')
    else if (kind === 3) value = data.toString('hex')
    else throw new Error(`The proving key holds a parameter of unknown kind ${kind}.`)
  }
  return value === undefined ? { name } : { name, beacon: { value, iterationsExp } }
}
