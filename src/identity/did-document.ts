import { z } from 'zod'
import { fromBase64url } from '../protocol/bytes.ts'
import { ed25519FromDidKey } from '../protocol/did.ts'
import { keyId } from '../protocol/did-signer.ts'
import { type Jwk, jwkOf } from '../protocol/jwk.ts'

/** The parts of a stranger's DID document that matter here; others may be there. */
const zVerificationMethod = z.looseObject({
  id: z.string(),
  type: z.string(),
  publicKeyJwk: z.looseObject({ kty: z.string(), crv: z.string().optional(), x: z.string().optional() }).optional(),
  publicKeyMultibase: z.string().optional(),
})
const zReference = z.union([z.string(), zVerificationMethod])
export const zDidDocument = z.looseObject({
  id: z.string(),
  verificationMethod: z.array(zVerificationMethod).optional(),
  authentication: z.array(zReference).optional(),
  assertionMethod: z.array(zReference).optional(),
})
export type DidDocument = z.output<typeof zDidDocument>
type VerificationMethod = z.output<typeof zVerificationMethod>

/** What a key is listed for: statements that outlive the moment, or showing at this moment who one is. */
export type KeyPurpose = 'assertionMethod' | 'authentication'

/** The Ed25519 public keys that a DID document lists for a purpose; keys of other kinds are left out. */
export function ed25519KeysOf(document: DidDocument, purpose: KeyPurpose): Uint8Array[] {
  const methods = new Map(
    (document.verificationMethod ?? []).map((method) => [absoluteId(document, method.id), method]),
  )
  return (document[purpose] ?? [])
    .map((entry) => (typeof entry === 'string' ? methods.get(absoluteId(document, entry)) : entry))
    .map((method) => method && ed25519KeyOf(method))
    .filter((key) => key !== undefined)
}

/** DID Core, 3.2.2: `#key-1` is relative to the document's DID. */
function absoluteId({ id }: DidDocument, reference: string): string {
  return reference.startsWith('#') ? id + reference : reference
}

function ed25519KeyOf({ publicKeyJwk, publicKeyMultibase }: VerificationMethod): Uint8Array | undefined {
  try {
    if (publicKeyMultibase !== undefined) return ed25519FromDidKey(`did:key:${publicKeyMultibase}`)
    if (publicKeyJwk?.kty !== 'OKP' || publicKeyJwk.crv !== 'Ed25519') return undefined
    const key = fromBase64url(publicKeyJwk.x ?? '')
    return key.length === 32 ? key : undefined
  } catch {
    return undefined
  }
}

/** A DID document as a service publishes it (DID Core; keys in the form of Data Integrity's JsonWebKey2020). */
export type PublishedDidDocument = {
  '@context': string[]
  id: string
  verificationMethod: { id: string; type: 'JsonWebKey2020'; controller: string; publicKeyJwk: Jwk }[]
  authentication: string[]
  assertionMethod: string[]
}

/** The document of a DID with these Ed25519 keys, each for both purposes. */
export function createDidDocument(did: string, publicKeys: Uint8Array[]): PublishedDidDocument {
  const verificationMethod = publicKeys.map((publicKey) => ({
    id: keyId(did, publicKey),
    type: 'JsonWebKey2020' as const,
    controller: did,
    publicKeyJwk: jwkOf(publicKey),
  }))
  const ids = verificationMethod.map(({ id }) => id)
  return {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/suites/jws-2020/v1'],
    id: did,
    verificationMethod,
    authentication: ids,
    assertionMethod: ids,
  }
}
