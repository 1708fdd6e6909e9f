import mcl from 'mcl-wasm'
import type { Groth16Proof } from '../protocol/index.ts'

/**
 * BN254 on mcl, whose checks are the caller's: this file is the only one that makes mcl's values, and it makes none
 * without checking it. Every call besides `startCurve` is synchronous and mcl's values live in JavaScript's memory, so
 * that any number of verifications may be under way.
 */
export type G1 = InstanceType<typeof mcl.G1>
export type G2 = InstanceType<typeof mcl.G2>
export type GT = InstanceType<typeof mcl.GT>

let starting: Promise<void> | undefined

/** Loads mcl once in a process. A failure is not remembered. */
export function startCurve(): Promise<void> {
  starting ??= mcl.init(mcl.BN_SNARK1).catch((error: unknown) => {
    starting = undefined
    throw error
  })
  return starting
}

/** mcl keeps one curve for the whole process: another user of it may have chosen another. Then nothing is verified. */
function assertCurve(): void {
  if (mcl.curveType !== mcl.BN_SNARK1) throw new Error('mcl is not set to the curve BN_SNARK1')
}

/** A point of G1 (prime order, cofactor 1) from affine coordinates; undefined off the curve. Never infinity. */
export function pointG1([x, y]: Groth16Proof['a']): G1 | undefined {
  return readPoint(new mcl.G1(), `1 ${x} ${y}`)
}

/** A point of G2 from affine coordinates; undefined off the curve or outside the subgroup. Never infinity. */
export function pointG2([x, y]: Groth16Proof['b']): G2 | undefined {
  return readPoint(new mcl.G2(), `1 ${x[0]} ${x[1]} ${y[0]} ${y[1]}`)
}

/** mcl's `setStr` throws for coordinates of q and more and, unless told otherwise, off the curve; orders it may skip. */
function readPoint<P extends G1 | G2>(point: P, text: string): P | undefined {
  assertCurve()
  try {
    point.setStr(text, 10)
  } catch {
    return undefined
  }
  return point.isValid() && point.isValidOrder() && !point.isZero() ? point : undefined
}

/** constant + Σ scalarᵢ·pointᵢ; scalars are below the group's order. */
export function combine(constant: G1, points: readonly G1[], scalars: readonly bigint[]): G1 {
  assertCurve()
  const factors = scalars.map((scalar) => {
    const factor = new mcl.Fr()
    factor.setStr(String(scalar), 10)
    return factor
  })
  return mcl.add(constant, mcl.mulVec([...points], factors))
}

/** ∏ e(Pᵢ, Qᵢ) with one final exponentiation. */
export function pairingProduct(pairs: readonly (readonly [G1, G2])[]): GT {
  assertCurve()
  const [first, ...rest] = pairs.map(([p, q]) => mcl.millerLoop(p, q)) as [GT, ...GT[]]
  return mcl.finalExp(rest.reduce((product, factor) => mcl.mul(product, factor), first))
}

/** −P */
export function negate(point: G1): G1 {
  return mcl.neg(point)
}
