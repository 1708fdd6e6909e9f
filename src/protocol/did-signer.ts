import { ed25519 } from '@noble/curves/ed25519.js'
import { didKeyFromEd25519 } from './did.ts'
import type { Sign } from './effects.ts'
import { keyThumbprint } from './jwk.ts'

/** Who signs: a DID, the id of the key that it signs with, and the signing itself. */
export type DidSigner = { did: string; kid: string; sign: Sign }

/** Who signs without a DID: a session key. */
export type SessionSigner = { publicKey: Uint8Array; sign: Sign }

/** The id of a DID's Ed25519 key: what the DID's method prescribes, and for did:web the key's thumbprint. */
export function keyId(did: string, publicKey: Uint8Array): string {
  if (did.startsWith('did:key:')) return `${did}#${did.slice('did:key:'.length)}`
  if (did.startsWith('did:jwk:')) return `${did}#0`
  return `${did}#${keyThumbprint(publicKey)}`
}

/** A session signer from an Ed25519 private key (32 bytes). */
export function sessionSignerFromKey(privateKey: Uint8Array): SessionSigner {
  return {
    publicKey: ed25519.getPublicKey(privateKey),
    sign: async (message) => ed25519.sign(message, privateKey),
  }
}

/** A signer under the did:key of an Ed25519 private key (32 bytes): a holder's, which lives in its wallet. */
export function didSignerFromKey(privateKey: Uint8Array): DidSigner {
  const { publicKey, sign } = sessionSignerFromKey(privateKey)
  const did = didKeyFromEd25519(publicKey)
  return { did, kid: keyId(did, publicKey), sign }
}
