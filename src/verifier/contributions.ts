import { bytesToHex, concatBytes, hexToBytes, numberToBytesBE } from '@noble/curves/utils.js'
import { blake2b } from '@noble/hashes/blake2.js'
import * as z from 'zod'
import { type Groth16Proof, zGroth16Proof } from '../protocol/index.ts'

const blake2b512 = z.string().regex(/^[0-9a-f]{128}$/)

/** One contribution to a key's set-up, as the key carries it: the points are those of snarkjs' zkey format. */
export const zContribution = z.strictObject({
  name: z.string(),
  type: z.enum(['contribution', 'beacon']),
  /** BLAKE2b-512 that the contributor was told, and published. */
  hash: blake2b512,
  /** The public randomness of a beacon: its hex value, hashed 2^iterationsExp times. */
  beacon: z.strictObject({ value: z.string(), iterationsExp: z.int() }).optional(),
  /** delta in G1 after this contribution. */
  deltaAfter: zGroth16Proof.shape.a,
  /** The proof that the contributor knew its number x: a point s, then x·s, then x·H(transcript) in G2. */
  s: zGroth16Proof.shape.a,
  sx: zGroth16Proof.shape.a,
  spx: zGroth16Proof.shape.b,
})
export type Contribution = z.output<typeof zContribution>
export type ContributionJson = z.input<typeof zContribution>

/** What a ceremony record says of how the key was made. */
export const zContributions = z.object({
  /** BLAKE2b-512 of the key before any contribution. */
  circuitHash: blake2b512,
  contributions: z.array(zContribution).min(1).max(1024),
})

type Points = Pick<Contribution, 'deltaAfter' | 's' | 'sx' | 'spx'>

/**
 * The transcript that each contribution's proof of knowledge is about: BLAKE2b-512 of the circuit's hash, the contributions
 * before, and its own s and x·s.
 */
export function transcripts(circuitHash: string, contributions: readonly Points[]): Uint8Array[] {
  const before = blake2b.create({ dkLen: 64 }).update(hexToBytes(circuitHash))
  return contributions.map((contribution) => {
    const own = concatBytes(bytesOfG1(contribution.s), bytesOfG1(contribution.sx))
    const transcript = before.clone().update(own).digest()
    before.update(publicBytes(contribution, transcript))
    return transcript
  })
}

/** The hash that snarkjs tells a contributor, in hex. */
export function contributionHash(contribution: Points, transcript: Uint8Array): string {
  return bytesToHex(blake2b(publicBytes(contribution, transcript), { dkLen: 64 }))
}

function publicBytes({ deltaAfter, s, sx, spx }: Points, transcript: Uint8Array): Uint8Array {
  return concatBytes(bytesOfG1(deltaAfter), bytesOfG1(s), bytesOfG1(sx), bytesOfG2(spx), transcript)
}

function bytesOfG1([x, y]: Groth16Proof['a']): Uint8Array {
  return concatBytes(bytes(x), bytes(y))
}

function bytesOfG2([[x0, x1], [y0, y1]]: Groth16Proof['b']): Uint8Array {
  return concatBytes(bytes(x1), bytes(x0), bytes(y1), bytes(y0))
}

function bytes(coordinate: bigint): Uint8Array {
  return numberToBytesBE(coordinate, 32)
}
