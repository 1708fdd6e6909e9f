import * as z from 'zod'
import { REPUTATION } from '../../protocol/claim-schemas.ts'
import type { CredentialJson } from '../../protocol/credential.ts'
import { zDid } from '../../protocol/did.ts'
import { zField, zUint64 } from '../../protocol/field.ts'
import { jcsHash } from '../../protocol/jcs.ts'
import { CONSTANTS } from '../model/constants.ts'
import type { ScoreSummary } from './score-summary.ts'

/**
 * A holder's wish for its score as a credential: the DID under which it meets the reputation service, and its binding for
 * the service as a source, `H3(9, secret, sourceDevice(did))`. A false binding makes a credential that proves nothing.
 */
export const zCredentialWish = z.strictObject({
  holder: zDid,
  binding: z.string().refine((text) => zField.safeParse(text).success, 'must be a canonical field element'),
})
export type CredentialWish = z.output<typeof zCredentialWish>

/** The wish and the claims as they were when the presentation was accepted: kept with the answer. */
export const zGrantedCredential = zCredentialWish.extend({
  claims: z.array(z.string().refine((text) => zUint64.safeParse(text).success)).length(8),
  /** The levels of the claims' sources. */
  sources: z.array(z.int().min(0).max(3)).length(8),
})
export type GrantedCredential = z.output<typeof zGrantedCredential>

/** What the issuer's side is asked for. The device is the source, so it follows from the issuer. */
export interface ScoreCredentialRequest {
  /** The same for every delivery of one presentation, so that it is issued once. */
  requestId: string
  requestHash: string
  holder: string
  schema: string
  subject: bigint
  binding: bigint
  claims: bigint[]
  sources: number[]
  evidence: CredentialJson['evidence']
  now: number
}

/** Issues a `reputation/1` credential under the service's own DID, with its place in a status list. An exact retry gets the same. */
export type IssueScore = (request: ScoreCredentialRequest) => Promise<{ jwt: string }>

/** The request for a granted credential: a pure function of what was stored, so that a retry asks for the very same. */
export function scoreCredentialRequest(
  nonce: string,
  { pseudonym, t, score, lower, upper }: ScoreSummary,
  { holder, binding, claims, sources }: GrantedCredential,
): ScoreCredentialRequest {
  const description =
    `Score model ${CONSTANTS.modelVersion} over presentations under one pseudonym: ${score} of ${CONSTANTS.maxScore}, ` +
    `between ${lower} and ${upper} with 90 % confidence.`
  return {
    requestId: `score/${nonce}`,
    requestHash: jcsHash({ pseudonym, holder, binding, claims, sources }),
    holder,
    schema: REPUTATION,
    subject: BigInt(pseudonym),
    binding: BigInt(binding),
    claims: claims.map(BigInt),
    sources,
    evidence: [{ type: 'ReputationLedger', description }],
    now: t,
  }
}
