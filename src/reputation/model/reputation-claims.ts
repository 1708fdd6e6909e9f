import { REPUTATION } from '../../protocol/claim-schemas.ts'
import { roundClaims, type SourcedClaims, statedClaims } from '../../protocol/claims.ts'
import { AssayError } from '../../protocol/errors.ts'
import type { ScoreOutcome } from './combine-score.ts'

/**
 * The claims of a score credential, rounded to the schema's grid. All are measured: they are computed from the ledger.
 * `firstEpoch` is the epoch with which the first device joined: inherited silence must not make a pseudonym look older.
 * @throws AssayError `pseudonymUnknown` when no device has joined
 */
export function reputationClaims(result: ScoreOutcome): SourcedClaims {
  const { joinEpoch, horizon, modelVersion, score, lower, upper, evidenceHours, attestedShare } = result
  if (joinEpoch === null) throw new AssayError('pseudonymUnknown')
  const values = {
    modelVersion,
    score,
    lower,
    upper,
    evidenceHours: Math.floor(evidenceHours),
    firstEpoch: joinEpoch,
    lastEpoch: Math.max(0, horizon),
    attestedShare: Math.floor(100 * attestedShare),
  }
  const stated = Object.entries(values).map(([name, value]) => {
    return [name, { value: BigInt(value), source: 'measured' as const }] as const
  })
  const { claims, sources } = statedClaims(REPUTATION, Object.fromEntries(stated))
  return { claims: roundClaims(REPUTATION, claims), sources }
}
