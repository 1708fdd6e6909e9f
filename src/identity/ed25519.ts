import { ed25519 } from '@noble/curves/ed25519.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { z } from 'zod'
import { fromBase64url, toBase64url, zBase64url } from '../protocol/bytes.ts'
import { jcsBytes } from '../protocol/jcs.ts'

/**
 * Whether an Ed25519 signature is valid, in the strict reading of RFC 8032 (5.1.7): no small-order keys, one encoding
 * for each point. The looser ZIP-215 would let some signatures verify under several keys.
 */
export function verifyEd25519(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== 64 || publicKey.length !== 32) return false
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false })
  } catch {
    // noble throws on a key that is no point
    return false
  }
}

/** An Ed25519 public key as a JWK (RFC 8037) with nothing else in it. */
export const zEd25519Jwk = z.strictObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: zBase64url(32) })
export type Ed25519Jwk = z.output<typeof zEd25519Jwk>

export function ed25519Jwk(publicKey: Uint8Array): Ed25519Jwk {
  return { kty: 'OKP', crv: 'Ed25519', x: toBase64url(publicKey) }
}

export function publicKeyOfJwk(jwk: Ed25519Jwk): Uint8Array {
  return fromBase64url(jwk.x)
}

/** The RFC 7638 thumbprint of an Ed25519 public key: SHA-256, base64url. It names a session key. */
export function jwkThumbprint(publicKey: Uint8Array): string {
  // the members' names are ASCII, so their canonical order is that of RFC 7638
  return toBase64url(sha256(jcsBytes(ed25519Jwk(publicKey))))
}
