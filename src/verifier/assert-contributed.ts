import { AssayError, type Groth16Proof } from '../protocol/index.ts'
import { type Contribution, contributionHash, transcripts } from './contributions.ts'
import { addG1, equal, type G1, type G2, negate, pairing, pointG1, pointG2 } from './curve.ts'
import { hashToG2 } from './hash-to-g2.ts'

/** G1's generator, (1, 2), and G2's (EIP-197). */
const GENERATOR_1: Groth16Proof['a'] = [1n, 2n]
export const GENERATOR_2: Groth16Proof['b'] = [
  [
    10857046999023057135944570762232829481370756359578518086990519993285655852781n,
    11559732032986387107991004021392285783925812861821192530917403151452391805634n,
  ],
  [
    8495653923123431417604973247489272438418190587263600148770280649306958101930n,
    4082367875863433681332203403145435568316851327593401208105741076214120093531n,
  ],
]

/** Multiples of the generator up to here are no randomness. */
const SMALL = 256

export interface Ceremony {
  circuitHash: string
  contributions: readonly Contribution[]
}

/**
 * Shows by pairings that a key's delta is the generator times the number of each contribution, and that each number was
 * known to someone who bound it to the circuit and to the contributions before (the proof of knowledge of Bowe, Gabizon and
 * Miers 2017, as snarkjs makes it). So a forger has to know the numbers of all of them. gamma has to be the generator, as
 * snarkjs leaves it: then no other relation between gamma and delta is known.
 *
 * It doesn't show that a contributor forgot its number, nor that two contributors are two people: a single liar can write
 * such a chain for a number of his own. Only the smallest, which nobody draws at random, are refused beside. That is why the
 * circuit id is pinned. It doesn't show either that the rest of the key follows from the circuit: `circuits:verify` does.
 * @throws AssayError `unsafeKey`
 */
export function assertContributed({ circuitHash, contributions }: Ceremony, gamma: G2, delta: G2): void {
  const [g1, g2] = [known1(GENERATOR_1), known2(GENERATOR_2)]
  if (!equal(gamma, g2)) throw unsafe('its gamma is not the generator')
  if (!contributions.some(({ type }) => type === 'contribution')) throw unsafe('it states public randomness alone')
  const challenges = transcripts(circuitHash, contributions)
  let current = g1
  for (const [i, contribution] of contributions.entries()) {
    const transcript = challenges[i]!
    if (contributionHash(contribution, transcript) !== contribution.hash)
      throw unsafe(`contribution ${i} has another hash`)
    const sp = known2(hashToG2(transcript))
    const [after, s, sx] = [known1(contribution.deltaAfter), known1(contribution.s), known1(contribution.sx)]
    const spx = known2(contribution.spx)
    if (!sameRatio([s, sx], [sp, spx])) throw unsafe(`contribution ${i} does not show that its number was known`)
    if (!sameRatio([current, after], [sp, spx])) throw unsafe(`contribution ${i} does not follow the one before`)
    current = after
  }
  if (!sameRatio([g1, current], [g2, delta])) throw unsafe('its delta is not that of the last contribution')
  if (isSmallMultiple(current, g1)) throw unsafe('its delta is a small multiple of the generator')
}

/** Whether b is to a as d is to c: e(a, d) = e(b, c). */
function sameRatio([a, b]: readonly [G1, G1], [c, d]: readonly [G2, G2]): boolean {
  return equal(pairing(a, d), pairing(b, c))
}

function isSmallMultiple(point: G1, generator: G1): boolean {
  const negated = negate(point)
  for (let k = 1, multiple = generator; k <= SMALL; k++, multiple = addG1(multiple, generator)) {
    if (equal(multiple, point) || equal(multiple, negated)) return true
  }
  return false
}

function known1(point: Groth16Proof['a']): G1 {
  return pointG1(point) ?? refuseRecord()
}

function known2(point: Groth16Proof['b']): G2 {
  return pointG2(point) ?? refuseRecord()
}

function refuseRecord(): never {
  throw unsafe('its record holds a point that is not one of its group')
}

function unsafe(reason: string): AssayError {
  return new AssayError('unsafeKey', undefined, { reason })
}
