import * as z from 'zod'
import { epochAt, zInspectionReport, zMatrixCommitment } from '../evidence/index.ts'
import { zSignedConsent } from '../protocol/agent-consent.ts'
import { COMPUTE, HARDWARE, UPTIME, zSchemaUri } from '../protocol/claim-schemas.ts'
import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { zField, zUint64 } from '../protocol/field.ts'
import { jcsHash } from '../protocol/jcs.ts'
import type { ChallengeStore } from './challenge-store.ts'
import { credentialFromHeartbeats, type HeartbeatEffects } from './credential-from-heartbeats.ts'
import { credentialFromInspection, type InspectedPart } from './credential-from-inspection.ts'
import { credentialFromMeasurement, type MeasurementEffects } from './credential-from-measurement.ts'
import { zSignedRelease } from './device-release.ts'
import { findAnswer, type IssuedCredential } from './issue-credential.ts'

const zEvidence = z.discriminatedUnion('type', [
  /** `model`: the GPUs of which model, for hardware/1; a decimal catalogue id, 0 for those that the catalogue does not know. */
  z.strictObject({ type: z.literal('inspection'), report: zInspectionReport, model: zUint64.optional() }),
  /** An MM-1 challenge that was passed here. `release` is an old holder's, when the device or a member changes hands. */
  z.strictObject({
    type: z.literal('challenge'),
    challengeId: zMatrixCommitment.shape.id,
    report: zInspectionReport,
    release: zSignedRelease.optional(),
  }),
  z.strictObject({ type: z.literal('heartbeats'), epoch: z.int().min(0) }),
])

/** The body of `POST /v1/credentials`: a holder's request for one device. The consent in it names the issuer. */
export const zCredentialRequest = z.strictObject({
  schema: zSchemaUri,
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
  const { schema, subject, device, binding, evidence } = parsed.data
  const { consent } = body as CredentialRequestJson
  const requestHash = jcsHash(body)
  const request = { requestId: requestHash, ...signed, requestHash, subject, device, binding, consent }
  const answered = await findAnswer(effects, request)
  if (answered !== undefined) return answered
  switch (evidence.type) {
    case 'inspection':
      return credentialFromInspection(effects, request, evidence.report, partOf(schema, evidence.model))
    case 'heartbeats':
      assertSchema(schema, UPTIME)
      return credentialFromHeartbeats(effects, request, evidence.epoch)
    case 'challenge': {
      assertSchema(schema, COMPUTE)
      const challenge = await effects.challenges.find(evidence.challengeId)
      if (challenge === undefined) throw new AssayError('challengeUnknown', 'No challenge of this id was passed here')
      const { release } = (body as { evidence: { release?: unknown } }).evidence
      const epoch = epochAt(effects.settings, signed.now)
      return credentialFromMeasurement(effects, request, { report: evidence.report, challenge, epoch, release })
    }
  }
}

/** A holder that errs about what it will get is told so, rather than given something else. */
function assertSchema(schema: string, shown: string): void {
  if (schema === shown) return
  throw new AssayError('evidenceRejected', `Evidence of this kind can't show what ${schema} states`, { schema })
}

function partOf(schema: string, model: bigint | undefined): InspectedPart {
  if (schema === HARDWARE && model !== undefined) return { schema, model }
  assertSchema(schema, COMPUTE)
  return { schema: COMPUTE }
}
