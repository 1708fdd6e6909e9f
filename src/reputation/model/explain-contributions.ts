import { points, type ScoreOutcome } from './combine-score.ts'
import { CONSTANTS } from './constants.ts'
import { countsFrom, lastEpochOf } from './epochs.ts'
import type { Explanation } from './explanation-schema.ts'
import { foldJobs, type JobsStep, jobsFactor, keepSlow, standingAt } from './jobs-factor.ts'
import type { Ledger } from './ledger.ts'
import type { LedgerReading } from './read-ledger.ts'
import { isInRoster } from './roster.ts'
import { roundTo6 } from './round.ts'
import { uptimeFactor } from './uptime-factor.ts'
import { toHours, weight } from './weights.ts'

type Contribution = Explanation['contributions'][number]

const { halfLifeEpochs, epochsPerWeek, hoursPerEpoch } = CONSTANTS

/** Each proof of uptime that counts: its points are what the score, before rounding, would lose without it. */
export function explainUptime({ settings }: Ledger, reading: LedgerReading, result: ScoreOutcome): Contribution[] {
  const total = result.upHours + result.downHours + result.silentHours
  const now = points(result.uptimeFactor, result.jobsFactor)
  const newest = weight(Math.max(0, reading.horizon - settings.genesisEpoch))
  const rows = reading.uptime.map((entry): Contribution => {
    const { epoch, rungMicro, gopsSource } = entry
    const size = reading.roster.devices.filter((device) => isInRoster(device, epoch)).length
    const hours = toHours(weight(epoch - settings.genesisEpoch) * 1_000_000n, newest)
    const up = Math.max(0, result.upHours - (hours * rungMicro) / 1e6 / size)
    return {
      kind: 'uptime',
      entryId: entry.entryId,
      epoch,
      rung: rungMicro,
      source: gopsSource,
      weight: roundTo6(hours / size),
      decay: roundTo6(hours / hoursPerEpoch),
      halvesAt: countsFrom(settings, reading.horizon + halfLifeEpochs),
      points: roundTo6(now - points(uptimeFactor(result.maturity, { up, total }), result.jobsFactor)),
      reason: `Up at least ${rungMicro / 10_000} % of epoch ${epoch}${size === 1 ? '' : `, one of ${size} devices`}.`,
    }
  })
  return rows.sort((a, b) => a.epoch - b.epoch || (a.entryId < b.entryId ? -1 : 1))
}

/** Each week of jobs that counts; without it, its counters would fall to the next entry, at its own date. */
export function explainJobs({ settings }: Ledger, reading: LedgerReading, result: ScoreOutcome): Contribution[] {
  const halfLife = CONSTANTS.jobs.slowHalfLifeWeeks * epochsPerWeek
  const now = points(result.uptimeFactor, result.jobsFactor)
  const factors = new Map([...reading.jobs].map(([name, steps]) => [name, factorOf(steps, reading.week)]))
  const rows = [...reading.jobs].flatMap(([marketplace, steps]) =>
    steps.map((step, i): Contribution => {
      const without = new Map(factors).set(marketplace, factorOf(refoldWithout(steps, i), reading.week))
      const decay = keepSlow(reading.week - step.datedWeek)
      return {
        kind: 'jobs',
        entryId: step.entry.entryId,
        epoch: lastEpochOf(step.entry.week),
        counts: gains(step, steps[i - 1]),
        source: step.entry.source,
        weight: roundTo6(decay * (1 - keepSlow(1))),
        decay: roundTo6(decay),
        halvesAt: countsFrom(settings, reading.horizon + halfLife),
        points: roundTo6(now - points(result.uptimeFactor, jobsFactor([...without.values()]))),
        reason: `Jobs for ${marketplace}, dated at week ${step.datedWeek}, the first since the last entry.`,
      }
    }),
  )
  return rows.sort((a, b) => a.epoch - b.epoch || (a.entryId < b.entryId ? -1 : 1))
}

function factorOf(steps: readonly JobsStep[], week: number): number {
  const last = steps.at(-1)
  return last === undefined ? 0 : standingAt(last, week).factor
}

/** Entries before the i-th stand as they are; those after it are folded again. */
function refoldWithout(steps: readonly JobsStep[], i: number): JobsStep[] {
  let last = steps[i - 1] ?? null
  for (const { entry } of steps.slice(i + 1)) last = foldJobs(last, entry)
  return last === null ? [] : [last]
}

function gains({ entry }: JobsStep, before: JobsStep | undefined) {
  const gain = (name: 'completed' | 'failed' | 'disputed' | 'ratingSum' | 'ratingCount') =>
    Math.max(0, entry[name] - (before?.entry[name] ?? 0))
  return {
    completed: gain('completed'),
    failed: gain('failed'),
    disputed: gain('disputed'),
    ratingSum: gain('ratingSum'),
    ratingCount: gain('ratingCount'),
  }
}
