import { CONSTANTS } from './constants.ts'
import { type JobsStanding, jobsFactor, upperJobsFactor } from './jobs-factor.ts'
import { lowerUptimeFactor, maturity, upperUptimeFactor, uptimeFactor } from './uptime-factor.ts'
import { toHours } from './weights.ts'

/** Weighted millionths of epochs: proved up, up at the next rung, covered by any proof, covered with attested hardware. */
export interface UptimeSums {
  up: bigint
  upNext: bigint
  covered: bigint
  attested: bigint
}

/** All that the score is made of, as exact numbers. */
export interface ScoreInputs {
  t: number
  horizon: number
  firstEpoch: number | null
  joinEpoch: number | null
  /** Σ g over the epochs that count. */
  totalWeight: bigint
  /** g(horizon). */
  horizonWeight: bigint
  sums: UptimeSums
  standings: readonly JobsStanding[]
}

/** A score, 0 to 1000, with its bounds (5 and 95 %) and what it is made of. Hours are model hours, decayed. */
export interface ScoreOutcome {
  modelVersion: number
  t: number
  horizon: number
  /** False while nothing can be said: score 0, bounds 0 to 1000. */
  scored: boolean
  score: number
  lower: number
  upper: number
  /** From here on the roster counts: `joinEpoch`, less the silence that the first device inherits. */
  firstEpoch: number | null
  /** From here on the pseudonym ages. */
  joinEpoch: number | null
  ageEpochs: number
  maturity: number
  /** Hours of which a proof tells. */
  evidenceHours: number
  upHours: number
  downHours: number
  /** Hours of which no proof tells: they count like down. */
  silentHours: number
  uptimeFactor: number
  jobsFactor: number
  /** Share of the evidence hours whose hardware its vendor attested. A label: it does not score. */
  attestedShare: number
}

/** The real score before rounding down. */
export function points(uptime: number, jobs: number): number {
  return CONSTANTS.maxScore * uptime * (CONSTANTS.uptimeShare + CONSTANTS.jobsShare * jobs)
}

const floorPoints = (uptime: number, jobs: number) => Math.floor(points(uptime, jobs) + CONSTANTS.roundingSlack)

/** The last step of the model, shared by the full recomputation and the incremental one: from exact sums to the score. */
export function combineScore({ t, horizon, firstEpoch, joinEpoch, ...inputs }: ScoreInputs): ScoreOutcome {
  const factors = inputs.standings.map((standing) => standing.factor)
  const jobs = jobsFactor(factors)
  const base = { modelVersion: CONSTANTS.modelVersion, t, horizon, firstEpoch, joinEpoch, jobsFactor: jobs }
  if (joinEpoch === null || horizon < joinEpoch) return { ...base, ...unscored }
  const hours = (sum: bigint) => toHours(sum, inputs.horizonWeight)
  const total = hours(inputs.totalWeight * 1_000_000n)
  const up = hours(inputs.sums.up)
  const evidenceHours = hours(inputs.sums.covered)
  const ageEpochs = horizon - joinEpoch + 1
  const m = maturity(ageEpochs)
  const uptime = { up, upNext: hours(inputs.sums.upNext), total }
  const factor = uptimeFactor(m, uptime)
  const upperJobs = upperJobsFactor(inputs.standings.map((standing) => standing.upperFactor))
  return {
    ...base,
    scored: true,
    score: floorPoints(factor, jobs),
    lower: floorPoints(lowerUptimeFactor(m, uptime), jobs),
    upper: floorPoints(upperUptimeFactor(m, uptime), upperJobs),
    ageEpochs,
    maturity: m,
    evidenceHours,
    upHours: up,
    downHours: evidenceHours - up,
    silentHours: total - evidenceHours,
    uptimeFactor: factor,
    attestedShare: evidenceHours === 0 ? 0 : hours(inputs.sums.attested) / evidenceHours,
  }
}

const unscored = {
  scored: false,
  score: 0,
  lower: 0,
  upper: CONSTANTS.maxScore,
  ageEpochs: 0,
  maturity: 0,
  evidenceHours: 0,
  upHours: 0,
  downHours: 0,
  silentHours: 0,
  uptimeFactor: 0,
  attestedShare: 0,
}
