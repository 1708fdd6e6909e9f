import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SourceName } from '../../src/protocol/index.ts'
import {
  fullScore,
  indexVoids,
  type Ledger,
  type LedgerEntry,
  parseState,
  points,
  type ScoreOutcome,
  scoreAt,
  serialiseState,
  zLedger,
} from '../../src/reputation/index.ts'
import {
  atHorizon,
  join,
  joinLater,
  ledgerCase,
  ledgerOf,
  START,
  settings,
  stateOf,
  uptime,
  without,
} from './ledgers.ts'

const runs = (numRuns: number) => ({ numRuns, seed: 20_260_101 })
const acceptedBy = (ledger: Ledger, t: number) => ledger.entries.filter((entry) => entry.acceptedAt <= t)

/** In any order in which a device joins before it proves, and a marketplace's weeks come in order. */
function shuffled(entries: readonly LedgerEntry[], keys: readonly number[]): LedgerEntry[] {
  const keyed = entries.map((entry, i) => ({ entry, key: keys[i % keys.length]! + i / 1e6 }))
  keyed.sort((a, b) => a.key - b.key)
  const rank = ({ kind }: LedgerEntry) => (kind === 'join' ? 0 : 1)
  const order = keyed.map(({ entry }) => entry).sort((a, b) => rank(a) - rank(b))
  const jobs = order.filter((entry) => entry.kind === 'jobs').sort((a, b) => a.week - b.week)
  return order.map((entry) => (entry.kind === 'jobs' ? jobs.shift()! : entry))
}

function expectNotAbove(changed: ScoreOutcome, original: ScoreOutcome): void {
  expect(changed.score).toBeLessThanOrEqual(original.score)
  expect(changed.lower).toBeLessThanOrEqual(original.lower)
  // Rounding down hides much of a change: the real number behind the score may not rise either.
  expect(realScore(changed)).toBeLessThanOrEqual(realScore(original) + 1e-9)
}

const realScore = (result: ScoreOutcome) => points(result.uptimeFactor, result.jobsFactor)

/** What must be the same where a change is neutral. */
const essence = ({ score, lower, upper }: ScoreOutcome) => ({ score, lower, upper })

