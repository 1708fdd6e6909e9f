import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { endOfStep, intervalNumber, roundUpToStep } from '../../src/protocol/time.ts'

const seconds = fc.nat(4_000_000_000)
const length = fc.integer({ min: 1, max: 100_000 })

describe('steps and intervals', () => {
  it('a step ends after each moment that it holds, at the next multiple of its length', () => {
    expect([0, 3599, 3600, 3601].map((t) => endOfStep(t, 3600))).toEqual([3600, 3600, 7200, 7200])
    fc.assert(
      fc.property(seconds, length, (t, step) => {
        const end = endOfStep(t, step)
        expect(end % step).toBe(0)
        expect(end > t && end - t <= step).toBe(true)
      }),
    )
  })

  it('an expiry is rounded up, and stays where it is the end of a step', () => {
    expect([0, 3599, 3600, 3601].map((t) => roundUpToStep(t, 3600))).toEqual([0, 3600, 3600, 7200])
    fc.assert(
      fc.property(seconds, length, (t, step) => {
        const rounded = roundUpToStep(t, step)
        expect(rounded % step).toBe(0)
        expect(rounded >= t && rounded - t < step).toBe(true)
      }),
    )
  })

  it('a credential of a whole step outlives each request that is made within it', () => {
    fc.assert(
      fc.property(seconds, length, (now, step) => {
        expect(endOfStep(now, step)).toBeLessThanOrEqual(roundUpToStep(now + step, step))
      }),
    )
  })

  it('intervals are numbered from the Unix epoch', () => {
    expect([0, 299, 300, 1_800_000_000].map((t) => intervalNumber(t, 300))).toEqual([0, 0, 1, 6_000_000])
  })
})
