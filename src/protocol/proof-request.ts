import * as z from 'zod'
import { zBase64url } from './bytes.ts'
import { zCanonicalDid } from './canonical-did.ts'
import { zAudience } from './did.ts'
import { toField, zSeconds } from './field.ts'
import { jcs } from './jcs.ts'
import { type Policy, type PolicyJson, zPolicy } from './policy.ts'
import { zShownText } from './text.ts'

/** The `typ` of the JWT in which a verifier signs its own request with its audience's DID. */
export const PROOF_REQUEST_TYP = 'assay-proof-request+jwt'

/** The hash that names a circuit, its key and the key's label (`circuitIdOf`). */
export const zCircuitId = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits')

/** The hash that names a registry: SHA-256 of its genesis document, base64url. */
export const zRegistryId = zBase64url(32)

/** 32 random bytes that the verifier generates for each request. */
export const zNonce = zBase64url(32)

/** The RFC 7638 thumbprint of the session key that may use the presentation. */
export const zRecipient = zBase64url(32)

/** At most one acceptance per key value, purpose and period. */
export const zReplay = z.strictObject({
  key: z.enum(['pseudonym', 'devicePseudonym']),
  period: zShownText(64),
})
export type Replay = z.output<typeof zReplay>

/**
 * What a verifier asks, as its DID signs it. `now` becomes the proofs' clock: it is the end of the step that holds
 * `expiresAt`, which the registry's genesis makes checkable (`endOfStep`).
 */
export const zProofRequest = z
  .strictObject({
    type: z.literal('AssayProofRequest'),
    version: z.literal(1),
    // one audience has one spelling: another one would be a second pseudonym, and a second budget
    audience: zAudience.extend({ did: zCanonicalDid }),
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
  .refine((request) => request.now > request.expiresAt, 'now must lie after expiresAt: it is the end of its step')

export type ProofRequest = z.output<typeof zProofRequest>
export type ProofRequestJson = z.input<typeof zProofRequest>

/** A proof request as JSON carries it. */
export function proofRequestJson(request: ProofRequest): ProofRequestJson {
  return { ...request, policies: request.policies.map(policyJson) }
}

/** A policy as JSON carries it. */
export function policyJson({ schema, claims }: Policy): PolicyJson {
  const entries = Object.entries(claims).map(([name, { min, max, anyOf, source }]) => {
    const range = {
      ...(min === undefined ? {} : { min: String(min) }),
      ...(max === undefined ? {} : { max: String(max) }),
      ...(anyOf === undefined ? {} : { anyOf: anyOf.map(String) }),
      source,
    }
    return [name, range] as const
  })
  return { schema, claims: Object.fromEntries(entries) }
}

/**
 * The public signal that binds a proof to one request and one recipient. It covers the whole request, so that no member of
 * it can be exchanged.
 */
export function challengeOf(request: ProofRequest, recipient: string): bigint {
  return toField(jcs({ request: proofRequestJson(request), recipient }))
}
