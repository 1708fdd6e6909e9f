import type { ScoreOutcome } from './combine-score.ts'
import { CONSTANTS, constantsHash } from './constants.ts'
import { roundTo6 } from './round.ts'

/** A score in the terms of its explanation, to six decimals. */
export function summariseScore(pseudonym: string, result: ScoreOutcome) {
  return {
    modelVersion: result.modelVersion,
    constantsHash,
    pseudonym,
    t: result.t,
    horizon: result.horizon,
    score: result.score,
    lower: result.lower,
    upper: result.upper,
    evidenceHours: roundTo6(result.evidenceHours),
    firstEpoch: result.firstEpoch,
    joinEpoch: result.joinEpoch,
    ageDays: result.ageEpochs,
    maturity: roundTo6(result.maturity),
    upHours: roundTo6(result.upHours),
    downHours: roundTo6(result.downHours),
    silentHours: roundTo6(result.silentHours),
    priorDownHours: CONSTANTS.priorDownHours,
    uptimeFactor: roundTo6(result.uptimeFactor),
    jobsFactor: roundTo6(result.jobsFactor),
    attestedShare: roundTo6(result.attestedShare),
  }
}
