import {
  type ContributionJson,
  contributionHash,
  transcripts,
  zContribution,
} from '../../src/verifier/contributions.ts'
import { bn254, type Curve } from './curve.ts'

/** What a proving key says of its own making: section 10 of a zkey file. */
export type KeyRecord = { circuitHash: string; contributions: ContributionJson[] }

const G1 = 64
const G2 = 128

/**
 * Reads the circuit hash and the contributions out of a Groth16 proving key (snarkjs' zkey format: `zkey`, version,
 * sections; section 10 holds the multi-party computation). Throws when the file is truncated or isn't a zkey.
 */
export async function readKeyRecord(zkey: Uint8Array): Promise<KeyRecord> {
  const section = findSection(Buffer.from(zkey.buffer, zkey.byteOffset, zkey.length), 10)
  let at = 0
  const take = (length: number): Buffer => {
    if (at + length > section.length) throw new Error('The proving key ends in the middle of its contributions.')
    at += length
    return section.subarray(at - length, at)
  }
  const curve = await bn254()
  const circuitHash = take(64).toString('hex')
  const count = take(4).readUInt32LE()
  const contributions: Omit<ContributionJson, 'hash'>[] = []
  for (let i = 0; i < count; i++) {
    const deltaAfter = pointG1(curve, take(G1))
    const [s, sx, spx] = [pointG1(curve, take(G1)), pointG1(curve, take(G1)), pointG2(curve, take(G2))]
    // the transcript: it follows from what stands before
    take(64)
    const type = take(4).readUInt32LE() === 1 ? 'beacon' : 'contribution'
    contributions.push({ ...readParameters(take(take(4).readUInt32LE())), type, deltaAfter, s, sx, spx })
  }
  return { circuitHash, contributions: withHashes(circuitHash, contributions) }
}

/** The hashes that snarkjs printed when the contributions were made. */
function withHashes(circuitHash: string, contributions: Omit<ContributionJson, 'hash'>[]): ContributionJson[] {
  const points = contributions.map((one) => zContribution.omit({ hash: true }).parse(one))
  const about = transcripts(circuitHash, points)
  return contributions.map(({ name, type, ...rest }, i) => {
    return { name, type, hash: contributionHash(points[i]!, about[i]!), ...rest }
  })
}

function pointG1(curve: Curve, bytes: Buffer): [string, string] {
  const [x, y] = curve.G1.toObject(curve.G1.fromRprLEM(bytes, 0))
  return [String(x), String(y)]
}

function pointG2(curve: Curve, bytes: Buffer): [[string, string], [string, string]] {
  const [x, y] = curve.G2.toObject(curve.G2.fromRprLEM(bytes, 0))
  return [
    [String(x[0]), String(x[1])],
    [String(y[0]), String(y[1])],
  ]
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

function readParameters(bytes: Buffer): Pick<ContributionJson, 'name' | 'beacon'> {
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
