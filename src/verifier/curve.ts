import { BASE_FIELD_ORDER, type Groth16Proof } from '../protocol/index.ts'
import { loadMcl, type Mcl, SIZE } from './mcl.ts'

/**
 * BN254 on mcl, whose checks are the caller's: this file is the only one that makes mcl's values, and it makes none
 * without checking it. Every call besides `startCurve` is synchronous.
 */
declare const kind: unique symbol
export type G1 = Uint8Array & { readonly [kind]: 'G1' }
export type G2 = Uint8Array & { readonly [kind]: 'G2' }
export type GT = Uint8Array & { readonly [kind]: 'GT' }

let mcl: Mcl | undefined
let starting: Promise<void> | undefined

/** Loads mcl once in a process. A failure is not remembered. */
export function startCurve(): Promise<void> {
  starting ??= loadMcl().then(
    (loaded) => {
      mcl = loaded
    },
    (error: unknown) => {
      starting = undefined
      throw error
    },
  )
  return starting
}

function curve(): Mcl {
  if (mcl === undefined) throw new Error('The curve is not started: await startCurve() first')
  return mcl
}

/** A point of G1 from affine coordinates; undefined off the curve. Never infinity. G1 is the whole curve: cofactor 1. */
export function pointG1([x, y]: Groth16Proof['a']): G1 | undefined {
  if (!canonical(x, y)) return undefined
  const point = join(fp(x), fp(y), fp(1n)) as G1
  return curve().ask('mclBnG1_isValid', [point]) ? point : undefined
}

/** A point of G2 from affine coordinates; undefined off the twist or outside the subgroup. Never infinity. */
export function pointG2([x, y]: Groth16Proof['b']): G2 | undefined {
  if (!canonical(...x, ...y)) return undefined
  const [u, v] = [fp2(...x), fp2(...y)]
  const point = join(u, v, fp2(1n, 0n)) as G2
  // Not left to mcl's `isValid`: whether that looks at the order is a switch of mcl's.
  return onTwist(u, v) && curve().ask('mclBnG2_isValidOrder', [point]) ? point : undefined
}

/** v² = u³ + 3/(9 + i), the twist of BN254 (EIP-197). */
function onTwist(u: Uint8Array, v: Uint8Array): boolean {
  const compute = (name: 'sqr' | 'mul' | 'add' | 'div', ...values: Uint8Array[]) =>
    curve().compute(`mclBnFp2_${name}`, SIZE.fp2, values)
  const cubed = compute('mul', compute('sqr', u), u)
  const right = compute('add', cubed, compute('div', fp2(3n, 0n), fp2(9n, 1n)))
  return curve().ask('mclBnFp2_isEqual', [compute('sqr', v), right])
}

/** Whether coordinates are below the base field's order: a larger one would be another spelling of the same point. */
function canonical(...coordinates: bigint[]): boolean {
  return coordinates.every((coordinate) => coordinate >= 0n && coordinate < BASE_FIELD_ORDER)
}

function fp(value: bigint): Uint8Array {
  return curve().element('mclBnFp_setStr', SIZE.fp, value)
}

function fp2(c0: bigint, c1: bigint): Uint8Array {
  return join(fp(c0), fp(c1))
}

function join(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** constant + Σ scalarᵢ·pointᵢ; scalars are below the group's order. */
export function combine(constant: G1, points: readonly G1[], scalars: readonly bigint[]): G1 {
  if (points.length !== scalars.length) throw new RangeError('There must be as many scalars as points')
  const factors = scalars.map((scalar) => curve().element('mclBnFr_setStr', SIZE.fr, scalar))
  const sum = curve().compute('mclBnG1_mulVec', SIZE.g1, [join(...points), join(...factors)], [points.length])
  return addG1(constant, sum as G1)
}

/** e(P, Q) */
export function pairing(p: G1, q: G2): GT {
  return finalExp(millerLoop(p, q))
}

/**
 * e(P, Q) · e(P₁, F₁) · e(P₂, F₂) with one final exponentiation. F₁ and F₂ are points that stay, a key's: what the Miller
 * loop needs of them is computed once.
 */
export function pairingProduct(free: readonly [G1, G2], fixed: readonly [readonly [G1, G2], readonly [G1, G2]]): GT {
  const [[p1, f1], [p2, f2]] = fixed
  const both = curve().compute('mclBn_precomputedMillerLoop2', SIZE.gt, [p1, prepare(f1), p2, prepare(f2)])
  return finalExp(curve().compute('mclBnGT_mul', SIZE.gt, [millerLoop(...free), both]))
}

function millerLoop(p: G1, q: G2): Uint8Array {
  return curve().compute('mclBn_millerLoop', SIZE.gt, [p, q])
}

function finalExp(value: Uint8Array): GT {
  return curve().compute('mclBn_finalExp', SIZE.gt, [value]) as GT
}

const preparedPoints = new WeakMap<G2, Uint8Array>()

function prepare(point: G2): Uint8Array {
  const kept = preparedPoints.get(point)
  if (kept !== undefined) return kept
  const prepared = curve().compute('mclBn_precomputeG2', curve().preparedSize, [point])
  preparedPoints.set(point, prepared)
  return prepared
}

/** P + Q */
export function addG1(p: G1, q: G1): G1 {
  return curve().compute('mclBnG1_add', SIZE.g1, [p, q]) as G1
}

/** −P */
export function negate(point: G1): G1 {
  return curve().compute('mclBnG1_neg', SIZE.g1, [point]) as G1
}

/** Whether two values of one group are the same: bytes don't tell, since a point has many coordinates. */
export function equal<T extends G1 | G2 | GT>(a: T, b: T): boolean {
  const group = ({ [SIZE.g1]: 'G1', [SIZE.g2]: 'G2', [SIZE.gt]: 'GT' } as const)[a.length]
  if (group === undefined || a.length !== b.length) throw new TypeError('Only values of one group can be compared')
  return curve().ask(`mclBn${group}_isEqual`, [a, b])
}
