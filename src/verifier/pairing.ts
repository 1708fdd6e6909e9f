import { FIELD_ORDER, type Groth16Proof, PUBLIC_SIGNALS } from '../protocol/index.ts'
import { combine, equal, type G1, type G2, type GT, negate, pairingProduct, pointG1, pointG2 } from './curve.ts'

/** The parts of a verification key that the equation needs. */
export interface PairingKey {
  /** e(alpha, beta) */
  alphaBeta: GT
  gamma: G2
  delta: G2
  /** One point for 1, and one for each public signal. */
  ic: readonly G1[]
}

/** A proof whose points are on their curves, in the subgroup, and not at infinity. */
export interface ProofPoints {
  a: G1
  b: G2
  c: G1
}

/** The points of a proof; undefined when one is off its curve or outside the subgroup. */
export function proofPoints(proof: Groth16Proof): ProofPoints | undefined {
  const [a, b, c] = [pointG1(proof.a), pointG2(proof.b), pointG1(proof.c)]
  return a === undefined || b === undefined || c === undefined ? undefined : { a, b, c }
}

/**
 * Groth16's equation (Groth 2016, 3.2): e(A, B) = e(alpha, beta) · e(Σ signalᵢ·ICᵢ, gamma) · e(C, delta).
 * @throws RangeError unless there are seven signals below the field order: others would stand for the same statement.
 */
export function pairingHolds(key: PairingKey, { a, b, c }: ProofPoints, signals: readonly bigint[]): boolean {
  if (signals.length !== PUBLIC_SIGNALS.length || signals.some((signal) => signal < 0n || signal >= FIELD_ORDER)) {
    throw new RangeError(`A proof has ${PUBLIC_SIGNALS.length} signals below the field order`)
  }
  const [constant, ...points] = key.ic as [G1, ...G1[]]
  const inputs = combine(constant, points, signals)
  const product = pairingProduct(
    [a, b],
    [
      [negate(inputs), key.gamma],
      [negate(c), key.delta],
    ],
  )
  return equal(product, key.alphaBeta)
}
