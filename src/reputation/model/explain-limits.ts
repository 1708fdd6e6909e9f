import { points, type ScoreOutcome } from './combine-score.ts'
import { CONSTANTS } from './constants.ts'
import type { Limit } from './explanation-schema.ts'
import type { LedgerReading } from './read-ledger.ts'
import { roundTo6 } from './round.ts'
import { nines } from './uptime-factor.ts'

const { maxScore, priorDownHours, uptimeShare, jobsShare } = CONSTANTS

/** What holds a score down, the heaviest first: `points` is what lifting this one limit would add before rounding. */
export function explainLimits(result: ScoreOutcome, reading: LedgerReading): Limit[] {
  if (!result.scored) {
    const sentence =
      'No epoch counts yet: a proof counts once its epoch has closed and everyone had one more to submit.'
    return [{ code: 'unscored', sentence, points: 0 }]
  }
  const { maturity, upHours, downHours, silentHours, jobsFactor } = result
  const total = upHours + downHours + silentHours
  const now = points(result.uptimeFactor, jobsFactor)
  const withDown = (hours: number) => points(maturity * nines(hours / (total + priorDownHours)), jobsFactor)
  const limits: Limit[] = [
    {
      code: 'young',
      sentence: youngSentence(result),
      points: points(result.uptimeFactor / maturity, jobsFactor) - now,
    },
    {
      code: 'silence',
      sentence: `Of ${hoursText(silentHours)} nothing is proved, and silence counts as down.`,
      points: withDown(downHours + priorDownHours) - now,
    },
    {
      code: 'downtime',
      sentence: `The proofs leave ${hoursText(downHours)} not shown to be up.`,
      points: withDown(silentHours + priorDownHours) - now,
    },
    {
      code: 'priorDowntime',
      sentence: `Every pseudonym owes ${hoursText(priorDownHours)} of outage; they matter less as evidence grows.`,
      points: withDown(downHours + silentHours) - now,
    },
    { code: 'jobs', sentence: jobsSentence(reading.jobs.size), points: points(result.uptimeFactor, 1) - now },
  ]
  return limits
    .map((limit) => ({ ...limit, points: Math.max(0, roundTo6(limit.points)) }))
    .filter((limit) => limit.points > 0)
    .sort((a, b) => b.points - a.points)
}

function youngSentence({ ageEpochs, maturity }: ScoreOutcome): string {
  return `${ageEpochs} days old, so only ${(100 * maturity).toFixed(1)} % of what the uptime is worth counts.`
}

function jobsSentence(marketplaces: number): string {
  const percent = (share: number) => Math.round(maxScore * share)
  if (marketplaces === 0) return `No jobs are proved, and uptime alone gives at most ${percent(uptimeShare)}.`
  if (marketplaces === 1) {
    return `One marketplace alone gives at most ${percent(uptimeShare + jobsShare / 2)}, two give all.`
  }
  return 'The jobs record is not perfect, not full, or not old enough.'
}

const hoursText = (hours: number) => `${hours.toFixed(1)} hours`
