import { type ClaimGrid, countGridValues } from '../../protocol/claim-grid.ts'
import { MAX_UINT64 } from '../../protocol/field.ts'
import type { Policy } from '../../protocol/policy.ts'

/** A set of 64-bit values, as disjoint ranges in ascending order, both ends in it. What an audience holds possible of a claim. */
export type ValueSet = readonly (readonly [min: bigint, max: bigint])[]

/** Every value. */
export const ANY_VALUE: ValueSet = [[0n, MAX_UINT64]]

/** More ranges than this are not remembered: the set is then made smaller, since it must never look larger than it is. */
const MAX_RANGES = 64

/** The values that a policy allows for a claim. */
export function valuesOf({ min = 0n, max = MAX_UINT64, anyOf }: Omit<Policy['claims'][string], 'source'>): ValueSet {
  if (anyOf === undefined) return [[min, max]]
  const permitted = [...new Set(anyOf)].filter((value) => value >= min && value <= max)
  return permitted.sort((a, b) => (a < b ? -1 : 1)).map((value) => [value, value])
}

/** The values that are in both sets. */
export function intersect(a: ValueSet, b: ValueSet): ValueSet {
  return a.flatMap(([min, max]) => {
    const parts = b.map(([low, high]) => [low > min ? low : min, high < max ? high : max] as const)
    return parts.filter(([low, high]) => low <= high)
  })
}

/** The values that are not in a set. */
export function complement(set: ValueSet): ValueSet {
  const gaps: [bigint, bigint][] = []
  let next = 0n
  for (const [min, max] of set) {
    if (min > next) gaps.push([next, min - 1n])
    next = max + 1n
  }
  if (next <= MAX_UINT64) gaps.push([next, MAX_UINT64])
  return gaps
}

/** Whether a value is in a set. */
export function holds(set: ValueSet, value: bigint): boolean {
  return set.some(([min, max]) => min <= value && value <= max)
}

/** Whether every value of a set is in another. */
export function isWithin(set: ValueSet, other: ValueSet): boolean {
  return intersect(set, complement(other)).length === 0
}

/** A set of at most 64 ranges: those that hold `value`, and the widest of the others. */
export function compact(set: ValueSet, value: bigint): ValueSet {
  if (set.length <= MAX_RANGES) return set
  const width = ([min, max]: readonly [bigint, bigint]) => (min <= value && value <= max ? MAX_UINT64 : max - min)
  const kept = [...set].sort((a, b) => (width(a) > width(b) ? -1 : 1)).slice(0, MAX_RANGES)
  return kept.sort(([a], [b]) => (a < b ? -1 : 1))
}

/** How many grid values are in a set. */
export function countSet(grid: ClaimGrid, set: ValueSet): bigint {
  return set.reduce((sum, [min, max]) => sum + countGridValues(grid, min, max), 0n)
}
