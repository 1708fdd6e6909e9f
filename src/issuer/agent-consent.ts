import { hexToBytes } from '@noble/hashes/utils.js'
import { z } from 'zod'
import { zHex32 } from '../evidence/index.ts'
import { zBase64url } from '../protocol/bytes.ts'
import { zDid } from '../protocol/did.ts'
import { AssayError } from '../protocol/errors.ts'
import { zField, zSeconds } from '../protocol/field.ts'
import { isSignedBy } from './is-signed-by.ts'

/** What a device's agent signs so that its holder gets a credential: the holder has the machine's key at hand. */
export const zAgentConsent = z.strictObject({
  type: z.literal('AssayAgentConsent'),
  issuer: zDid,
  holder: zDid,
  device: zField,
  binding: zField,
  /** The agent's Ed25519 public key. */
  agentKey: zHex32,
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

/** Who asks whom for what: a consent to anything else is refused. */
export interface ConsentScope {
  issuer: string
  holder: string
  device: bigint
  binding: bigint
}

/**
 * Checks that the agent of a device agrees to this very request, just now. Returns the agent key. It can't be used for
 * anyone else, since it names issuer, holder and binding; the holder's own signed request is what is single-use.
 * @throws AssayError `malformed`, `signatureInvalid`, `unauthorized` (another request's consent), `expired`
 */
export function verifyAgentConsent(input: unknown, scope: ConsentScope, now: number): string {
  const parsed = zSignedConsent.safeParse(input)
  if (!parsed.success) {
    throw new AssayError('malformed', `The agent's consent is malformed: ${z.prettifyError(parsed.error)}`)
  }
  const { consent, signature } = parsed.data
  // What was signed is the text form, with its numbers as decimal strings.
  const document = { ...consent, device: String(consent.device), binding: String(consent.binding) }
  if (!isSignedBy([hexToBytes(consent.agentKey)], document, signature)) {
    throw new AssayError('signatureInvalid', "The agent key's signature on its consent does not verify")
  }
  for (const part of ['issuer', 'holder', 'device', 'binding'] as const) {
    if (consent[part] !== scope[part]) {
      throw new AssayError('unauthorized', `The agent consents to another ${part} than the request names`, { part })
    }
  }
  if (consent.issuedAt < now - CONSENT_LIFETIME || consent.issuedAt > now + CLOCK_SKEW) {
    throw new AssayError('expired', `The agent's consent must be younger than ${CONSENT_LIFETIME} seconds`, {
      issuedAt: consent.issuedAt,
      now,
    })
  }
  return consent.agentKey
}
