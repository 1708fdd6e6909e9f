import { z } from 'zod'
import { zBase64url } from './bytes.ts'
import { zAudience } from './did.ts'
import { toField, zSeconds } from './field.ts'
import { jcs } from './jcs.ts'
import { policyHash, zPolicy } from './policy.ts'
import { zShownText } from './text.ts'

/** The `typ` of the JWT in which a verifier signs its own request with its audience's DID. */
export const PROOF_REQUEST_TYP = 'assay-proof-request+jwt'

/** The hash that names a circuit and its key: SHA-256 of the verification key in canonical JSON, in hex. */
export const zCircuitId = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits')

/** The hash that names a registry: SHA-256 of its genesis document, base64url. */
export const zRegistryId = zBase64url(32)

/** A challenge number of a verifier's own drawing, 32 random bytes. */
export const zNonce = zBase64url(32)

/** The RFC 7638 thumbprint of the session key that may use the presentation. */
export const zRecipient = zBase64url(32)

/** At most one acceptance per key value, purpose and period. */
export const zReplay = z.strictObject({
  key: z.enum(['pseudonym', 'devicePseudonym']),
  period: zShownText(64),
})
export type Replay = z.output<typeof zReplay>

/** What a verifier asks, as its DID signs it. `now` is the moment of signing and becomes the proofs' clock. */
export const zProofRequest = z
  .strictObject({
    type: z.literal('AssayProofRequest'),
    version: z.literal(1),
    audience: zAudience,
    nonce: zNonce,
    purpose: zShownText(128),
    policies: z.array(zPolicy).min(1).max(4),
    replay: zReplay.optional(),
    sameDevice: z.boolean(),
    circuit: zCircuitId,
    registry: zRegistryId,
    now: zSeconds,
    expiresAt: zSeconds,
  })
  .refine((request) => request.expiresAt > request.now, 'expiresAt must lie after now')

export type ProofRequest = z.output<typeof zProofRequest>
export type ProofRequestJson = z.input<typeof zProofRequest>

/** The public signal that binds a proof to one request and one recipient. */
export function challengeOf(request: ProofRequest, recipient: string): bigint {
  return toField(
    jcs({
      audience: request.audience.did,
      context: request.audience.context ?? null,
      nonce: request.nonce,
      purpose: request.purpose,
      policies: request.policies.map((policy) => String(policyHash(policy))),
      replay: request.replay ?? null,
      recipient,
      now: request.now,
      expiresAt: request.expiresAt,
    }),
  )
}
