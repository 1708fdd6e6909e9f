import { bn254 } from '@noble/curves/bn254.js'
import { FIELD_ORDER, type Groth16Proof } from '../../src/protocol/index.ts'
import { type Contribution, contributionHash, transcripts } from '../../src/verifier/contributions.ts'
import { hashToG2 } from '../../src/verifier/hash-to-g2.ts'

/** Set-ups of known numbers, made with another library than the one that checks them. */

const { G1, G2 } = bn254
type PointG1 = typeof G1.Point.BASE
type PointG2 = typeof G2.Point.BASE

export const CIRCUIT_HASH = 'ab'.repeat(64)

/** Contributions by these numbers, each with its proof that the number was known. */
export function contributionsOf(numbers: readonly bigint[], type: Contribution['type'] = 'contribution') {
  const made: Contribution[] = []
  let delta = G1.Point.BASE
  for (const x of numbers) {
    delta = delta.multiply(x)
    const s = G1.Point.BASE.multiply(77n)
    made.push(contribution({ x, delta, s, type }, made))
  }
  return made
}

function contribution(
  { x, delta, s, type }: { x: bigint; delta: PointG1; s: PointG1; type: Contribution['type'] },
  before: readonly Contribution[],
): Contribution {
  const points = { deltaAfter: pairOf(delta), s: pairOf(s), sx: pairOf(s.multiply(x)) }
  // x·H(transcript) isn't in its own transcript
  const draft = [...before, { ...points, spx: quadOf(G2.Point.BASE) }]
  const transcript = transcripts(CIRCUIT_HASH, draft).at(-1)!
  const [[x0, x1], [y0, y1]] = hashToG2(transcript)
  const sp = G2.Point.fromAffine({ x: { c0: x0, c1: x1 }, y: { c0: y0, c1: y1 } })
  const whole = { ...points, spx: quadOf(sp.multiply(x)) }
  return { name: `contributor ${before.length}`, type, hash: contributionHash(whole, transcript), ...whole }
}

/** delta of these numbers in G2, as a verification key holds it. */
export function deltaOf(...numbers: bigint[]): unknown {
  const product = numbers.reduce((all, x) => (all * x) % FIELD_ORDER, 1n)
  return keyPoint(G2.Point.BASE.multiply(product))
}

/** A point of G2 as snarkjs' JSON has it. */
export function keyPoint(point: PointG2): unknown {
  const [x, y] = quadOf(point)
  return [x.map(String), y.map(String), ['1', '0']]
}

/** A ceremony's contributions as its record holds them. */
export function contributionsJson(contributions: readonly Contribution[]): unknown {
  return JSON.parse(JSON.stringify(contributions, (_, value) => (typeof value === 'bigint' ? String(value) : value)))
}

function pairOf(point: PointG1): Groth16Proof['a'] {
  const { x, y } = point.toAffine()
  return [x, y]
}

function quadOf(point: PointG2): Groth16Proof['b'] {
  const { x, y } = point.toAffine()
  return [
    [x.c0, x.c1],
    [y.c0, y.c1],
  ]
}
