import { utf8ToBytes } from '@noble/hashes/utils.js'
import { createJWS } from 'did-jwt'
import { toBase64url } from '../protocol/bytes.ts'
import type { Sign } from '../protocol/effects.ts'
import type { DidSigner, SessionSigner } from './did-signer.ts'
import { ed25519Jwk } from './ed25519.ts'

/** The claims, or the document, that a JWT carries. */
export type JwtPayload = Record<string, unknown>

/**
 * A compact JWT (EdDSA) signed for a DID; `typ` says what it is, such as `vc+jwt`. The payload goes in canonical form, as it
 * is: nothing is added, so it must hold its issuer.
 * @throws RangeError when `kid` is not a key of the DID
 */
export async function createJwt(payload: JwtPayload, options: DidSigner & { typ: string }): Promise<string> {
  const { did, kid, sign, typ } = options
  if (!kid.startsWith(`${did}#`)) throw new RangeError(`A key id must belong to its DID, got ${kid} for ${did}`)
  return signCompact({ alg: 'EdDSA', kid, typ }, payload, sign)
}

/** A compact JWT (EdDSA) signed by a bare session key, which its header carries as a JWK, as in DPoP (RFC 9449). */
export async function createSessionJwt(payload: JwtPayload, options: SessionSigner & { typ: string }): Promise<string> {
  const { publicKey, sign, typ } = options
  return signCompact({ alg: 'EdDSA', jwk: ed25519Jwk(publicKey), typ }, payload, sign)
}

function signCompact(header: Record<string, unknown>, payload: JwtPayload, sign: Sign): Promise<string> {
  const signer = async (data: string | Uint8Array) =>
    toBase64url(await sign(typeof data === 'string' ? utf8ToBytes(data) : data))
  return createJWS(payload, signer, header, { canonicalize: true })
}
