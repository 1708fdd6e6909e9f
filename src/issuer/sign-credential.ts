import { bytesToHex } from '@noble/hashes/utils.js'
import type { SourcedClaims } from '../protocol/claims.ts'
import {
  CREDENTIAL_TYP,
  type Credential,
  type CredentialJson,
  credentialJson,
  messageOf,
} from '../protocol/credential.ts'
import type { RandomBytes } from '../protocol/effects.ts'
import { signJws } from '../protocol/jws.ts'
import { roundUpToStep } from '../protocol/time.ts'
import { type Issuer, schemaSettings, statusListUrl } from './issuer.ts'
import type { StatusPlace } from './issuer-store.ts'

/** What a credential says, its claims rounded and its sources capped already. */
export interface CredentialDraft extends SourcedClaims {
  holder: string
  schema: string
  subject: bigint
  device: bigint
  binding: bigint
  evidence: CredentialJson['evidence']
}

/**
 * Signs a draft twice, for the circuit and as a VC 2.0 in its JOSE envelope (`vc+jwt`). Its expiry is rounded up to the end of
 * a step: an exact one would be a fingerprint.
 * @throws RangeError when a source is above the issuer's cap for the schema
 */
export async function signCredential(
  issuer: Issuer,
  { evidence, ...draft }: CredentialDraft,
  place: StatusPlace,
  now: number,
  randomBytes: RandomBytes,
): Promise<{ credential: Credential; jwt: string }> {
  const { sourceCap, lifetimeSeconds } = schemaSettings(issuer, draft.schema)
  if (draft.sources.some((level) => level > sourceCap)) {
    throw new RangeError(`A source of ${draft.schema} is above the issuer's cap, ${sourceCap}`)
  }
  const unsigned = {
    ...draft,
    id: `urn:uuid:${randomUuid(randomBytes)}`,
    issuer: issuer.did,
    issuedAt: now,
    expiresAt: roundUpToStep(now + lifetimeSeconds, issuer.stepSeconds),
    statusListUrl: statusListUrl(issuer, place.list),
    statusIndex: place.index,
    list: place.list,
    key: issuer.publicKey,
  }
  const credential = { ...unsigned, signature: issuer.signForCircuit(messageOf(unsigned)) }
  const payload = credentialJson(credential, evidence)
  const jwt = await signJws({ header: { typ: CREDENTIAL_TYP, kid: issuer.kid }, payload, sign: issuer.sign })
  return { credential, jwt }
}

/** A random UUID (RFC 9562, version 4). */
function randomUuid(randomBytes: RandomBytes): string {
  const bytes = Uint8Array.from(randomBytes(16))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytesToHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
