import { bytesToHex } from '@noble/hashes/utils.js'
import { credentialTerms, type HolderKeys, type SigningKey } from '../holder/index.ts'
import type { CredentialRequestJson } from '../issuer/issue-from-evidence.ts'
import type { AgentConsentJson } from '../protocol/agent-consent.ts'
import { toBase64url } from '../protocol/bytes.ts'
import type { Clock, RandomBytes } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { jcsBytes } from '../protocol/jcs.ts'
import type { RegistryView } from '../registry/registry-view.ts'

/**
 * What a credential is asked on: `report` is an inspection report. `model` tells which GPUs a hardware credential is about,
 * a decimal catalogue id. `release` is an old holder's signed release.
 */
export type CredentialEvidence = CredentialRequestJson['evidence']

export interface CredentialRequest {
  keys: HolderKeys
  /** The issuer's DID. */
  issuer: string
  schema: string
  device: bigint
  /** The device's agent agrees by its key: whoever has the phrase alone has not got the machine. */
  agentKey: SigningKey
  /** That of the agent key. */
  generation: number
  evidence: CredentialEvidence
}

/**
 * Refuses an issuer that the registry does not trust for the schema. To be called before `credentialRequestBody`: a request
 * tells the holder's pseudonym for the issuer's DID, so a service that named a dapp's DID as its issuer's could otherwise learn
 * the holder's pseudonym for that dapp.
 * @throws AssayError `untrustedIssuer`
 */
export function assertTrustedIssuer(view: Pick<RegistryView, 'trusts'>, issuer: string, schema: string): void {
  if (view.trusts(issuer, schema)) return
  throw new AssayError('untrustedIssuer', `The registry does not trust ${issuer} for ${schema}`, { issuer, schema })
}

/**
 * Makes the body of `POST /v1/credentials`, with the agent's consent (good for five minutes). Sent again as it is, it gets
 * the same credential.
 */
export async function credentialRequestBody(
  { keys, issuer, schema, device, agentKey, generation, evidence }: CredentialRequest,
  { clock, randomBytes }: { clock: Clock; randomBytes: RandomBytes },
): Promise<CredentialRequestJson> {
  const { holder, subject, binding } = credentialTerms(keys, issuer, device)
  const consent: AgentConsentJson = {
    type: 'AssayAgentConsent',
    issuer,
    holder,
    device: String(device),
    binding: String(binding),
    agentKey: bytesToHex(agentKey.publicKey),
    generation,
    nonce: toBase64url(randomBytes(16)),
    issuedAt: clock(),
  }
  const signature = toBase64url(await agentKey.sign(jcsBytes(consent)))
  const { device: deviceText, binding: bindingText } = consent
  return {
    schema,
    subject: String(subject),
    device: deviceText,
    binding: bindingText,
    consent: { consent, signature },
    evidence,
  }
}
