import fc from 'fast-check'
import {
  applyLedgerEntry,
  CONSTANTS,
  emptyState,
  type JoinEntry,
  type Ledger,
  type LedgerEntry,
  type RetireEntry,
  type RungMicro,
  type ScoreState,
  type Settings,
  type UptimeEntry,
} from '../../src/reputation/index.ts'

/** Epochs of an hour, so that nothing can pass by taking an epoch for a day. */
export const settings: Settings = { epochSeconds: 3600, genesisEpoch: 960 }

/** The first moment at which the epoch is the horizon. */
export const atHorizon = (epoch: number) => (epoch + 2) * settings.epochSeconds

export const market = (m: number) => `urn:assay:schema:jobs:1:market-${m}`

/** The first device joins with the epoch in which it is accepted. */
export function join(device: string, joinEpoch: number, changes: Partial<JoinEntry> = {}): JoinEntry {
  return {
    kind: 'join',
    entryId: `join-${device}`,
    acceptedAt: joinEpoch * settings.epochSeconds,
    devicePseudonym: device,
    joinEpoch,
    inheritedSilence: 0,
    ...changes,
  }
}

/** A later device joins with the epoch after the one in which it is accepted. */
export function joinLater(device: string, joinEpoch: number): JoinEntry {
  return join(device, joinEpoch, { acceptedAt: (joinEpoch - 1) * settings.epochSeconds + 1 })
}

/** A retirement that takes effect with an epoch. */
export function retire(device: string, from: number): RetireEntry {
  const acceptedAt = (from - CONSTANTS.retirementEpochs) * settings.epochSeconds + 2
  return { kind: 'retire', entryId: `retire-${device}`, acceptedAt, devicePseudonym: device, from }
}

export function uptime(device: string, epoch: number, rungMicro: RungMicro): UptimeEntry {
  return {
    kind: 'uptime',
    entryId: `up-${device}-${epoch}`,
    acceptedAt: (epoch + 1) * settings.epochSeconds,
    epoch,
    rungMicro,
    devicePseudonym: device,
    uptimeSource: 'measured',
    gopsSource: 'measured',
  }
}

export function ledgerOf(entries: LedgerEntry[], voids: number[] = []): Ledger {
  return { pseudonym: '7', settings, entries, voids: voids.map((epoch) => ({ epoch, declaredAt: 0 })) }
}

export function stateOf(entries: readonly LedgerEntry[]): ScoreState {
  const state = emptyState(settings)
  for (const entry of entries) applyLedgerEntry(state, entry)
  return state
}

/** The first device of random ledgers joins with this epoch. */
export const START = 1010

/** A week of one marketplace: what was gained, and how many weeks since the last entry. */
const weekArbitrary = fc.record({
  gap: fc.integer({ min: 1, max: 4 }),
  completed: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 400 })),
  failed: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 10 })),
  disputed: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 5 })),
  rated: fc.integer({ min: 0, max: 10 }),
  missingStars: fc.integer({ min: 0, max: 10 }),
})

const rung = fc.constantFrom(...CONSTANTS.rungsMicro)
/** Silence, or a rung; good providers more often than random ones. */
const epochArbitrary = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 2, arbitrary: rung },
  { weight: 12, arbitrary: fc.constantFrom<RungMicro>(999_000, 999_900) },
)

const deviceArbitrary = (maxEpochs: number) =>
  fc.record({
    joinsAfter: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 })),
    /** null, or after how many epochs it retires */
    livesFor: fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, fc.integer({ min: 1, max: 60 })),
    epochs: fc.array(epochArbitrary, { minLength: 0, maxLength: maxEpochs, size: 'max' }),
    /** The first device joins so many epochs before it is accepted, and may inherit silence. */
    back: fc.integer({ min: 0, max: CONSTANTS.joinEpochsBack }),
    inheritedSilence: fc.constantFrom(0 as const, 0 as const, CONSTANTS.inheritedSilenceEpochs),
    sources: fc.array(fc.constantFrom('measured' as const, 'attested' as const), { minLength: 1, maxLength: 5 }),
    lateBy: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 7 }),
  })

