import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  constantsHash,
  explain,
  fullScore,
  history,
  type LedgerEntry,
  ledgerRoot,
  reputationClaims,
  zExplanation,
  zHistoryPoint,
} from '../../src/reputation/index.ts'
import { atHorizon, join, ledgerCase, ledgerOf, settings, uptime } from './ledgers.ts'

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
    const entries = [999_900, 990_000, 950_000].map((rung, i) => uptime('1', F, F + i, rung as 999_900))
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
    const hardware = { kind: 'hardware', schema: 'urn:assay:schema:hardware:1', ranges: {}, assurance: 2 } as const
    const capability = { ...hardware, devicePseudonym: '1', acceptedAt: 5, expires: 4_000_000_000 }
    const ledger = ledgerOf(
      [
        join('1', F),
        { ...join('1', F), entryId: 'again', acceptedAt: 2 } as LedgerEntry,
        { ...join('2', 999), entryId: 'too-old' } as LedgerEntry,
        { ...uptime('1', F, F, 999_900), uptimeAssurance: 1 },
        { ...uptime('1', F + 1, F + 1, 999_900) },
        uptime('3', F, F, 999_900),
        uptime('1', F, F + 2, 999_900),
        { ...uptime('1', F, F + 2, 500_000), entryId: 'lower' },
        uptime('1', F, F + 3, 999_900),
        uptime('1', F, F + 9, 999_900),
        { ...uptime('1', F, F - 1, 999_900), entryId: 'before' },
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
      'too-old': 'beforeGenesis',
      [`up-1-${F}`]: 'selfReported',
      [`up-1-${F + 1}`]: 'otherFirstEpoch',
      [`up-3-${F}`]: 'unknownDevice',
      lower: 'superseded',
      [`up-1-${F + 3}`]: 'voidEpoch',
      before: 'beforeFirstEpoch',
      gone: 'expired',
    })
    expect(explanation.capabilities).toEqual([
      {
        devicePseudonym: '1',
        schema: hardware.schema,
        ranges: {},
        assurance: 2,
        provedAt: 4,
        expires: 4_000_000_000,
        scored: false,
      },
    ])
    expect(explanation.devices).toMatchObject([
      { devicePseudonym: '1', firstEpoch: F, retiredAt: null, silentEpochs: 7 },
    ])
  })

  it('a young perfect provider is told that youth holds it down most', () => {
    const proofs = Array.from({ length: 3 }, (_, i) => uptime('1', F, F + i, 999_900))
    const { limits, score } = explain(ledgerOf([join('1', F), ...proofs]), atHorizon(F + 2))
    expect(score).toBeGreaterThan(0)
    expect(limits[0]).toMatchObject({ code: 'young', sentence: expect.stringContaining('3 days old') })
    expect(limits.find((limit) => limit.code === 'jobs')?.sentence).toContain('at most 600')
    expect(explain(ledgerOf([]), atHorizon(F)).limits.map((limit) => limit.code)).toEqual(['unscored'])
  })

  it('the ledger root names the entries accepted by t, in whatever order they are listed', () => {
    const proofs = [0, 1, 2].map((i) => uptime('1', F, F + i, 999_900))
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
    const ledger = ledgerOf([join('1', F), uptime('1', F, F, 999_900)])
    const points = history(ledger, atHorizon(F) - 10, atHorizon(F + 3) + 5)
    const times = [-10, 0, 3600, 7200, 10_800, 10_805].map((s) => atHorizon(F) + s)
    expect(points.map((point) => point.t)).toEqual(times)
    const long = history(ledger, 0, atHorizon(F + 9000))
    expect(long.length).toBeLessThanOrEqual(500)
    expect(long.at(-1)!.t).toBe(atHorizon(F + 9000))
    expect(() => history(ledger, 10, 9)).toThrow(RangeError)
  })
})

describe('reputationClaims', () => {
  it('are model, score, bounds, evidence (down to whole days), first and last epoch, assurance', () => {
    const proofs = Array.from({ length: 30 }, (_, i) => uptime('1', F, F + i, 999_000))
    const result = fullScore(ledgerOf([join('1', F), ...proofs]), atHorizon(F + 29))
    expect(result.evidenceHours).toBeCloseTo(645.3535840692889, 8)
    expect(reputationClaims(result)).toEqual([
      1n,
      158n,
      BigInt(result.lower),
      BigInt(result.upper),
      624n,
      BigInt(F),
      BigInt(F + 29),
      2n,
    ])
  })

  it('say assurance 1 without evidence, and refuse without a device', () => {
    expect(reputationClaims(fullScore(ledgerOf([join('1', F)]), atHorizon(F)))[7]).toBe(1n)
    expect(() => reputationClaims(fullScore(ledgerOf([]), 9 * settings.epochSeconds))).toThrow(
      expect.objectContaining({ code: 'pseudonymUnknown', message: 'The ledger holds nothing under this pseudonym.' }),
    )
  })
})
