import { describe, expect, it } from 'vitest'
import { assertClock, type WitnessMark } from '../../src/registry/index.ts'
import { INTERVAL, NUMBER } from './world.ts'

const mark: WitnessMark = { number: NUMBER, boot: 'a', seconds: 1000 }
const alone = { intervalSeconds: INTERVAL, confirming: 0, threshold: 1 }

const attempt = (
  intervals: number,
  ran: number,
  { boot = 'a', limits = alone, last = mark as WitnessMark | null } = {},
) => assertClock(last ?? undefined, { number: NUMBER + intervals, now: { boot, seconds: 1000 + ran } }, limits)

describe('protocol, registry: a witness whose clock was moved', () => {
  it('signs on as long as the machine ran for as long as the clock says', () => {
    for (const intervals of [0, 1, 2, 500]) attempt(intervals, intervals * INTERVAL)
    // the last root may have been signed late in its interval
    attempt(1, 1)
  })

  it('does not sign an hour ahead after twelve seconds', () => {
    expect(() => attempt(12, 12)).toThrow(
      expect.objectContaining({ code: 'clockJumped', detail: { number: NUMBER + 12, last: NUMBER } }),
    )
  })

  it('allows an interval and the skew, and not a second more', () => {
    const claimed = 4 * INTERVAL
    attempt(4, claimed - INTERVAL - 120)
    expect(() => attempt(4, claimed - INTERVAL - 121)).toThrow(expect.objectContaining({ code: 'clockJumped' }))
  })

  it('counts a sleep of the machine as time that passed', () => {
    attempt(96, 8 * 3600)
  })

  it('has nothing to compare with at its first root and after a boot', () => {
    attempt(1000, 1, { last: null })
    attempt(1000, 1, { boot: 'b' })
  })

  it('believes k − 1 other witnesses rather than its boot clock, and fewer not', () => {
    attempt(12, 12, { limits: { ...alone, threshold: 3, confirming: 2 } })
    expect(() => attempt(12, 12, { limits: { ...alone, threshold: 3, confirming: 1 } })).toThrow(
      expect.objectContaining({ code: 'clockJumped' }),
    )
    // alone, nobody confirms it
    expect(() => attempt(12, 12, { limits: { ...alone, threshold: 1, confirming: 0 } })).toThrow()
  })
})