type ValueOf<Arbitrary> = Arbitrary extends fc.Arbitrary<infer Value> ? Value : never
type DevicePlan = ValueOf<ReturnType<typeof deviceArbitrary>>
type WeekPlan = ValueOf<typeof weekArbitrary>

/** A ledger as the service lets it come about, and a moment at which to score it. */
export interface Case {
  ledger: Ledger
  t: number
}

/** Random ledgers: up to three devices that come and go, up to three marketplaces, void epochs, capabilities. */
export const ledgerCase = (maxEpochs = 120): fc.Arbitrary<Case> =>
  fc
    .record({
      devices: fc.array(deviceArbitrary(maxEpochs), { minLength: 1, maxLength: 3, size: 'max' }),
      markets: fc.array(fc.array(weekArbitrary, { maxLength: 12, size: 'max' }), { maxLength: 3, size: 'max' }),
      voids: fc.array(fc.integer({ min: START - 30, max: START + maxEpochs }), { maxLength: 4 }),
      horizon: fc.integer({ min: START - 2, max: START + maxEpochs + 10 }),
      withinEpoch: fc.integer({ min: 0, max: settings.epochSeconds - 1 }),
    })
    .map(({ devices, markets, voids, horizon, withinEpoch }) => {
      const entries = [
        ...devices.flatMap((plan, i) => deviceEntries(plan, i, devices[0]!.back)),
        ...markets.flatMap(marketEntries),
      ]
      return { ledger: ledgerOf(entries, voids), t: atHorizon(horizon) + withinEpoch }
    })

function deviceEntries(plan: DevicePlan, i: number, back: number): LedgerEntry[] {
  const device = String(100 + i)
  // The first device stays, so that every retirement is valid.
  const joinEpoch = i === 0 ? START : START + back + 1 + plan.joinsAfter
  const retiresFrom =
    i === 0 || plan.livesFor === null ? null : joinEpoch + CONSTANTS.retirementEpochs - 1 + plan.livesFor
  const first = { acceptedAt: (START + back) * settings.epochSeconds, inheritedSilence: plan.inheritedSilence }
  const joined = i === 0 ? join(device, joinEpoch, first) : joinLater(device, joinEpoch)
  const proofs = plan.epochs.flatMap((rungMicro, n): LedgerEntry[] => {
    const epoch = joinEpoch + n
    if (rungMicro === null || (retiresFrom !== null && epoch >= retiresFrom)) return []
    const late = plan.lateBy[n % plan.lateBy.length]! * settings.epochSeconds
    const entry = uptime(device, epoch, rungMicro)
    const gopsSource = plan.sources[n % plan.sources.length]!
    return [{ ...entry, acceptedAt: Math.max(joined.acceptedAt, entry.acceptedAt + late), gopsSource }]
  })
  return retiresFrom === null ? [joined, ...proofs] : [joined, ...proofs, retire(device, retiresFrom)]
}

/** Cumulative counters, as a marketplace would state them: each gains and none falls. */
export function marketEntries(plan: readonly WeekPlan[], m: number): LedgerEntry[] {
  const firstWeek = Math.floor(START / 7) + m
  const sum = { completed: 0, failed: 0, disputed: 0, ratingSum: 0, ratingCount: 0 }
  let week = firstWeek - 1
  return plan.map((gained, n) => {
    week += n === 0 ? Math.max(1, gained.gap - 1) : gained.gap
    sum.completed += gained.completed
    sum.failed += gained.failed
    sum.disputed += gained.disputed
    sum.ratingCount += gained.rated
    sum.ratingSum += 5 * gained.rated - Math.min(gained.missingStars, 5 * gained.rated)
    return {
      kind: 'jobs',
      entryId: `jobs-${m}-${week}`,
      acceptedAt: (week + 1) * 7 * settings.epochSeconds,
      marketplace: market(m),
      week,
      ...sum,
      firstWeek,
      source: 'measured',
    }
  })
}

/** The same ledger without some of its proofs; joins and retirements stay. */
export function without(ledger: Ledger, remove: (entry: LedgerEntry, i: number) => boolean): Ledger {
  const isFixed = (entry: LedgerEntry) => entry.kind === 'join' || entry.kind === 'retire'
  return { ...ledger, entries: ledger.entries.filter((entry, i) => isFixed(entry) || !remove(entry, i)) }
}
