import pow from '@stdlib/math-base-special-pow'
import { CONSTANTS } from './constants.ts'
import type { JobsEntry } from './ledger.ts'

const jobs = CONSTANTS.jobs

/** One accepted entry of a marketplace, folded: what it adds and where the two moving averages stand after it. */
export interface JobsStep {
  entry: JobsEntry
  /** The first week since the last accepted entry: to it all is dated. */
  datedWeek: number
  completedGain: number
  bad: number
  /** q and c: how good the interval was, for the slow and for the fast average. */
  q: number
  c: number
  slow: number
  fast: number
  /** What the averages lost by weeks that were seen, had the unseen ones been perfect: for the upper bound. */
  slowLoss: number
  fastLoss: number
  missingStars: number
}

/** Where a marketplace stands at a week. */
export interface JobsStanding {
  slow: number
  fast: number
  factor: number
  /** The factor, had every week without a proof been perfect. */
  upperFactor: number
}

/** What the slow average keeps over so many weeks. */
export const keepSlow = (weeks: number) => pow(2, -weeks / jobs.slowHalfLifeWeeks)
const keepFast = (weeks: number) => pow(2, -weeks / jobs.fastHalfLifeWeeks)
const GAIN_SLOW = 1 - keepSlow(1)
const GAIN_FAST = 1 - keepFast(1)

/**
 * Folds the next entry of a marketplace, in week order. Counters are cumulative, so what counts is what they gained since
 * the last accepted entry; it is dated at the *first* week since then, which makes leaving entries out worth nothing.
 */
export function foldJobs(previous: JobsStep | null, entry: JobsEntry): JobsStep {
  const before = previous?.entry
  const gain = (name: 'completed' | 'failed' | 'disputed') => Math.max(0, entry[name] - (before?.[name] ?? 0))
  const missing = missingStarsOf(entry)
  const missingStars = Math.max(missing, previous?.missingStars ?? 0)
  const missingGain = missingStars - (previous?.missingStars ?? 0)
  const bad =
    jobs.failedWeight * gain('failed') + jobs.disputedWeight * gain('disputed') + jobs.missingStarWeight * missingGain
  const completedGain = gain('completed')
  const good = Math.min(jobs.maxCompletedPerInterval, completedGain)
  const q = good / (good + bad + jobs.slowPrior)
  const c = (good + jobs.fastPrior) / (good + bad + jobs.fastPrior)
  const datedWeek = previous === null ? Math.min(entry.firstWeek, entry.week) : previous.entry.week + 1
  const weeks = previous === null ? 0 : datedWeek - previous.datedWeek
  const [slowKept, fastKept] = [keepSlow(weeks), keepFast(weeks)]
  return {
    entry,
    datedWeek,
    completedGain,
    bad,
    q,
    c,
    slow: (previous?.slow ?? 0) * slowKept + GAIN_SLOW * q,
    fast: (previous?.fast ?? 0) * fastKept + GAIN_FAST * c,
    slowLoss: (previous?.slowLoss ?? 0) * slowKept + GAIN_SLOW * (1 - q),
    fastLoss: (previous?.fastLoss ?? 0) * fastKept + GAIN_FAST * (1 - c),
    missingStars,
  }
}

/** Stars short of five for each rating; ratings without a proved sum are zero stars. */
function missingStarsOf({ ratingSum, ratingCount }: JobsEntry): number {
  return Math.max(0, jobs.maxStars * ratingCount - ratingSum)
}

/** B_m = min(slow, fast) at a week: the averages fade over the weeks without a proof. */
export function standingAt(step: JobsStep, week: number): JobsStanding {
  const weeks = week - step.datedWeek
  const slow = step.slow * keepSlow(weeks)
  const fast = step.fast * keepFast(weeks)
  const upperFactor = Math.min(1 - step.slowLoss * keepSlow(weeks), 1 - step.fastLoss * keepFast(weeks))
  return { slow, fast, factor: Math.min(slow, fast), upperFactor }
}

/** Where a marketplace stands a week later, after a week of the given quality. */
export function continueStanding(
  { slow, fast }: Pick<JobsStanding, 'slow' | 'fast'>,
  { q, c }: { q: number; c: number },
) {
  return { slow: slow * keepSlow(1) + GAIN_SLOW * q, fast: fast * keepFast(1) + GAIN_FAST * c }
}

/** B = ½ · (sum of the best two): one marketplace alone gives at most half. */
export function jobsFactor(factors: readonly number[]): number {
  return bestOf(factors, 0)
}

/** B, had all that was not seen been perfect: a marketplace without entries counts as 1. */
export function upperJobsFactor(factors: readonly number[]): number {
  return bestOf(factors, 1)
}

function bestOf(factors: readonly number[], unseen: number): number {
  const best = [...factors].sort((a, b) => b - a)
  const [first = unseen, second = unseen] = best
  return (first + second) / jobs.countedMarketplaces
}
