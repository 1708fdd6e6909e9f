import type { z } from 'zod'
import type { ResolveKeys } from '../../protocol/effects.ts'
import type { ScoreResult } from '../model/combine-score.ts'
import { CONSTANTS, constantsHash } from '../model/constants.ts'
import { zExplanation } from '../model/explanation-schema.ts'
import { roundTo6 } from '../model/round.ts'
import { openStatement, zStatementSignature } from './signed-statement.ts'

/** The score without what it was made of: an explanation's numbers, from the state alone. */
export const zScoreSummary = zExplanation.pick({
  modelVersion: true,
  constantsHash: true,
  pseudonym: true,
  t: true,
  horizon: true,
  score: true,
  lower: true,
  upper: true,
  evidenceHours: true,
  firstEpoch: true,
  ageDays: true,
  maturity: true,
  upHours: true,
  downHours: true,
  silentHours: true,
  priorDownHours: true,
  uptimeFactor: true,
  jobsFactor: true,
  attestedShare: true,
})
export type ScoreSummary = z.output<typeof zScoreSummary>

export const zSignedScoreSummary = zScoreSummary.extend({ signature: zStatementSignature })
export type SignedScoreSummary = z.output<typeof zSignedScoreSummary>

/** A score in the terms of its explanation, to six decimals. */
export function summariseScore(pseudonym: string, result: ScoreResult): ScoreSummary {
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

/**
 * Checks the signed score that an accepted presentation was answered with; `signer` is the reputation service's DID.
 * @throws AssayError `malformed`, `signatureInvalid`, `didUnresolvable`
 */
export function verifyScoreSummary(
  json: unknown,
  by: { signer: string; resolveKeys: ResolveKeys },
): Promise<ScoreSummary> {
  return openStatement('AssayScore', { json, schema: zSignedScoreSummary }, by)
}
