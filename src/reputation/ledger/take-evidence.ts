import { z } from 'zod'
import { AssayError, isAssayError } from '../../protocol/errors.ts'
import type { Presented } from '../../verifier/verifier.ts'
import { verifyPresentation } from '../../verifier/verify-presentation.ts'
import { zPseudonym } from '../model/ledger.ts'
import { reputationClaims } from '../model/reputation-claims.ts'
import type { LedgerService } from './ledger-service.ts'
import { recordPresentation } from './record-presentation.ts'
import {
  assertWishSigned,
  type CredentialWish,
  scoreCredentialRequest,
  zCredentialWish,
  zGrantedCredential,
} from './score-credential.ts'
import { summariseScore, zScoreSummary, zSignedScoreSummary } from './score-summary.ts'
import { signStatement } from './signed-statement.ts'

const CAPABILITY_SECONDS = 30 * 86_400

/** What the verifier's store keeps for retries. Signatures are deterministic, so they are made again. */
const zStoredAnswer = z.strictObject({ score: zScoreSummary, credential: zGrantedCredential.nullable() })

/** What a presentation is answered with. */
export const zEvidenceAnswer = z.strictObject({
  pseudonym: zPseudonym,
  score: zSignedScoreSummary,
  /** The score as a `vc+jwt`, where it was asked for. */
  credential: z.string().optional(),
  /** Why there is none though it was asked for; the evidence counts all the same. */
  credentialRefusal: z.strictObject({ code: z.string(), message: z.string() }).optional(),
})
export type EvidenceAnswer = z.output<typeof zEvidenceAnswer>

/** A presentation as it came. */
export interface Evidence {
  presentation: unknown
  credential?: CredentialWish | undefined
  /** The thumbprint of the session key that signed the delivery; wanted with a wish for a credential. */
  session?: string | undefined
}

/**
 * Takes a presentation into the ledger: verified, entered, scored and answered in one transaction, or nothing happened.
 * An exact retry gets the stored answer, whatever it asks for this time; a credential that could not be issued at first is
 * issued then.
 * @throws AssayError every refusal of the verifier; those of `recordPresentation`; `unauthorized` (a credential asked for
 *   by another than the presenter), `pseudonymUnknown` (there is no score yet to issue)
 */
export async function takeEvidence<Tx>(
  service: LedgerService<Tx>,
  evidence: Evidence,
): Promise<{ retry: boolean; answer: EvidenceAnswer }> {
  const { did, store, verifier } = service
  const work = async (tx: Tx, presented: Presented) => {
    if (evidence.credential !== undefined) assertWishSigned(presented.recipient, evidence.session)
    const result = await recordPresentation(store.within(tx), presented, {
      settings: service.settings,
      now: verifier.clock(),
      capabilitySeconds: service.capabilitySeconds ?? CAPABILITY_SECONDS,
    })
    const score = summariseScore(String(presented.pseudonym), result)
    if (evidence.credential === undefined) return { score, credential: null }
    const wish = zCredentialWish.parse(evidence.credential)
    return { score, credential: { ...wish, claims: reputationClaims(result).map(String) } }
  }
  const result = await verifyPresentation({ presentation: evidence.presentation, audience: { did }, work }, verifier)
  if (!result.ok) throw new AssayError(result.code, result.message, result.detail)
  const { score, credential } = zStoredAnswer.parse(result.answer)
  const signed = await signStatement('AssayScore', score, service)
  const answer: EvidenceAnswer = { pseudonym: score.pseudonym, score: signed }
  // whoever repeats the presentation gets its score; the credential is for the presenter
  if (credential === null || evidence.session !== result.recipient) return { retry: result.retry, answer }
  const issued = await issue(service, scoreCredentialRequest(result.request.nonce, score, credential))
  return { retry: result.retry, answer: { ...answer, ...issued } }
}

/** The evidence is in: a refusal by the issuer is part of the answer, a failure is thrown and may pass by the next retry. */
async function issue<Tx>(
  { issueScore }: LedgerService<Tx>,
  request: ReturnType<typeof scoreCredentialRequest>,
): Promise<Pick<EvidenceAnswer, 'credential' | 'credentialRefusal'>> {
  if (issueScore === undefined) {
    return { credentialRefusal: { code: 'unavailable', message: 'This service issues no score credentials' } }
  }
  try {
    return { credential: (await issueScore(request)).jwt }
  } catch (error) {
    if (!isAssayError(error, 'revoked') && !isAssayError(error, 'conflict')) throw error
    return { credentialRefusal: { code: error.code, message: error.message } }
  }
}
