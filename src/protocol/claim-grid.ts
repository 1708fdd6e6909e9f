import { MAX_UINT64 } from './field.ts'

/**
 * The values that a claim may have: multiples of `step`, or numbers of at most `digits` significant decimal digits, where
 * an absolute step would blur nothing. Exact values are fingerprints that link pseudonyms.
 */
export type ClaimGrid = { step: bigint } | { digits: number }

/** The distance between grid values around a value (at or above it, up to the next power of ten). */
function stepAt(grid: ClaimGrid, value: bigint): bigint {
  if ('step' in grid) return grid.step
  const excess = String(value).length - grid.digits
  return excess > 0 ? 10n ** BigInt(excess) : 1n
}

/** The largest grid value that is not above a value. */
export function gridBelow(grid: ClaimGrid, value: bigint): bigint {
  return value - (value % stepAt(grid, value))
}

/** The smallest grid value that is not below a value. */
export function gridAbove(grid: ClaimGrid, value: bigint): bigint {
  const below = gridBelow(grid, value)
  return below === value ? value : below + stepAt(grid, value)
}

/** Whether a value lies on the grid. */
export function isOnGrid(grid: ClaimGrid, value: bigint): boolean {
  return gridBelow(grid, value) === value
}

/** How many grid values lie in [min, max]; 0 when min exceeds max. */
export function countGridValues(grid: ClaimGrid, min: bigint, max: bigint): bigint {
  if (min > max) return 0n
  return rankOf(grid, gridBelow(grid, max)) - rankOf(grid, gridAbove(grid, min)) + 1n
}

/** The place of a grid value among all grid values, 0 first. */
function rankOf(grid: ClaimGrid, value: bigint): bigint {
  if ('step' in grid) return value / grid.step
  const length = String(value).length
  if (length <= grid.digits) return value
  // below 10^digits every number is a grid value; each further decade holds 9·10^(digits − 1)
  const perDecade = 9n * 10n ** BigInt(grid.digits - 1)
  const lead = value / 10n ** BigInt(length - grid.digits)
  return (
    10n ** BigInt(grid.digits) + BigInt(length - grid.digits - 1) * perDecade + lead - 10n ** BigInt(grid.digits - 1)
  )
}

/** Whether a bound of a policy lies on the grid; the largest 64-bit number stands for no bound. */
export function isBoundOnGrid(grid: ClaimGrid, bound: bigint): boolean {
  return bound === MAX_UINT64 || isOnGrid(grid, bound)
}
