import { toBase64url } from './bytes.ts'
import type { DidSigner, SessionSigner } from './did-signer.ts'
import type { RandomBytes } from './effects.ts'
import { jwkOf } from './jwk.ts'
import { signJws } from './jws.ts'
import {
  bodyHash,
  MAX_REQUEST_LIFETIME,
  REQUEST_TYP,
  requestTarget,
  SESSION_REQUEST_TYP,
  type SessionRequestClaims,
  type SignedRequest,
} from './request-claims.ts'

export type SignRequestOptions = {
  /** Seconds. */
  now: number
  randomBytes: RandomBytes
  /** Seconds that the request may be on its way, up to 120. Default 60. */
  lifetime?: number
}

/**
 * The `Authorization` header of one request, signed by a DID: `DID <jwt>`. It is bound to method, URL (without its query)
 * and body, and good for one use.
 * @throws RangeError when the lifetime is out of bounds
 * @example
 * headers.authorization = await signRequest({ method: 'POST', url, body }, signer, { now, randomBytes })
 */
export async function signRequest(
  request: SignedRequest,
  signer: DidSigner,
  options: SignRequestOptions,
): Promise<string> {
  const { did, kid, sign } = signer
  const payload = { iss: did, ...createClaims(request, options) }
  return `DID ${await signJws({ header: { typ: REQUEST_TYP, kid }, payload, sign })}`
}

/** The same for a holder that appears under no DID: `Session <jwt>`, signed by a session key that the token carries. */
export async function signSessionRequest(
  request: SignedRequest,
  signer: SessionSigner,
  options: SignRequestOptions,
): Promise<string> {
  const header = { typ: SESSION_REQUEST_TYP, jwk: jwkOf(signer.publicKey) }
  return `Session ${await signJws({ header, payload: createClaims(request, options), sign: signer.sign })}`
}

function createClaims(
  request: SignedRequest,
  { now, randomBytes, lifetime = 60 }: SignRequestOptions,
): SessionRequestClaims {
  if (!Number.isInteger(lifetime) || lifetime < 1 || lifetime > MAX_REQUEST_LIFETIME) {
    throw new RangeError(`A signed request lives 1 to ${MAX_REQUEST_LIFETIME} whole seconds, got ${lifetime}`)
  }
  return {
    htm: request.method.toUpperCase(),
    htu: requestTarget(request.url),
    iat: now,
    exp: now + lifetime,
    jti: toBase64url(randomBytes(16)),
    bodySha256: bodyHash(request.body),
  }
}
