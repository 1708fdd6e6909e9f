import * as z from 'zod'
import { AssayError, isAssayError } from '../../protocol/errors.ts'
import type { Presented } from '../../verifier/verifier.ts'
import { verifyPresentation } from '../../verifier/verify-presentation.ts'
import { reputationClaims } from '../model/reputation-claims.ts'
import { summariseScore } from '../model/summarise-score.ts'
import { confirmsClock } from './confirms-clock.ts'
import type { LedgerService } from './ledger-service.ts'
import type { EvidenceAnswer } from './messages.ts'
import { recordPresentation } from './record-presentation.ts'
import { type CredentialWish, scoreCredentialRequest, zCredentialWish, zGrantedCredential } from './score-credential.ts'
import { zScoreSummary } from './score-summary.ts'
import { signStatement } from './signed-statement.ts'

const CAPABILITY_SECONDS = 30 * 86_400

/** What the verifier's store keeps for retries. Signatures are deterministic, so they are made again. */
const zStoredAnswer = z.strictObject({ score: zScoreSummary, credential: zGrantedCredential.nullable() })

/** A presentation as it came. */
export interface Evidence {
  presentation: unknown
  /** Asks for the score as a credential. */
  credential?: CredentialWish | undefined
  /** The thumbprint of the session key that signed the delivery. It must be the one that presents. */
  session: string
}

/**
 * Takes a presentation into the ledger: verified, entered, scored and answered in one transaction, or nothing happened.
 * An exact retry gets the stored answer, whatever it asks for this time; a credential that could not be issued at first is
 * issued then.
 * @throws AssayError every refusal of the verifier (`notRecipient` also for a delivery by another than the presenter);
 *   those of `recordPresentation`; `pseudonymUnknown` (a credential asked for, and no device has joined yet)
 */
export async function takeEvidence<Tx>(
  service: LedgerService<Tx>,
  evidence: Evidence,
): Promise<{ retry: boolean; answer: EvidenceAnswer }> {
  const { did, store, verifier } = service
  const clockConfirmed = await confirmsClock(verifier)
  const work = async (tx: Tx, presented: Presented) => {
    assertPresenter(presented, evidence)
    const result = await recordPresentation(store.within(tx), presented, {
      settings: service.settings,
      now: verifier.clock(),
      capabilitySeconds: service.capabilitySeconds ?? CAPABILITY_SECONDS,
      clockConfirmed,
    })
    const score = summariseScore(String(presented.pseudonym), result)
    if (evidence.credential === undefined) return { score, credential: null }
    const wish = zCredentialWish.parse(evidence.credential)
    const { claims, sources } = reputationClaims(result)
    return { score, credential: { ...wish, claims: claims.map(String), sources } }
  }
  const result = await verifyPresentation({ presentation: evidence.presentation, audience: { did }, work }, verifier)
  if (!result.ok) throw new AssayError(result.code, result.message, result.detail)
  assertPresenter(result, evidence)
  const { score, credential } = zStoredAnswer.parse(result.answer)
  const signed = await signStatement('AssayScore', score, service)
  const answer: EvidenceAnswer = { pseudonym: score.pseudonym, score: signed }
  if (credential === null) return { retry: result.retry, answer }
  const issued = await issue(service, scoreCredentialRequest(result.request.nonce, score, credential))
  return { retry: result.retry, answer: { ...answer, ...issued } }
}

/** A presentation's own signature covers neither whose credential is asked for nor who may see the stored one. */
function assertPresenter({ recipient }: Presented, { session }: Evidence): void {
  if (session === recipient) return
  throw new AssayError('notRecipient', 'The delivery is not signed by the session key that presents')
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
