import { keyId } from '../protocol/did-signer.ts'
import { type Jwk, jwkOf } from '../protocol/jwk.ts'

/** A DID document as a service publishes it (DID Core), its keys as JsonWebKey (W3C Controlled Identifiers 1.0, 2.2.3). */
export type PublishedDidDocument = {
  '@context': string[]
  id: string
  verificationMethod: { id: string; type: 'JsonWebKey'; controller: string; publicKeyJwk: Jwk }[]
  authentication: string[]
  assertionMethod: string[]
}

/** The document of a DID with these Ed25519 keys, each for both purposes. */
export function createDidDocument(did: string, publicKeys: Uint8Array[]): PublishedDidDocument {
  const verificationMethod = publicKeys.map((publicKey) => ({
    id: keyId(did, publicKey),
    type: 'JsonWebKey' as const,
    controller: did,
    publicKeyJwk: jwkOf(publicKey),
  }))
  const ids = verificationMethod.map(({ id }) => id)
  return {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/jwk/v1'],
    id: did,
    verificationMethod,
    authentication: ids,
    assertionMethod: ids,
  }
}
