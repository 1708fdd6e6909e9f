import { keyId } from '../protocol/did-signer.ts'
import type { Clock, RandomBytes, ResolveKeys } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import type { RegistryView } from '../registry/index.ts'
import { assertTrustedIssuer, type CredentialRequest, credentialRequestBody } from './credential-request.ts'
import type { HolderKeys } from './derive-keys.ts'
import { type HeldCredential, verifyCredential } from './read-credential.ts'
import type { ServiceClient } from './service-client.ts'
import { trustOfCredential } from './trust-of-credential.ts'

/** What a credential must be for a wallet to take it. */
export interface WantedCredential {
  issuer: string
  schema: string
  /** Absent for a score, whose device is its source. */
  device?: bigint
}

/** What a wallet judges a credential by. */
export interface CredentialJudge {
  keys: HolderKeys
  view: RegistryView
  resolveKeys: ResolveKeys
}

/**
 * Takes a credential that a service handed out only if it is the one that was asked for, validly signed, this holder's,
 * and trusted.
 * @throws AssayError `credentialInvalid`, `untrustedIssuer`
 */
export async function acceptCredential(
  jwt: string,
  wanted: WantedCredential,
  { keys, view, resolveKeys }: CredentialJudge,
): Promise<HeldCredential> {
  const held = await verifyCredential(jwt, { keys, resolveKeys })
  const { issuer, schema, device } = held.credential
  if (issuer !== wanted.issuer || schema !== wanted.schema || device !== (wanted.device ?? device)) {
    throw new AssayError('credentialInvalid', 'The service handed out another credential than was asked for')
  }
  trustOfCredential(held.credential, view)
  return held
}

/**
 * Asks an issuer for a credential about a device, on evidence. An issuer that the registry does not trust is told nothing,
 * least of all the holder's pseudonym for its DID.
 * @throws AssayError `untrustedIssuer`, `credentialInvalid`, and the service's refusals
 */
export async function obtainCredential(
  request: CredentialRequest,
  {
    client,
    clock,
    randomBytes,
    ...judge
  }: CredentialJudge & { client: ServiceClient; clock: Clock; randomBytes: RandomBytes },
): Promise<HeldCredential> {
  const { keys, issuer, schema } = request
  assertTrustedIssuer(judge.view, issuer, schema)
  const body = await credentialRequestBody(request, { clock, randomBytes })
  const { did, publicKey, sign } = keys.didKeyFor(issuer)
  const jwt = await client.requestCredential(body, { did, kid: keyId(did, publicKey), sign })
  return acceptCredential(jwt, request, judge)
}
