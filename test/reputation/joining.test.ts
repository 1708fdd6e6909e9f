import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CONSTANTS,
  fullScore,
  indexVoids,
  type Ledger,
  type LedgerEntry,
  type RungMicro,
  type ScoreOutcome,
  scoreAt,
} from '../../src/reputation/index.ts'
import {
  atHorizon,
  join,
  joinLater,
  ledgerCase,
  ledgerOf,
  retire,
  START,
  settings,
  stateOf,
  uptime,
} from './ledgers.ts'

/*
 * A device joined at any moment, whatever its past, gives no more than one whose past nobody knew. Who keeps a spare hidden
 * knows its past, and would bring along only a good one.
 */

const runs = (numRuns: number) => ({ numRuns, seed: 20_260_101 })
const rungs = fc.array(fc.constantFrom<RungMicro | null>(null, 500_000, 950_000, 999_000, 999_900), {
  minLength: 1,
  maxLength: 90,
  size: 'max',
})

const proofsOf = (device: string, from: number, shares: readonly (RungMicro | null)[]): LedgerEntry[] =>
  shares.flatMap((rung, i) => (rung === null ? [] : [uptime(device, from + i, rung)]))

/** Both ways to the score; they agree. Proofs arrive after the joins, as the service takes them. */
function scoreOf(ledger: Ledger, t: number): ScoreOutcome {
  const full = fullScore(ledger, t)
  const isJoin = ({ kind }: LedgerEntry) => kind === 'join'
  const accepted = ledger.entries.filter((entry) => entry.acceptedAt <= t)
  const known = new Set(accepted.flatMap((entry) => (entry.kind === 'join' ? [entry.devicePseudonym] : [])))
  const taken = accepted.filter((entry) => entry.kind !== 'uptime' || known.has(entry.devicePseudonym))
  const state = stateOf([...taken.filter(isJoin), ...taken.filter((entry) => !isJoin(entry))])
  expect(scoreAt(state, t, indexVoids(settings, ledger.voids, t))).toStrictEqual(full)
  return full
}

describe('joining', () => {
  it('a later device gives the same with any past as with one that nobody knows', () => {
    const joining = fc.record({ after: fc.integer({ min: 5, max: 80 }), past: rungs, future: rungs })
    fc.assert(
      fc.property(ledgerCase(90), joining, ({ ledger, t }, { after, past, future }) => {
        const joinEpoch = START + after
        const joined = [joinLater('500', joinEpoch), ...proofsOf('500', joinEpoch, future)]
        const unknown = { ...ledger, entries: [...ledger.entries, ...joined] }
        const known = { ...unknown, entries: [...unknown.entries, ...proofsOf('500', joinEpoch - past.length, past)] }
        expect(scoreOf(known, t)).toStrictEqual(scoreOf(unknown, t))
      }),
      runs(150),
    )
  })

  it('a later device that would join with any other epoch does not join at all', () => {
    const joining = fc.record({
      after: fc.integer({ min: 10, max: 80 }),
      by: fc.integer({ min: -60, max: 20 }).filter((by) => by !== 0),
      shares: rungs,
    })
    fc.assert(
      fc.property(ledgerCase(90), joining, ({ ledger, t }, { after, by, shares }) => {
        const { acceptedAt, joinEpoch } = joinLater('500', START + after)
        const hindsight = join('500', joinEpoch + by, { acceptedAt })
        const entries = [...ledger.entries, hindsight, ...proofsOf('500', joinEpoch + by, shares)]
        expect(fullScore({ ...ledger, entries }, t)).toStrictEqual(fullScore(ledger, t))
      }),
      runs(150),
    )
  })

  it('a first device reaches back three epochs at most, and gives what it would have given, joined then', () => {
    const joining = fc.record({
      back: fc.integer({ min: 0, max: 8 }),
      past: rungs,
      shares: rungs,
      inheritedSilence: fc.constantFrom(0 as const, CONSTANTS.inheritedSilenceEpochs),
    })
    fc.assert(
      fc.property(joining, fc.integer({ min: 0, max: 95 }), ({ back, past, shares, inheritedSilence }, epochs) => {
        const now = START + 8
        const joinEpoch = now - back
        const acceptedAt = now * settings.epochSeconds
        const proofs = [...proofsOf('1', joinEpoch - past.length, past), ...proofsOf('1', joinEpoch, shares)]
        const t = atHorizon(now + epochs)
        const chosen = ledgerOf([join('1', joinEpoch, { acceptedAt, inheritedSilence }), ...proofs])
        if (back > CONSTANTS.joinEpochsBack) {
          expect(fullScore(chosen, t)).toMatchObject({ scored: false, score: 0, firstEpoch: null })
          return
        }
        const then = ledgerOf([join('1', joinEpoch, { inheritedSilence }), ...proofsOf('1', joinEpoch, shares)])
        expect(scoreOf(chosen, t)).toStrictEqual(scoreOf(then, t))
      }),
      runs(200),
    )
  })

  it('inherited silence never raises', () => {
    fc.assert(
      fc.property(ledgerCase(), ({ ledger, t }) => {
        const withSilence = (inheritedSilence: 0 | 30) => ({
          ...ledger,
          entries: ledger.entries.map((entry): LedgerEntry => {
            const isFirst = entry.kind === 'join' && entry.devicePseudonym === '100'
            return isFirst ? { ...entry, inheritedSilence } : entry
          }),
        })
        const [free, silent] = [scoreOf(withSilence(0), t), scoreOf(withSilence(30), t)]
        expect(silent.score).toBeLessThanOrEqual(free.score)
        expect(silent.lower).toBeLessThanOrEqual(free.lower)
      }),
      runs(150),
    )
  })
})

describe('retiring', () => {
  it('changes nothing for seven epochs, and is final after', () => {
    const leaving = fc.record({
      after: fc.integer({ min: 1, max: 40 }),
      asked: fc.integer({ min: 0, max: 30 }),
      shares: rungs,
    })
    fc.assert(
      fc.property(ledgerCase(60), leaving, ({ ledger }, { after, asked, shares }) => {
        const joinEpoch = START + 4 + after
        const staying = {
          ...ledger,
          entries: [...ledger.entries, joinLater('500', joinEpoch), ...proofsOf('500', joinEpoch, shares)],
        }
        const from = joinEpoch + asked + CONSTANTS.retirementEpochs
        const retired = { ...staying, entries: [...staying.entries, retire('500', from)] }
        const until = atHorizon(from - 1)
        expect(scoreOf(retired, until)).toStrictEqual(fullScore(staying, until))
        const proofsAfter = proofsOf('500', from, shares).map((entry) => ({
          ...entry,
          entryId: `again-${entry.entryId}`,
        }))
        const later = atHorizon(from + 60)
        expect(fullScore({ ...retired, entries: [...retired.entries, ...proofsAfter] }, later)).toStrictEqual(
          scoreOf(retired, later),
        )
      }),
      runs(100),
    )
  })
})