describe('score model 1: properties', () => {
  it('the generator makes ledgers of the declared shape', () => {
    fc.assert(
      fc.property(ledgerCase(), ({ ledger }) => {
        expect(zLedger.parse(ledger)).toEqual(ledger)
      }),
      runs(50),
    )
  })

  it('the incremental score equals the full recomputation, bit for bit, and survives being saved', () => {
    fc.assert(
      fc.property(ledgerCase(), ({ ledger, t }) => {
        const entries = acceptedBy(ledger, t)
        const voids = indexVoids(settings, ledger.voids, t)
        const full = fullScore(ledger, t)
        const state = stateOf(entries)
        expect(scoreAt(state, t, voids)).toStrictEqual(full)
        const saved = JSON.parse(JSON.stringify(serialiseState(state)))
        expect(scoreAt(parseState(saved), t, voids)).toStrictEqual(full)
      }),
      runs(400),
    )
  })

  it('the order of arrival is irrelevant', () => {
    const keys = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(ledgerCase(), keys, ({ ledger, t }, order) => {
        const full = fullScore(ledger, t)
        const arrived = shuffled(acceptedBy(ledger, t), order)
        expect(scoreAt(stateOf(arrived), t, indexVoids(settings, ledger.voids, t))).toStrictEqual(full)
        const reversed = { ...ledger, entries: [...ledger.entries].reverse() }
        expect(essence(fullScore(reversed, t))).toStrictEqual(essence(full))
      }),
      runs(250),
    )
  })

  it('removing any entries never raises the score or the lower bound', () => {
    const picks = fc.array(fc.boolean(), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(ledgerCase(), picks, ({ ledger, t }, pick) => {
        const fewer = without(ledger, (_, i) => pick[i % pick.length]!)
        expectNotAbove(fullScore(fewer, t), fullScore(ledger, t))
      }),
      runs(400),
    )
  })

  it('removing one entry never raises the score or the lower bound', () => {
    fc.assert(
      fc.property(ledgerCase(60), fc.nat(), ({ ledger, t }, n) => {
        const one = n % ledger.entries.length
        expectNotAbove(
          fullScore(
            without(ledger, (_, i) => i === one),
            t,
          ),
          fullScore(ledger, t),
        )
      }),
      runs(400),
    )
  })

  it('a lower rung never raises', () => {
    const lower = fc.array(fc.constantFrom(500_000, 800_000, 990_000, 999_900), { minLength: 1, maxLength: 9 })
    fc.assert(
      fc.property(ledgerCase(), lower, ({ ledger, t }, rungs) => {
        const entries = ledger.entries.map((entry, i): LedgerEntry => {
          if (entry.kind !== 'uptime') return entry
          return { ...entry, rungMicro: Math.min(entry.rungMicro, rungs[i % rungs.length]!) as typeof entry.rungMicro }
        })
        expectNotAbove(fullScore({ ...ledger, entries }, t), fullScore(ledger, t))
      }),
      runs(250),
    )
  })

  it('a lower source never raises, and measured instead of attested changes nothing', () => {
    const sources = fc.array(fc.constantFrom('selfReported' as const, 'measured' as const), {
      minLength: 1,
      maxLength: 9,
    })
    fc.assert(
      fc.property(ledgerCase(), sources, ({ ledger, t }, lowered) => {
        const withSource = (pick: (i: number) => SourceName): Ledger => ({
          ...ledger,
          entries: ledger.entries.map((entry, i): LedgerEntry => {
            if (entry.kind === 'uptime') return { ...entry, gopsSource: pick(i) }
            return entry.kind === 'jobs' ? { ...entry, source: pick(i) } : entry
          }),
        })
        const original = fullScore(ledger, t)
        const lower = withSource((i) => lowered[i % lowered.length]!)
        expectNotAbove(fullScore(lower, t), original)
        for (const source of ['measured', 'attested'] as const) {
          expect(
            essence(
              fullScore(
                withSource(() => source),
                t,
              ),
            ),
          ).toStrictEqual(essence(original))
        }
      }),
      runs(200),
    )
  })

  it('a capability changes nothing, however rich', () => {
    fc.assert(
      fc.property(ledgerCase(), fc.bigInt({ min: 0n, max: 1n << 60n }), ({ ledger, t }, vram) => {
        const capability: LedgerEntry = {
          kind: 'hardware',
          entryId: 'capability',
          acceptedAt: 0,
          devicePseudonym: '100',
          schema: 'urn:assay:schema:hardware:1',
          ranges: { vramMiB: { min: String(vram), source: 'attested' } },
          provedAt: 0,
          expires: 4_000_000_000,
        }
        const richer = { ...ledger, entries: [...ledger.entries, capability] }
        expect(fullScore(richer, t)).toStrictEqual(fullScore(ledger, t))
        expect(scoreAt(stateOf(acceptedBy(richer, t)), t)).toStrictEqual(scoreAt(stateOf(acceptedBy(ledger, t)), t))
      }),
      runs(100),
    )
  })

  it('k identical devices count as one', () => {
    fc.assert(
      fc.property(
        ledgerCase(),
        fc.integer({ min: 2, max: 7 }),
        fc.integer({ min: 5, max: 40 }),
        ({ ledger, t }, k, after) => {
          const ofOne = ledger.entries.filter((entry) => entry.kind === 'jobs' || entry.devicePseudonym === '100')
          const copies = Array.from({ length: k - 1 }, (_, copy): LedgerEntry[] => {
            const [device, joinEpoch] = [`20${copy}`, START + after + copy]
            const proofs = ofOne.flatMap((entry): LedgerEntry[] => {
              if (entry.kind !== 'uptime' || entry.epoch < joinEpoch) return []
              return [{ ...entry, entryId: `${entry.entryId}-${copy}`, devicePseudonym: device }]
            })
            return [joinLater(device, joinEpoch), ...proofs]
          })
          const one = fullScore({ ...ledger, entries: ofOne }, t)
          expect(fullScore({ ...ledger, entries: [...ofOne, ...copies.flat()] }, t)).toStrictEqual(one)
        },
      ),
      runs(200),
    )
  })

  it('silence never raises: as time passes without a new proof, the score only falls', () => {
    fc.assert(
      fc.property(ledgerCase(), fc.integer({ min: 1, max: 30 }), ({ ledger }, epochs) => {
        // From the last proof on, every epoch and week counts already and brings nothing.
        const ends = ledger.entries.map((entry) => {
          if (entry.kind === 'uptime') return entry.epoch
          return entry.kind === 'jobs' ? entry.week * 7 + 6 : 0
        })
        const horizon = Math.max(1130, ...ends)
        const before = fullScore(ledger, atHorizon(horizon) + 99 * settings.epochSeconds)
        const after = fullScore(ledger, atHorizon(horizon) + (99 + epochs) * settings.epochSeconds)
        expect(after.score).toBeLessThanOrEqual(before.score)
      }),
      runs(200),
    )
  })

  it('silence never raises: not even from the first epoch after the last proof on', () => {
    const one = fc.array(fc.constantFrom(0, 500_000, 800_000, 950_000, 999_900), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(one, fc.integer({ min: 1, max: 4 }), (rungs, devices) => {
        const joins = Array.from({ length: devices }, (_, i) => {
          return i === 0 ? join('100', 1010) : joinLater(String(100 + i), 1011)
        })
        const proofs = rungs.flatMap((rung, i) => (rung === 0 ? [] : [uptime('100', 1010 + i, rung as 500_000)]))
        const ledger = ledgerOf([...joins, ...proofs])
        const last = 1010 + rungs.length - 1
        let before = fullScore(ledger, atHorizon(last)).score
        for (let epoch = last + 1; epoch < last + 12; epoch++) {
          const after = fullScore(ledger, atHorizon(epoch)).score
          expect(after).toBeLessThanOrEqual(before)
          before = after
        }
      }),
      runs(200),
    )
  })

  it('a failure or a dispute never raises', () => {
    fc.assert(
      fc.property(ledgerCase(), fc.nat(), fc.integer({ min: 1, max: 9 }), ({ ledger, t }, n, more) => {
        const jobs = ledger.entries.filter((entry) => entry.kind === 'jobs')
        const hit = jobs[n % Math.max(1, jobs.length)]
        if (hit === undefined) return
        for (const name of ['failed', 'disputed', 'ratingCount'] as const) {
          const entries = ledger.entries.map((entry): LedgerEntry => {
            const isHit = entry.kind === 'jobs' && entry.marketplace === hit.marketplace && entry.week >= hit.week
            return isHit ? { ...entry, [name]: entry[name] + more } : entry
          })
          expectNotAbove(fullScore({ ...ledger, entries }, t), fullScore(ledger, t))
        }
      }),
      runs(200),
    )
  })

  it('void epochs are neutral: what was or was not proved of them changes nothing', () => {
    fc.assert(
      fc.property(ledgerCase(), ({ ledger, t }) => {
        const voided = new Set(ledger.voids.map(({ epoch }) => epoch))
        const fewer = without(ledger, (entry) => entry.kind === 'uptime' && voided.has(entry.epoch))
        const worse = {
          ...ledger,
          entries: ledger.entries.map((entry): LedgerEntry => {
            return entry.kind === 'uptime' && voided.has(entry.epoch) ? { ...entry, rungMicro: 500_000 } : entry
          }),
        }
        expect(fullScore(fewer, t)).toStrictEqual(fullScore(ledger, t))
        expect(fullScore(worse, t)).toStrictEqual(fullScore(ledger, t))
      }),
      runs(200),
    )
  })

  it('declaring a silent epoch void never lowers', () => {
    fc.assert(
      fc.property(ledgerCase(), fc.integer({ min: 1010, max: 1130 }), ({ ledger, t }, epoch) => {
        const silent = without(ledger, (entry) => entry.kind === 'uptime' && entry.epoch === epoch)
        const voided = { ...silent, voids: [...silent.voids, { epoch, declaredAt: 0 }] }
        expectNotAbove(fullScore(silent, t), fullScore(voided, t))
      }),
      runs(200),
    )
  })

  it('0 ≤ lower ≤ score ≤ upper ≤ 1000', () => {
    fc.assert(
      fc.property(ledgerCase(), ({ ledger, t }) => {
        const { lower, score, upper } = fullScore(ledger, t)
        expect(lower).toBeGreaterThanOrEqual(0)
        expect(score).toBeGreaterThanOrEqual(lower)
        expect(upper).toBeGreaterThanOrEqual(score)
        expect(upper).toBeLessThanOrEqual(1000)
      }),
      runs(500),
    )
  })
})
