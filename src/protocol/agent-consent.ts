import * as z from 'zod'
import { zBase64url, zHex32 } from './bytes.ts'
import { zCanonicalDid } from './canonical-did.ts'
import { zField, zSeconds } from './field.ts'

/**
 * What a machine's agent signs so that its holder gets a credential: the holder has the machine's key at hand. It counts for
 * the issuer, holder and agent key that it names, and for nobody else.
 */
export const zAgentConsent = z.strictObject({
  type: z.literal('AssayAgentConsent'),
  issuer: zCanonicalDid,
  holder: zCanonicalDid,
  device: zField,
  binding: zField,
  /** The agent's Ed25519 public key. */
  agentKey: zHex32,
  /** That of the agent key: a higher one ends the lower ones. */
  generation: z.int().min(0).max(1_000_000),
  nonce: zBase64url(16),
  issuedAt: zSeconds,
})
export type AgentConsentJson = z.input<typeof zAgentConsent>

/** A consent and the agent key's Ed25519 signature over its canonical form (RFC 8785). */
export const zSignedConsent = z.strictObject({ consent: zAgentConsent, signature: zBase64url(64) })
export type SignedConsent = z.input<typeof zSignedConsent>

/** How old a consent may be, and how far ahead its clock. Seconds. */
export const CONSENT_LIFETIME = 300
export const CLOCK_SKEW = 120
