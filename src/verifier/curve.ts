import mcl from 'mcl-wasm'
import { BASE_FIELD_ORDER, type Groth16Proof } from '../protocol/index.ts'

/**
 * BN254 on mcl, whose checks are the caller's: this file is the only one that makes mcl's values, and it makes none
 * without checking it. Every call besides `startCurve` is synchronous and mcl's values live in JavaScript's memory (but for
 * prepared points, below), so that any number of verifications may be under way.
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

/** A point of G1 from affine coordinates; undefined off the curve. Never infinity. G1 is the whole curve: cofactor 1. */
export function pointG1([x, y]: Groth16Proof['a']): G1 | undefined {
  assertCurve()
  if (!canonical(x, y)) return undefined
  const point = new mcl.G1()
  point.setX(fp(x))
  point.setY(fp(y))
  point.setZ(fp(1n))
  return point.isValid() ? point : undefined
}

/** A point of G2 from affine coordinates; undefined off the twist or outside the subgroup. Never infinity. */
export function pointG2([x, y]: Groth16Proof['b']): G2 | undefined {
  assertCurve()
  if (!canonical(...x, ...y)) return undefined
  const [u, v] = [fp2(...x), fp2(...y)]
  const point = new mcl.G2()
  point.setX(u)
  point.setY(v)
  point.setZ(fp2(1n, 0n))
  // Not left to mcl's `isValid`: whether that looks at the order is a switch that the whole process shares.
  return onTwist(u, v) && point.isValidOrder() ? point : undefined
}

type Fp = InstanceType<typeof mcl.Fp>
type Fp2 = InstanceType<typeof mcl.Fp2>

/** v² = u³ + 3/(9 + i), the twist of BN254 (EIP-197). */
function onTwist(u: Fp2, v: Fp2): boolean {
  const cubed = mcl.mul(mcl.sqr(u), u)
  return mcl.sqr(v).isEqual(mcl.add(cubed, mcl.div(fp2(3n, 0n), fp2(9n, 1n))))
}

/** Whether coordinates are below the base field's order: a larger one would be another spelling of the same point. */
function canonical(...coordinates: bigint[]): boolean {
  return coordinates.every((coordinate) => coordinate >= 0n && coordinate < BASE_FIELD_ORDER)
}

function fp(value: bigint): Fp {
  const element = new mcl.Fp()
  element.setStr(String(value), 10)
  return element
}

function fp2(c0: bigint, c1: bigint): Fp2 {
  const element = new mcl.Fp2()
  element.set_a(fp(c0))
  element.set_b(fp(c1))
  return element
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

/** e(P, Q) */
export function pairing(p: G1, q: G2): GT {
  assertCurve()
  return mcl.finalExp(mcl.millerLoop(p, q))
}

/**
 * e(P, Q) · e(P₁, F₁) · e(P₂, F₂) with one final exponentiation. F₁ and F₂ are points that stay, a key's: what the Miller
 * loop needs of them is computed once.
 */
export function pairingProduct(free: readonly [G1, G2], fixed: readonly [readonly [G1, G2], readonly [G1, G2]]): GT {
  assertCurve()
  const [[p1, f1], [p2, f2]] = fixed
  const both = mcl.precomputedMillerLoop2(p1, prepare(f1), p2, prepare(f2))
  return mcl.finalExp(mcl.mul(mcl.millerLoop(...free), both))
}

type Prepared = InstanceType<typeof mcl.PrecomputedG2>
const preparedPoints = new WeakMap<G2, { heap: unknown; prepared: Prepared }>()

/** What mcl prepares lies in its own heap: it is prepared anew should mcl have been started again since. */
function prepare(point: G2): Prepared {
  const { mod: heap } = mcl as unknown as { mod: unknown }
  const kept = preparedPoints.get(point)
  if (kept !== undefined && kept.heap === heap) return kept.prepared
  const prepared = new mcl.PrecomputedG2(point)
  preparedPoints.set(point, { heap, prepared })
  return prepared
}

/** P + Q */
export function addG1(p: G1, q: G1): G1 {
  assertCurve()
  return mcl.add(p, q)
}

/** −P */
export function negate(point: G1): G1 {
  return mcl.neg(point)
}
