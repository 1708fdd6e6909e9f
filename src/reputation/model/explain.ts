import { CONSTANTS } from './constants.ts'
import { countsFrom, lastEpochOf } from './epochs.ts'
import { explainChange } from './explain-change.ts'
import { explainJobs, explainUptime } from './explain-contributions.ts'
import { explainLimits } from './explain-limits.ts'
import type { Explanation } from './explanation-schema.ts'
import { forecast } from './forecast.ts'
import { scoreReading } from './full-score.ts'
import { standingAt } from './jobs-factor.ts'
import type { Ledger, UptimeEntry } from './ledger.ts'
import { ledgerRoot } from './ledger-root.ts'
import { type LedgerReading, readLedger } from './read-ledger.ts'
import type { RosterDevice } from './roster.ts'
import { roundTo6 } from './round.ts'
import { summariseScore } from './summarise-score.ts'
import { toHours, weight } from './weights.ts'

/**
 * Explains the score of a ledger at t (Unix seconds): the very numbers of `fullScore`, and where each comes from. Numbers
 * that are not part of the score itself are rounded to six decimals. The service signs the answer. The forecast tells when
 * `target` is reached, beside the next hundreds.
 */
export function explain(ledger: Ledger, t: number, { target }: { target?: number | undefined } = {}): Explanation {
  const reading = readLedger(ledger, t)
  const result = scoreReading(ledger, reading)
  return {
    ...summariseScore(ledger.pseudonym, result),
    ledgerRoot: ledgerRoot(ledger, result.t),
    change: explainChange(ledger, reading, result),
    forecast: forecast(ledger, { reading, result, target }),
    limits: explainLimits(result, reading),
    devices: reading.roster.devices.map((device) => explainDevice(ledger, reading, device)),
    contributions: [...explainUptime(ledger, reading, result), ...explainJobs(ledger, reading, result)],
    jobs: explainMarketplaces(reading),
    pending: explainPending(ledger, reading),
    ignored: reading.ignored.sort(byEntryId),
    capabilities: reading.capabilities
      .map(({ kind: _, entryId: __, acceptedAt: ___, ...capability }) => ({ ...capability, scored: false as const }))
      .sort((a, b) => (a.devicePseudonym + a.schema < b.devicePseudonym + b.schema ? -1 : 1)),
  }
}

function explainDevice({ settings }: Ledger, reading: LedgerReading, device: RosterDevice) {
  const proofs = reading.uptime.filter((entry) => entry.devicePseudonym === device.devicePseudonym)
  const byEpoch = new Map(proofs.map((entry) => [entry.epoch, entry]))
  const last = Math.min(reading.horizon, (device.retiredAt ?? Number.POSITIVE_INFINITY) - 1)
  let [up, total, silentEpochs] = [0n, 0n, 0]
  for (let epoch = device.firstEpoch; epoch <= last; epoch++) {
    if (reading.voids.set.has(epoch)) continue
    const g = weight(epoch - settings.genesisEpoch)
    const rung = byEpoch.get(epoch)?.rungMicro
    total += g
    up += g * BigInt(rung ?? 0)
    if (rung === undefined) silentEpochs++
  }
  return {
    ...device,
    upShare: total === 0n ? 0 : roundTo6(toHours(up, total) / CONSTANTS.hoursPerEpoch),
    silentEpochs,
    source: newestOf(proofs)?.gopsSource ?? null,
  }
}

function newestOf(proofs: readonly UptimeEntry[]): UptimeEntry | undefined {
  return proofs.reduce<UptimeEntry | undefined>((a, b) => (a === undefined || b.epoch > a.epoch ? b : a), undefined)
}

function explainMarketplaces(reading: LedgerReading): Explanation['jobs'] {
  const rows = [...reading.jobs].map(([marketplace, steps]) => {
    const newest = steps.at(-1)!
    const { q, c } = newest
    const { slow, fast } = standingAt(newest, reading.week)
    const capped = steps.filter((step) => step.completedGain > CONSTANTS.jobs.maxCompletedPerInterval).length
    const shares = { q: roundTo6(q), c: roundTo6(c), slow: roundTo6(slow), fast: roundTo6(fast) }
    return { marketplace, weeks: steps.length, ...shares, capped }
  })
  return rows.sort((a, b) => (a.marketplace < b.marketplace ? -1 : 1))
}

function explainPending({ settings }: Ledger, reading: LedgerReading): Explanation['pending'] {
  const rows = reading.pending.map((entry) => {
    const epoch = entry.kind === 'uptime' ? entry.epoch : lastEpochOf(entry.week)
    return { entryId: entry.entryId, kind: entry.kind, epoch, countsAt: countsFrom(settings, epoch) }
  })
  return rows.sort(byEntryId)
}

function byEntryId(a: { entryId: string }, b: { entryId: string }): number {
  return a.entryId < b.entryId ? -1 : 1
}
