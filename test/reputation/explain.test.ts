import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nameClaims, REPUTATION } from '../../src/protocol/index.ts'
import {
  constantsHash,
  explain,
  fullScore,
  history,
  type Ledger,
  type LedgerEntry,
  ledgerRoot,
  points,
  reputationClaims,
  type ScoreOutcome,
  zExplanation,
  zHistoryPoint,
} from '../../src/reputation/index.ts'
import { atHorizon, join, joinLater, ledgerCase, ledgerOf, market, retire, settings, uptime } from './ledgers.ts'

const F = 1015
const runs = (numRuns: number) => ({ numRuns, seed: 20_260_101 })

describe('explain', () => {
  it('gives the very numbers of the score, and every entry accepted by t exactly one place', () => {
    fc.assert(
      fc.property(ledgerCase(), ({ ledger, t }) => {
        const explanation = zExplanation.parse(explain(ledger, t))
        const { score, lower, upper, horizon, firstEpoch } = fullScore(ledger, t)
        expect(explanation).toMatchObject({ t, score, lower, upper, horizon, firstEpoch, constantsHash })
        const told = [...explanation.contributions, ...explanation.pending, ...explanation.ignored]
        const expected = ledger.entries.filter((e) => e.acceptedAt <= t && (e.kind === 'uptime' || e.kind === 'jobs'))
        expect(told.map((row) => row.entryId).sort()).toEqual(expected.map((e) => e.entryId).sort())
      }),
      runs(150),
    )
  })

  it('the points of a contribution are what the score loses without it', () => {
    const entries = [999_900, 990_000, 950_000].map((rung, i) => uptime('1', F + i, rung as 999_900))
    const ledger = ledgerOf([join('1', F), ...entries])
    const t = atHorizon(F + 2)
    const { contributions } = explain(ledger, t)
    for (const [i, entry] of entries.entries()) {
      const without = fullScore(ledgerOf([join('1', F), ...entries.filter((other) => other !== entry)]), t)
      const lost = 600 * (fullScore(ledger, t).uptimeFactor - without.uptimeFactor)
      expect(contributions[i]!.points).toBeCloseTo(lost, 5)
    }
    expect(contributions[2]).toMatchObject({
      kind: 'uptime',
      epoch: F + 2,
      rung: 950_000,
      weight: 24,
      decay: 1,
      halvesAt: atHorizon(F + 92),
      reason: `Up at least 95 % of epoch ${F + 2}.`,
    })
  })

  it('tells what does not count, and why', () => {
    const ranges = { gops: { source: 'measured' as const } }
    const hardware = { kind: 'hardware', schema: 'urn:assay:schema:hardware:1', ranges } as const
    const capability = { ...hardware, devicePseudonym: '1', acceptedAt: 5, expires: 4_000_000_000 }
    const ledger = ledgerOf(
      [
        join('1', F),
        { ...join('1', F), entryId: 'again', acceptedAt: join('1', F).acceptedAt + 1 },
        join('2', F, { entryId: 'hindsight', acceptedAt: (F + 5) * settings.epochSeconds }),
        { ...retire('1', F + 9), entryId: 'last' },
        { ...uptime('1', F, 999_900), uptimeSource: 'selfReported' },
        uptime('3', F, 999_900),
        uptime('1', F + 2, 999_900),
        { ...uptime('1', F + 2, 500_000), entryId: 'lower' },
        uptime('1', F + 3, 999_900),
        uptime('1', F + 9, 999_900),
        { ...uptime('1', F - 1, 999_900), entryId: 'before' },
        { ...capability, entryId: 'old', provedAt: 3 },
        { ...capability, entryId: 'new', provedAt: 4 },
        { ...capability, entryId: 'gone', devicePseudonym: '2', provedAt: 4, expires: 5 },
      ],
      [F + 3],
    )
    const explanation = zExplanation.parse(explain(ledger, atHorizon(F + 8)))
    expect(explanation.contributions.map((row) => row.entryId)).toEqual([`up-1-${F + 2}`])
    expect(explanation.pending).toEqual([
      { entryId: `up-1-${F + 9}`, kind: 'uptime', epoch: F + 9, countsAt: atHorizon(F + 9) },
    ])
    expect(Object.fromEntries(explanation.ignored.map(({ entryId, reason }) => [entryId, reason]))).toEqual({
      again: 'alreadyJoined',
      hindsight: 'joinInvalid',
      last: 'retirementInvalid',
      [`up-1-${F}`]: 'selfReported',
      [`up-3-${F}`]: 'unknownDevice',
      lower: 'superseded',
      [`up-1-${F + 3}`]: 'voidEpoch',
      before: 'beforeJoin',
      gone: 'expired',
    })
    expect(explanation.capabilities).toEqual([
      {
        devicePseudonym: '1',
        schema: hardware.schema,
        ranges,
        provedAt: 4,
        expires: 4_000_000_000,
        scored: false,
      },
    ])
    expect(explanation.devices).toMatchObject([
      { devicePseudonym: '1', firstEpoch: F, joinEpoch: F, retiredAt: null, silentEpochs: 7, source: 'measured' },
    ])
  })

  it('a young perfect provider is told that youth holds it down most', () => {
    const proofs = Array.from({ length: 3 }, (_, i) => uptime('1', F + i, 999_900))
    const { limits, score } = explain(ledgerOf([join('1', F), ...proofs]), atHorizon(F + 2))
    expect(score).toBeGreaterThan(0)
    expect(limits[0]).toMatchObject({ code: 'young', sentence: expect.stringContaining('3 days old') })
    expect(limits.find((limit) => limit.code === 'jobs')?.sentence).toContain('at most 600')
    expect(explain(ledgerOf([]), atHorizon(F)).limits.map((limit) => limit.code)).toEqual(['unscored'])
  })

  it('the ledger root names the entries accepted by t, in whatever order they are listed', () => {
    const proofs = [0, 1, 2].map((i) => uptime('1', F + i, 999_900))
    const ledger = ledgerOf([join('1', F), ...proofs])
    const root = ledgerRoot(ledger, atHorizon(F))
    expect(ledgerRoot({ ...ledger, entries: [...ledger.entries].reverse() }, atHorizon(F))).toBe(root)
    expect(ledgerRoot(ledgerOf([join('1', F), ...proofs.slice(0, 2)]), atHorizon(F + 2))).toBe(
      ledgerRoot({ ...ledger, entries: ledger.entries.slice(0, 3) }, atHorizon(F + 2)),
    )
    expect(ledgerRoot(ledger, atHorizon(F + 2))).not.toBe(root)
  })
})

