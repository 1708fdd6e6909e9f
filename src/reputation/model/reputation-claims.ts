import { REPUTATION, roundClaims } from '../../protocol/claim-schemas.ts'
import { AssayError } from '../../protocol/errors.ts'
import type { ScoreResult } from './combine-score.ts'
import { CONSTANTS } from './constants.ts'

/**
 * The eight claims of a score credential: model version, score, lower, upper, evidence hours, first epoch, last epoch,
 * assurance; rounded to the schema's grid. The assurance is that of the weakest evidence behind a score: uptime is measured
 * (2), whatever attests the hardware; without evidence it is 1.
 * @throws AssayError `pseudonymUnknown` when no device has joined
 */
export function reputationClaims(result: ScoreResult): bigint[] {
  const { firstEpoch, horizon, evidenceHours } = result
  if (firstEpoch === null) throw new AssayError('pseudonymUnknown')
  const assurance = evidenceHours > 0 ? CONSTANTS.minAssurance : 1
  const claims = [result.modelVersion, result.score, result.lower, result.upper, Math.floor(evidenceHours)]
  return roundClaims(REPUTATION, [...claims, firstEpoch, Math.max(0, horizon), assurance].map(BigInt))
}
