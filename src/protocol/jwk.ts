import * as z from 'zod'
import { toBase64url, zBase64url } from './bytes.ts'
import { jcsHash } from './jcs.ts'

/**
 * An Ed25519 public key as a JWK (RFC 8037, 2). Other members are ignored (RFC 7517, 4) and dropped, so that one key has
 * one form. A private key is refused, and so is a key whose own members say that it does not verify signatures.
 */
export const zJwk = z
  .object({
    kty: z.literal('OKP'),
    crv: z.literal('Ed25519'),
    x: zBase64url(32),
    /** The private key (RFC 8037, 2). */
    d: z.undefined({ error: 'must not hold a private key' }).optional(),
    /** RFC 7517, 4.2 to 4.4; `Ed25519` is the fully specified name of the algorithm (RFC 9864, 2.2). */
    use: z.literal('sig').optional(),
    key_ops: z.array(z.string()).max(16).refine(allowsVerifying, 'must allow verifying').optional(),
    alg: z.enum(['EdDSA', 'Ed25519']).optional(),
  })
  .transform(({ kty, crv, x }) => ({ kty, crv, x }))
export type Jwk = z.output<typeof zJwk>

function allowsVerifying(operations: string[]): boolean {
  return operations.includes('verify')
}

/** The JWK of an Ed25519 public key (32 bytes). */
export function jwkOf(publicKey: Uint8Array): Jwk {
  if (publicKey.length !== 32) throw new RangeError(`An Ed25519 public key has 32 bytes, got ${publicKey.length}`)
  return { kty: 'OKP', crv: 'Ed25519', x: toBase64url(publicKey) }
}

/** The JWK thumbprint (RFC 7638; its members for OKP keys: RFC 8037, 2): SHA-256 of their canonical JSON, base64url. */
export function jwkThumbprint({ kty, crv, x }: Jwk): string {
  return jcsHash({ kty, crv, x })
}

/** The JWK thumbprint of an Ed25519 public key (32 bytes): how a presentation names its recipient. */
export function keyThumbprint(publicKey: Uint8Array): string {
  return jwkThumbprint(jwkOf(publicKey))
}