describe('history', () => {
  it('every point is the score as it stood then', () => {
    fc.assert(
      fc.property(ledgerCase(60), ({ ledger, t }) => {
        for (const point of history(ledger, atHorizon(1008), Math.max(t, atHorizon(1008)))) {
          const { horizon, score, lower, upper } = fullScore(ledger, point.t)
          expect(zHistoryPoint.parse(point)).toStrictEqual({ t: point.t, horizon, score, lower, upper })
        }
      }),
      runs(15),
    )
  })

  it('has a point at either end and one an epoch, thinned when there are too many', () => {
    const ledger = ledgerOf([join('1', F), uptime('1', F, 999_900)])
    const points = history(ledger, atHorizon(F) - 10, atHorizon(F + 3) + 5)
    const times = [-10, 0, 3600, 7200, 10_800, 10_805].map((s) => atHorizon(F) + s)
    expect(points.map((point) => point.t)).toEqual(times)
    const long = history(ledger, 0, atHorizon(F + 9000))
    expect(long.length).toBeLessThanOrEqual(500)
    expect(long.at(-1)!.t).toBe(atHorizon(F + 9000))
    expect(() => history(ledger, 10, 9)).toThrow(RangeError)
  })
})

describe('the change of a score', () => {
  it('is the difference to the score before the newest epoch counted, and its causes add up to it', () => {
    fc.assert(
      fc.property(ledgerCase(60), ({ ledger, t }) => {
        const { change, horizon, score } = explain(ledger, t)
        const [before, after] = [fullScore(ledger, change.since), fullScore(ledger, t)]
        expect(change.since).toBe(atHorizon(horizon) - 1)
        expect(change.score).toBe(score - before.score)
        const real = (result: typeof after) => points(result.uptimeFactor, result.jobsFactor)
        const total = change.causes.reduce((sum, cause) => sum + cause.points, 0)
        expect(total).toBeCloseTo(real(after) - real(before), 4)
      }),
      runs(100),
    )
  })

  it('names a silent epoch, age, a late proof, a new device and a void epoch', () => {
    const proofs = Array.from({ length: 9 }, (_, i) => uptime('1', F + i, 999_900))
    const known = [join('1', F), ...proofs]
    const causesAt = (entries: LedgerEntry[], horizon: number, voids: Ledger['voids'] = []) => {
      const { change } = explain({ ...ledgerOf(entries), voids }, atHorizon(horizon) + 100)
      return Object.fromEntries(change.causes.map(({ code, points: change }) => [code, Math.sign(change)]))
    }
    expect(causesAt(known, F + 8)).toEqual({ age: 1, epoch: 1 })
    expect(causesAt(known, F + 9)).toEqual({ age: 1, epoch: -1 })
    const silent = explain(ledgerOf(known), atHorizon(F + 9)).change
    expect(silent.causes.find(({ code }) => code === 'epoch')?.sentence).toContain(
      `Epoch ${F + 9} counts now, with nothing`,
    )
    expect(silent.score).toBeLessThan(0)
    const now = atHorizon(F + 9) + 50
    expect(causesAt([...known, { ...uptime('1', F + 9, 999_900), acceptedAt: now }], F + 9)).toMatchObject({ late: 1 })
    expect(causesAt(known, F + 9, [{ epoch: F + 9, declaredAt: now }])).toMatchObject({ voids: 1 })
    const joined = [...known, joinLater('2', F + 8), { ...retire('2', F + 18), acceptedAt: now }]
    expect(causesAt(joined, F + 9)).not.toHaveProperty('roster') // it counts seven epochs more
  })
})

