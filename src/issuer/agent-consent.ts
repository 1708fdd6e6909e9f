import { hexToBytes } from '@noble/hashes/utils.js'
import * as z from 'zod'
import { CLOCK_SKEW, CONSENT_LIFETIME, zSignedConsent } from '../protocol/agent-consent.ts'
import { AssayError } from '../protocol/errors.ts'
import { isSignedBy } from './is-signed-by.ts'

/** Who asks whom for what: a consent to anything else is refused. */
export interface ConsentScope {
  issuer: string
  holder: string
  device: bigint
  binding: bigint
}

/** Who consented: the agent key, and its generation. */
export interface AgentOfConsent {
  /** Ed25519 public key, hex. */
  agentKey: string
  generation: number
}

/**
 * Checks that the agent of a device agrees to this very request, just now. Returns the agent key and its generation. It can't be used for
 * anyone else, since it names issuer, holder and binding; the holder's own signed request is what is single-use.
 * @throws AssayError `malformed`, `signatureInvalid`, `unauthorized` (another request's consent), `expired`
 */
export function verifyAgentConsent(input: unknown, scope: ConsentScope, now: number): AgentOfConsent {
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
  const { agentKey, generation } = consent
  return { agentKey, generation }
}
