import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ClaimGrid,
  countGridValues,
  gridAbove,
  gridBelow,
  isBoundOnGrid,
  isOnGrid,
} from '../../src/protocol/claim-grid.ts'
import { MAX_UINT64 } from '../../src/protocol/field.ts'

const grid: fc.Arbitrary<ClaimGrid> = fc.oneof(
  fc.constantFrom(1n, 10n, 24n, 100n, 1024n).map((step) => ({ step })),
  fc.constantFrom(1, 2, 3).map((digits) => ({ digits })),
)
const value = fc.oneof(fc.bigInt(0n, 3000n), fc.bigInt(0n, MAX_UINT64))

/** The definition, spelled out: a multiple of the step, or a number whose digits after the first few are zeros. */
function liesOnGrid(of: ClaimGrid, candidate: bigint): boolean {
  if ('step' in of) return candidate % of.step === 0n
  return /^0*$/.test(String(candidate).slice(of.digits))
}

describe('the grid of a claim', () => {
  it('holds what its definition says', () => {
    fc.assert(
      fc.property(grid, value, (of, n) => {
        expect(isOnGrid(of, n)).toBe(liesOnGrid(of, n))
      }),
    )
  })

  it('has two significant digits for throughputs', () => {
    const twoDigits = { digits: 2 }
    const examples = [0n, 7n, 99n, 100n, 105n, 110n, 999n, 1000n, 41_999_999n]
    expect(examples.map((n) => gridBelow(twoDigits, n))).toEqual([
      0n,
      7n,
      99n,
      100n,
      100n,
      110n,
      990n,
      1000n,
      41_000_000n,
    ])
    expect(gridAbove(twoDigits, 995n)).toBe(1000n)
  })

  it('has a nearest value below and above each number, and none between', () => {
    fc.assert(
      fc.property(grid, fc.bigInt(0n, 5000n), (of, n) => {
        const [below, above] = [gridBelow(of, n), gridAbove(of, n)]
        expect(below <= n && n <= above && liesOnGrid(of, below) && liesOnGrid(of, above)).toBe(true)
        for (let between = below + 1n; between < above; between++) expect(liesOnGrid(of, between)).toBe(false)
      }),
    )
  })

  it('counts its values between two numbers as counting them one by one does', () => {
    const small = fc.bigInt(0n, 3000n)
    fc.assert(
      fc.property(grid, small, small, (of, a, b) => {
        const [min, max] = a < b ? [a, b] : [b, a]
        let count = 0n
        for (let n = min; n <= max; n++) if (liesOnGrid(of, n)) count++
        expect(countGridValues(of, min, max)).toBe(count)
        if (min < max) expect(countGridValues(of, max, min)).toBe(0n)
      }),
    )
  })

  it('counts up to 2^64 in parts that add up', () => {
    fc.assert(
      fc.property(grid, fc.bigInt(0n, MAX_UINT64 - 1n), (of, cut) => {
        const parts = countGridValues(of, 0n, cut) + countGridValues(of, cut + 1n, MAX_UINT64)
        expect(parts).toBe(countGridValues(of, 0n, MAX_UINT64))
      }),
    )
  })

  it('leaves the greatest 64-bit number to those who name no bound', () => {
    expect(isBoundOnGrid({ step: 1024n }, MAX_UINT64)).toBe(true)
    expect(isBoundOnGrid({ digits: 2 }, MAX_UINT64)).toBe(true)
    expect(isBoundOnGrid({ digits: 2 }, MAX_UINT64 - 1n)).toBe(false)
  })
})