describe('the forecast', () => {
  const perfect = (epochs: number) => {
    return [join('1', F), ...Array.from({ length: epochs }, (_, i) => uptime('1', F + i, 999_000))]
  }

  it('is the score that comes about if things go on as in the last 30 epochs', () => {
    const rungs = [999_000, 990_000, 999_900, 950_000, 999_000] as const
    const proofs = Array.from({ length: 200 }, (_, i) => uptime('1', F + i, rungs[i % 5]!))
    const ledger = ledgerOf([join('1', F), ...proofs])
    const { forecast, score } = explain(ledger, atHorizon(F + 99))
    expect(forecast?.upShare).toBeCloseTo((999_000 * 2 + 990_000 + 999_900 + 950_000) / 5e6, 6)
    for (const { days, score: expected } of forecast!.scores) {
      expect(Math.abs(expected - fullScore(ledger, atHorizon(F + 99 + days)).score)).toBeLessThanOrEqual(1)
    }
    expect(forecast!.scores.map(({ days }) => days)).toEqual([7, 30, 90])
    expect(forecast!.reach.every((reached) => reached.score > score)).toBe(true)
  })

  it('tells when a score is reached, or that it is not', () => {
    const ledger = ledgerOf(perfect(300))
    const { forecast, score } = explain(ledger, atHorizon(F + 29), { target: 250 })
    expect(score).toBeLessThan(200)
    const wanted = forecast!.reach.find((reached) => reached.score === 250)!
    expect(fullScore(ledger, atHorizon(F + 29 + wanted.days!)).score).toBeGreaterThanOrEqual(250)
    expect(fullScore(ledger, atHorizon(F + 29 + wanted.days! - 1)).score).toBeLessThan(250)
    expect(wanted.at).toBe(atHorizon(F + 29 + wanted.days!))
    expect(forecast!.reach.at(-1)).toEqual({ score: 1000, days: null, at: null })
  })

  it('goes on with jobs at the pace of the last four weeks', () => {
    const jobs = Array.from({ length: 30 }, (_, i): LedgerEntry => {
      const counts = { completed: 30 * (i + 1), failed: 0, disputed: 0, ratingSum: 0, ratingCount: 0 }
      const week = 145 + i
      const acceptedAt = (week + 1) * 7 * settings.epochSeconds
      const common = { entryId: `w${week}`, acceptedAt, marketplace: market(1), firstWeek: 145 }
      return { kind: 'jobs', ...common, week, ...counts, source: 'measured' }
    })
    const ledger = ledgerOf([...perfect(210), ...jobs])
    const { forecast } = explain(ledger, atHorizon(F + 69))
    for (const { days, score: expected } of forecast!.scores) {
      expect(Math.abs(expected - fullScore(ledger, atHorizon(F + 69 + days)).score)).toBeLessThanOrEqual(2)
    }
  })

  it('is silent about a pseudonym that is unscored', () => {
    expect(explain(ledgerOf([join('1', F)]), atHorizon(F) - 1).forecast).toBeNull()
  })
})

describe('reputationClaims', () => {
  const claims = (result: ScoreOutcome) => {
    const stated = { schema: REPUTATION, ...reputationClaims(result) }
    return { named: nameClaims(REPUTATION, stated.claims), sources: stated.sources }
  }

  it('are model, score, bounds, evidence (down to whole days), first and last epoch, attested share in percent', () => {
    const proofs = Array.from({ length: 30 }, (_, i) => uptime('1', F + i, 999_000))
    const attested = proofs.map((entry, i) => ({
      ...entry,
      gopsSource: i < 25 ? ('attested' as const) : entry.gopsSource,
    }))
    const result = fullScore(ledgerOf([join('1', F, { inheritedSilence: 30 }), ...attested]), atHorizon(F + 29))
    expect(result.evidenceHours).toBeCloseTo(645.3535840692889, 8)
    expect(claims(result)).toEqual({
      named: {
        modelVersion: '1',
        score: String(result.score),
        lower: String(result.lower),
        upper: String(result.upper),
        evidenceHours: '624',
        firstEpoch: String(F), // not the inherited beginning, which would make it look older
        lastEpoch: String(F + 29),
        attestedShare: '80',
      },
      sources: Array(8).fill(2),
    })
    expect(result.firstEpoch).toBe(F - 30)
  })

  it('refuse without a device', () => {
    expect(() => reputationClaims(fullScore(ledgerOf([]), 9 * settings.epochSeconds))).toThrow(
      expect.objectContaining({ code: 'pseudonymUnknown', message: 'The ledger holds nothing under this pseudonym.' }),
    )
  })
})
