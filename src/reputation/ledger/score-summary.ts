import type { z } from 'zod'
import type { ResolveKeys } from '../../protocol/effects.ts'
import { zExplanation } from '../model/explanation-schema.ts'
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
  joinEpoch: true,
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
