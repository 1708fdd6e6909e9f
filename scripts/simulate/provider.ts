import { CONSTANTS, type RungMicro } from '../../src/reputation/index.ts'
import { binomial, type Random } from './random.ts'

/** Slots of a day, as heartbeats count them. */
const SLOTS = 1440
/** Outages last an hour on average: some are a reboot, some a night. */
const SLOTS_PER_OUTAGE = 60

/** Days of a machine that is up for a share of the time: its outages begin at random, last at random, and cross midnight. */
export function uptimeDays(random: Random, availability: number): () => number {
  const ends = 1 / SLOTS_PER_OUTAGE
  const begins = (ends * (1 - availability)) / availability
  let isUp = true
  return () => {
    let up = 0
    for (let slot = 0; slot < SLOTS; slot++) {
      if (random() < (isUp ? begins : ends)) isUp = !isUp
      if (isUp) up++
    }
    return up / SLOTS
  }
}

/** Days of a machine that is up for 99.9 % of a day, and dark for whole days in a row once it breaks. */
export function breakingDays(
  random: Random,
  { darkShare, meanDarkDays }: { darkShare: number; meanDarkDays: number },
): () => number {
  const ends = 1 / meanDarkDays
  const begins = (ends * darkShare) / (1 - darkShare)
  const day = uptimeDays(random, 0.999)
  let isUp = true
  return () => {
    if (random() < (isUp ? begins : ends)) isUp = !isUp
    const share = day()
    return isUp ? share : 0
  }
}

/** The highest rung that a share passes; undefined below the lowest. Issuers round shares down to 100 millionths. */
export function highestRung(share: number): RungMicro | undefined {
  const micro = Math.floor(share * 10_000) * 100
  return CONSTANTS.rungsMicro.findLast((rung) => rung <= micro)
}

/** What a week of work adds to a marketplace's counters. */
export interface WeekOfJobs {
  completed: number
  failed: number
  missingStars: number
  ratings: number
}

/** About thirty jobs a week, one in a hundred fails, half are rated, one rating in five lacks a star. */
export function honestWeek(random: Random): WeekOfJobs {
  const jobs = 20 + Math.floor(random() * 21)
  const failed = binomial(random, jobs, 0.01)
  const ratings = binomial(random, jobs - failed, 0.5)
  return { completed: jobs - failed, failed, ratings, missingStars: binomial(random, ratings, 0.2) }
}

/** Someone who is their own customer: as many perfect jobs as count. */
export function selfDealtWeek(): WeekOfJobs {
  return { completed: 60, failed: 0, ratings: 60, missingStars: 0 }
}

/** Someone who takes jobs and does none. */
export function failedWeek(): WeekOfJobs {
  return { completed: 0, failed: 30, ratings: 0, missingStars: 0 }
}
