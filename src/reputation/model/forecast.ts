import pow from '@stdlib/math-base-special-pow'
import { points, type ScoreOutcome } from './combine-score.ts'
import { CONSTANTS } from './constants.ts'
import { countsFrom, weekHorizon } from './epochs.ts'
import type { Forecast } from './forecast-schema.ts'
import { continueStanding, type JobsStep, jobsFactor, standingAt } from './jobs-factor.ts'
import type { Ledger } from './ledger.ts'
import type { LedgerReading } from './read-ledger.ts'
import { isInRoster } from './roster.ts'
import { roundTo6 } from './round.ts'
import { maturity, uptimeFactor } from './uptime-factor.ts'

const { hoursPerEpoch, halfLifeEpochs, epochsPerWeek, maxScore, roundingSlack } = CONSTANTS

/** The pace is that of so many epochs, or of the whole weeks in them. */
const PACE_EPOCHS = 30
const PACE_WEEKS = Math.floor(PACE_EPOCHS / epochsPerWeek)
const DAYS = [7, 30, 90]
const MAX_DAYS = 5 * 365
const STEP = 100

/**
 * The score in days to come if things go on as in the last 30 epochs: the same mean share up, the same mean quality of jobs a
 * week. It is an estimate, and no part of the score.
 */
export function forecast(
  { settings }: Ledger,
  { reading, result, target }: { reading: LedgerReading; result: ScoreOutcome; target?: number | undefined },
): Forecast | null {
  if (!result.scored) return null
  const upShare = meanShare(reading, result)
  const course = courseOf(reading, result, upShare)
  const targets = targetsAbove(result.score, target)
  const firstAt = new Map<number, number>()
  const scores: Forecast['scores'] = []
  for (let days = 1; days <= MAX_DAYS; days++) {
    const score = course.next().value!
    if (DAYS.includes(days)) scores.push({ days, score })
    for (const wanted of targets) if (score >= wanted && !firstAt.has(wanted)) firstAt.set(wanted, days)
    if (scores.length === DAYS.length && firstAt.size === targets.length) break
  }
  const reach = targets.map((score) => {
    const days = firstAt.get(score) ?? null
    return { score, days, at: days === null ? null : countsFrom(settings, reading.horizon + days) }
  })
  return { upShare: roundTo6(upShare), scores, reach }
}

/** The next hundreds, and the score that was asked for. */
function targetsAbove(score: number, target: number | undefined): number[] {
  const hundreds = Array.from({ length: maxScore / STEP }, (_, i) => (i + 1) * STEP)
  const wanted = target === undefined ? hundreds : [...hundreds, target]
  return [...new Set(wanted)].filter((value) => value > score).sort((a, b) => a - b)
}

/** The mean share up, over the epochs since the first device joined that are not void. */
function meanShare({ horizon, roster, voids, uptime }: LedgerReading, result: ScoreOutcome): number {
  const from = Math.max(roster.joinEpoch!, horizon - PACE_EPOCHS + 1)
  const epochs = Array.from({ length: horizon - from + 1 }, (_, i) => from + i).filter((epoch) => !voids.set.has(epoch))
  if (epochs.length === 0) {
    const total = result.upHours + result.downHours + result.silentHours
    return total === 0 ? 0 : result.upHours / total
  }
  const sizes = new Map(epochs.map((epoch) => [epoch, roster.devices.filter((d) => isInRoster(d, epoch)).length]))
  const shares = uptime.map(({ epoch, rungMicro }) => (sizes.has(epoch) ? rungMicro / 1e6 / sizes.get(epoch)! : 0))
  return shares.reduce((a, b) => a + b, 0) / epochs.length
}

/** The score after one epoch more, two, and so on. */
function* courseOf(reading: LedgerReading, result: ScoreOutcome, upShare: number): Generator<number, never> {
  const keep = pow(2, -1 / halfLifeEpochs)
  let up = result.upHours
  let total = up + result.downHours + result.silentHours
  const markets = [...reading.jobs.values()].map((steps) => {
    return { standing: standingAt(steps.at(-1)!, reading.week), pace: weeklyPace(steps, reading.week) }
  })
  let standings = markets.map(({ standing }) => ({ slow: standing.slow, fast: standing.fast }))
  let week = reading.week
  for (let days = 1; ; days++) {
    up = up * keep + hoursPerEpoch * upShare
    total = total * keep + hoursPerEpoch
    if (weekHorizon(reading.horizon + days) > week) {
      week += 1
      standings = standings.map((standing, i) => continueStanding(standing, markets[i]!.pace))
    }
    const factor = uptimeFactor(maturity(result.ageEpochs + days), { up, total })
    const jobs = jobsFactor(standings.map(({ slow, fast }) => Math.min(slow, fast)))
    yield Math.floor(points(factor, jobs) + roundingSlack)
  }
}

/** The mean quality of a marketplace's last whole weeks: a week without an entry is 0, as in the score. */
function weeklyPace(steps: readonly JobsStep[], week: number): { q: number; c: number } {
  const weeks = Math.min(PACE_WEEKS, week - steps[0]!.datedWeek + 1)
  const recent = steps.filter(({ datedWeek }) => datedWeek > week - PACE_WEEKS)
  const mean = (name: 'q' | 'c') => recent.reduce((sum, step) => sum + step[name], 0) / weeks
  return { q: mean('q'), c: mean('c') }
}
