import { SUBGROUP_ORDER } from '../../../src/protocol/babyjubjub.ts'
import { FIELD_ORDER } from '../../../src/protocol/field.ts'
import { invert, mod } from './field.ts'

/** Curve constants of BabyJubJub: twisted Edwards a and d; Montgomery A = 2(a + d)/(a - d) and B = 4/(a - d). */
const a = 168_700n
const d = 168_696n
const A = mod(2n * (a + d) * invert(a - d))

/** Why the denominators of some wires are never 0, or 0 only where the constraint can't hold. */
export interface Lemma {
  /** The wires, by their signals' names. */
  wires: RegExp
  says: string
  /** What of it can be computed. */
  holds: () => boolean
}

const verifier = '^main\\.CredentialSignature\\.verifier.*'

/**
 * The key lies on the curve (asserted) and 4·key has x ≠ 0 (asserted), so that 8·key is of the prime order l; R8 lies on
 * the curve (asserted); Base8 is a constant of order l. All points below are sums of multiples of these.
 */
export const lemmas: readonly Lemma[] = [
  {
    wires: /\.(dbl[123]\.adder|eadder|cAdd|addRight|adders\[\d+\])\.[xy]out$/,
    says: 'Edwards addition is complete: a is a square and d is none, so that 1 + d·tau and 1 - d·tau are not 0 for points on the curve',
    holds: () => isSquare(a) && !isSquare(d),
  },
  {
    wires: /\.e2m\.out\[[01]\]$/,
    says: 'to Montgomery: x = 0 or y = 1 only at the points of order 1 and 2, and the points here are of order l, which is odd',
    holds: () => SUBGROUP_ORDER % 2n === 1n && isPrime(SUBGROUP_ORDER),
  },
  {
    wires: /\.m2e(\[\d+\])?\.out\[[01]\]$/,
    says: 'to Edwards: v = 0 only at order 2, and u = -1 at no point, since (A - 2)/B = d is no square',
    holds: () => mod((A - 2n) * (a - d)) === mod(4n * d) && !isSquare(d),
  },
  {
    wires: /\.mulAny\.(segments\[\d\]\.bits\[\d+\]\.doubler|doublers\[0\])\.lamda$/,
    says: 'Montgomery doubling: v = 0 only at order 2, and the points here are of order l',
    holds: () => SUBGROUP_ORDER % 2n === 1n,
  },
  {
    wires: /\.mulAny\.segments\[\d\]\.bits\[\d+\]\.adder\.lamda$/,
    says: 'variable base, bit i: 2^(i+1)·P plus k·P with 1 <= k < 2^(i+1), which is neither the same nor the opposite point: the sum of both numbers is below l (at most 147 bits a segment)',
    holds: () =>
      Array.from({ length: 147 }, (_, i) => 1n << BigInt(i + 1)).every((dbl) => dbl + dbl - 1n < SUBGROUP_ORDER),
  },
  {
    wires: /\.mulFix\.segments\[\d\]\.adders\[\d+\]\.lamda$/,
    says: 'fixed base, window i: the sum so far is never the point added; where it is the opposite one, the numerator is 2v, not 0, so that no value fits',
    holds: () => [83, 2].every(windowsDiffer),
  },
].map((lemma) => ({ ...lemma, wires: new RegExp(verifier + lemma.wires.source) }))

/**
 * The sum before window i is (2·8^n + Σ(j < i) (1 + a_j)·8^j)·B with 0 <= a_j <= 7, the window's point (1 + a_i)·8^i·B. They are
 * the same only if the difference is a multiple of l.
 */
function windowsDiffer(windows: number): boolean {
  const start = 2n * 8n ** BigInt(windows)
  let [least, most] = [start, start]
  for (let i = 0; i < windows; i++) {
    const unit = 8n ** BigInt(i)
    const [low, high] = [least - 8n * unit, most - unit]
    if (low <= 0n || high >= SUBGROUP_ORDER) return false
    least += unit
    most += 8n * unit
  }
  return true
}

/** Euler's criterion. */
function isSquare(value: bigint): boolean {
  return power(mod(value), (FIELD_ORDER - 1n) / 2n, FIELD_ORDER) === 1n
}

/** Fermat's test in a few bases: l is a published prime. */
function isPrime(number: bigint): boolean {
  return [2n, 3n, 5n, 7n, 11n].every((base) => power(base, number - 1n, number) === 1n)
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, base % modulus]
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}
