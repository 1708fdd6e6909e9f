import { describe, expect, it } from 'vitest'
import { fullScore, type JobsEntry, type Ledger, type LedgerEntry, scoreAt } from '../../src/reputation/index.ts'
import { atHorizon, join, joinLater, ledgerOf, market, retire, stateOf, uptime } from './ledgers.ts'

/**
 * Every subset of short ledgers, against each subset that lacks one entry more: together that is every removal there is.
 */
function checkAllSubsets(fixed: LedgerEntry[], entries: LedgerEntry[], t: number): void {
  const size = 1 << entries.length
  const results = Array.from({ length: size }, (_, subset) => {
    const chosen = [...fixed, ...entries.filter((_, i) => subset & (1 << i))]
    const full = fullScore(ledgerOf(chosen) satisfies Ledger, t)
    expect(scoreAt(stateOf(chosen), t)).toStrictEqual(full)
    return full
  })
  for (let subset = 0; subset < size; subset++) {
    for (let i = 0; i < entries.length; i++) {
      if (!(subset & (1 << i))) continue
      const [whole, fewer] = [results[subset]!, results[subset ^ (1 << i)]!]
      const isLower = fewer.score <= whole.score && fewer.lower <= whole.lower
      if (!isLower) expect.fail(`removing entry ${i} from subset ${subset.toString(2)} raises`)
    }
  }
}

function week(m: number, n: number, completed: number, failed: number, missing: number): JobsEntry {
  return {
    kind: 'jobs',
    entryId: `jobs-${m}-${n}`,
    acceptedAt: 2,
    marketplace: market(m),
    week: n,
    completed,
    failed,
    disputed: failed >> 1,
    ratingSum: 5 * completed - missing,
    ratingCount: completed,
    firstWeek: 145,
    source: 'measured',
  }
}

describe('removing any entries never raises the score or the lower bound: every subset', () => {
  const rungs = [999_900, 500_000, 999_000, 999_900, 950_000, 995_000, 800_000, 999_900, 900_000, 990_000] as const

  it('of ten epochs of one device', () => {
    const entries = rungs.map((rung, i) => uptime('1', 1015 + i, rung))
    checkAllSubsets([join('1', 1015)], entries, atHorizon(1026))
  })

  it('of twelve epochs of two devices, one of which retires', () => {
    const first = rungs.slice(0, 7).map((rung, i) => uptime('1', 1015 + i, rung))
    const second = rungs.slice(5).map((rung, i) => uptime('2', 1016 + i, rung))
    checkAllSubsets([join('1', 1015), joinLater('2', 1016), retire('2', 1022)], [...first, ...second], atHorizon(1024))
  })

  it('of ten weeks at two marketplaces, bad ones among them', () => {
    const uptimes = Array.from({ length: 49 }, (_, i) => uptime('1', 1015 + i, 999_900))
    const one = [30, 90, 95, 95, 260].map((completed, i) => week(1, 145 + i, completed, [0, 4, 9, 9, 9][i]!, 3 * i))
    const two = [10, 10, 70, 75, 76].map((completed, i) => week(2, 145 + i, completed, [0, 0, 1, 8, 8][i]!, 2 * i))
    checkAllSubsets([join('1', 1015), ...uptimes], [...one, ...two], atHorizon(1063))
  })
})
