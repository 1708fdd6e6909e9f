import { FIELD_ORDER } from '../../../src/protocol/field.ts'
import type { Combination, Constraint } from './read-r1cs.ts'

export const mod = (value: bigint): bigint => ((value % FIELD_ORDER) + FIELD_ORDER) % FIELD_ORDER

/** The inverse, by Euclid's algorithm. @throws RangeError for 0 */
export function invert(value: bigint): bigint {
  let [a, b] = [mod(value), FIELD_ORDER]
  if (a === 0n) throw new RangeError('0 has no inverse')
  let [x, y] = [1n, 0n]
  while (a > 1n) {
    const q = b / a
    ;[a, b] = [b - q * a, a]
    ;[x, y] = [y - q * x, x]
  }
  return mod(x)
}

/** The combination's value; wires in `without` count as 0. */
export function sumOf(combination: Combination, values: readonly (bigint | undefined)[], without = -1): bigint {
  let sum = 0n
  for (const [wire, factor] of combination) if (wire !== without) sum += factor * values[wire]!
  return mod(sum)
}

/** The factor of a wire in a combination. */
export function factorOf(combination: Combination, wire: number): bigint {
  return combination.find(([one]) => one === wire)?.[1] ?? 0n
}

/** The constant that a combination is, or undefined where it depends on a wire. */
export function constantOf(combination: Combination): bigint | undefined {
  return combination.every(([wire]) => wire === 0) ? factorOf(combination, 0) : undefined
}

/** Whether one combination is the other times a number other than 0. */
export function isMultiple(a: Combination, b: Combination): boolean {
  if (a.length !== b.length || a.length === 0) return false
  const [wire, factor] = a[0]!
  const other = factorOf(b, wire)
  if (other === 0n) return false
  return a.every(([one, f]) => mod(f * other - factorOf(b, one) * factor) === 0n)
}

/**
 * The value of the only unknown of a constraint that is linear in it. Where its factor comes out as 0, so that any value
 * would do or none, 0.
 */
export function solveFor([a, b, c]: Constraint, wire: number, values: readonly (bigint | undefined)[]): bigint {
  const [x, y, z] = [a, b, c].map((side) => ({ factor: factorOf(side, wire), rest: sumOf(side, values, wire) }))
  // (x.factor·w + x.rest)·(y.factor·w + y.rest) = z.factor·w + z.rest, one of the first two factors being 0
  const factor = mod(x!.factor * y!.rest + y!.factor * x!.rest - z!.factor)
  return factor === 0n ? 0n : mod((z!.rest - x!.rest * y!.rest) * invert(factor))
}
