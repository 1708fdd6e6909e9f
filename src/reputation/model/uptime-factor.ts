import ln from '@stdlib/math-base-special-ln'
import pow from '@stdlib/math-base-special-pow'
import betaQuantile from '@stdlib/stats-base-dists-beta-quantile'
import { CONSTANTS } from './constants.ts'

const { priorDownHours, hoursPerObservation, tail, maturityHalfLifeEpochs } = CONSTANTS

/** ln(10^nines) */
const FULL = CONSTANTS.nines * Math.LN10

/** u(d) = clamp(−log₁₀ d / 3, 0, 1): how many nines a share of down time amounts to, three being all. */
export function nines(downShare: number): number {
  return downShare <= 0 ? 1 : Math.min(1, Math.max(0, -ln(downShare) / FULL))
}

/** m = 1 − 2^(−age/45): how far a pseudonym of that many epochs has grown up. */
export function maturity(ageEpochs: number): number {
  return 1 - pow(2, -ageEpochs / maturityHalfLifeEpochs)
}

/** Hours up (R) and not up (S), decayed; `upNext` is R had every proof been for the next rung. */
export interface UptimeHours {
  up: number
  upNext: number
  total: number
}

/** A = m · u((S + 4)/(R + S + 4)): every pseudonym owes 4 hours of outage. */
export function uptimeFactor(m: number, { up, total }: Pick<UptimeHours, 'up' | 'total'>): number {
  return m * nines((total - up + priorDownHours) / (total + priorDownHours))
}

/**
 * What A is at least: the share of down time is no more than its 95 % quantile, twelve hours being one observation.
 * The quantile is taken of the down share, because 1 − x would cancel.
 */
export function lowerUptimeFactor(m: number, { up, total }: UptimeHours): number {
  const share = quantile(1 - tail, (total - up + priorDownHours) / hoursPerObservation, up / hoursPerObservation)
  return m * nines(share)
}

/** What A may be at most: grown up as far as it is not yet, and each epoch just short of the next rung. */
export function upperUptimeFactor(m: number, { upNext, total }: UptimeHours): number {
  const share = quantile(tail, (total - upNext) / hoursPerObservation, (upNext + priorDownHours) / hoursPerObservation)
  return 1 - m * (1 - nines(share))
}

/** Beta quantile, with its limits where a parameter is 0. */
function quantile(p: number, alpha: number, beta: number): number {
  if (alpha <= 0) return 0
  if (beta <= 0) return 1
  return betaQuantile(p, alpha, beta)
}
