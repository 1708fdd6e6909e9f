import { z } from 'zod'
import { epochAt, zInspectionReport, zMatrixCommitment } from '../evidence/index.ts'
import { zDid } from '../protocol/did.ts'
import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { zField } from '../protocol/field.ts'
import { jcsHash } from '../protocol/jcs.ts'
import { zSignedConsent } from './agent-consent.ts'
import type { ChallengeStore } from './challenge-store.ts'
import { credentialFromHeartbeats, type HeartbeatEffects } from './credential-from-heartbeats.ts'
import { credentialFromInspection } from './credential-from-inspection.ts'
import { credentialFromMeasurement, type MeasurementEffects } from './credential-from-measurement.ts'
import { zSignedRelease } from './device-release.ts'
import { findAnswer, type IssuedCredential } from './issue-credential.ts'

const zEvidence = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('inspection'), report: zInspectionReport }),
  /** `challenge` is the id of an MM-1 challenge that was passed here. */
  z.strictObject({
    type: z.literal('measurement'),
    report: zInspectionReport,
    challenge: zMatrixCommitment.shape.id,
    release: zSignedRelease.optional(),
  }),
  z.strictObject({ type: z.literal('heartbeats'), epoch: z.int().min(0) }),
])

/** The body of `POST /v1/credentials`: a holder's request to one issuer, for one device. */
export const zCredentialRequest = z.strictObject({
  issuer: zDid,
  /** The holder's pseudonym for the issuer's DID. */
  subject: zField,
  device: zField,
  binding: zField,
  consent: zSignedConsent,
  evidence: zEvidence,
})
export type CredentialRequestJson = z.input<typeof zCredentialRequest>

export interface EvidenceEffects extends HeartbeatEffects, MeasurementEffects {
  challenges: ChallengeStore
  resolveKeys: ResolveKeys
}

/**
 * Evidence in, credential out.
 * @param body the request as JSON, not yet parsed
 * @param signed who signed the request (verified by the caller), and the time in seconds. `requestId` names the request
 * across retries; by default it is the hash of the body, whose consent has a nonce: the same body again, under a fresh
 * signature, gets the stored credential, however old its evidence is by then.
 * @throws AssayError `malformed`, `challengeUnknown`, and what the three kinds of evidence throw
 */
export async function issueFromEvidence(
  effects: EvidenceEffects,
  body: unknown,
  signed: { holder: string; requestId?: string; now: number },
): Promise<IssuedCredential> {
  const parsed = zCredentialRequest.safeParse(body)
  if (!parsed.success) {
    throw new AssayError('malformed', `The credential request is malformed: ${z.prettifyError(parsed.error)}`)
  }
  const { issuer, subject, device, binding, evidence } = parsed.data
  if (issuer !== effects.issuer.did) throw new AssayError('malformed', 'The request is for another issuer')
  const { consent } = body as CredentialRequestJson
  const requestHash = jcsHash(body)
  const request = { requestId: requestHash, ...signed, requestHash, subject, device, binding, consent }
  const answered = await findAnswer(effects, request)
  if (answered !== undefined) return answered
  switch (evidence.type) {
    case 'inspection':
      return credentialFromInspection(effects, request, evidence.report)
    case 'heartbeats':
      return credentialFromHeartbeats(effects, request, evidence.epoch)
    case 'measurement': {
      const challenge = await effects.challenges.find(evidence.challenge)
      if (challenge === undefined) throw new AssayError('challengeUnknown', 'No challenge of this id was passed here')
      const { release } = (body as { evidence: { release?: unknown } }).evidence
      const epoch = epochAt(effects.settings, signed.now)
      return credentialFromMeasurement(effects, request, { report: evidence.report, challenge, epoch, release })
    }
  }
}
