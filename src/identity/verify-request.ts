import type { z } from 'zod'
import { fromBase64url } from '../protocol/bytes.ts'
import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError, isAssayError } from '../protocol/errors.ts'
import { jwkThumbprint } from '../protocol/jwk.ts'
import { verifyJws } from '../protocol/jws.ts'
import {
  bodyHash,
  MAX_REQUEST_LIFETIME,
  REQUEST_TYP,
  requestTarget,
  SESSION_REQUEST_TYP,
  type SessionRequestClaims,
  type SignedRequest,
  zRequestClaims,
  zSessionRequestClaims,
} from '../protocol/request-claims.ts'
import type { UsedTokenStore } from './stores.ts'

export type VerifyRequestOptions = {
  /** Seconds. */
  now: number
  usedTokens: UsedTokenStore
  /** Seconds by which the two clocks may differ. Default 60. */
  skew?: number
}

/** A request as it came: `authorization` is that header, `url` the public one under which clients know the service. */
export type ReceivedRequest = SignedRequest & { authorization: string | undefined }

/**
 * Verifies a request signed by a DID, and uses its token up: the last step, so that only a valid token can be used up.
 * What the DID may do is for the caller to say.
 * @returns the DID that signed, and the id of its key
 * @throws AssayError `unauthorized` (no such header, or it is for another request), `expired`, `clockSkew`,
 *   `didUnresolvable`, `signatureInvalid`, `signatureReplayed`
 */
export async function verifyRequest(
  request: ReceivedRequest,
  options: VerifyRequestOptions & { resolveKeys: ResolveKeys },
): Promise<{ did: string; kid: string }> {
  const token = readToken(request.authorization, 'DID')
  const { resolveKeys } = options
  const { header, payload } = await asUnauthorized(() => verifyJws(token, { typ: REQUEST_TYP, resolveKeys }))
  const claims = parseClaims(payload, zRequestClaims)
  await checkAndUse(claims.iss, claims, request, options)
  return { did: claims.iss, kid: header.kid! }
}

/**
 * Verifies a request signed by a bare session key, and uses its token up. It shows who holds the key, no more: the caller
 * compares the thumbprint with one it knows.
 * @returns the key and its RFC 7638 thumbprint
 * @throws AssayError as verifyRequest, except `didUnresolvable`
 */
export async function verifySessionRequest(
  request: ReceivedRequest,
  options: VerifyRequestOptions,
): Promise<{ publicKey: Uint8Array; thumbprint: string }> {
  const token = readToken(request.authorization, 'Session')
  const verified = await asUnauthorized(() => verifyJws(token, { typ: SESSION_REQUEST_TYP, anyKey: true }))
  const jwk = verified.header.jwk!
  const thumbprint = jwkThumbprint(jwk)
  // RFC 9278 names a key by its thumbprint; no DID looks like that
  const signer = `urn:ietf:params:oauth:jwk-thumbprint:sha-256:${thumbprint}`
  await checkAndUse(signer, parseClaims(verified.payload, zSessionRequestClaims), request, options)
  return { publicKey: fromBase64url(jwk.x), thumbprint }
}

function readToken(authorization: string | undefined, scheme: 'DID' | 'Session'): string {
  if (authorization === undefined) throw new AssayError('unauthorized', 'The request is not signed', { scheme })
  const [given, token, ...rest] = authorization.split(' ')
  // the scheme's case does not matter (RFC 9110, 11.1)
  if (given?.toLowerCase() === scheme.toLowerCase() && token && rest.length === 0 && token.length <= 8192) return token
  throw new AssayError('unauthorized', `The Authorization header must be "${scheme}" and a token`, { scheme })
}

async function asUnauthorized<T>(verify: () => Promise<T>): Promise<T> {
  try {
    return await verify()
  } catch (error) {
    if (isAssayError(error, 'malformed')) throw new AssayError('unauthorized', error.message, error.detail, error)
    throw error
  }
}

function parseClaims<T>(payload: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(payload)
  if (parsed.success) return parsed.data
  throw new AssayError('unauthorized', "The token's claims do not have the required shape", {}, parsed.error)
}

async function checkAndUse(
  signer: string,
  claims: SessionRequestClaims,
  request: ReceivedRequest,
  { now, usedTokens, skew = 60 }: VerifyRequestOptions,
): Promise<void> {
  if (claims.htm !== request.method.toUpperCase()) throw mismatch('method')
  if (claims.htu !== requestTarget(request.url)) throw mismatch('URL')
  if (claims.bodySha256 !== bodyHash(request.body)) throw mismatch('body')
  if (claims.exp <= claims.iat || claims.exp - claims.iat > MAX_REQUEST_LIFETIME) {
    throw new AssayError('unauthorized', `A signed request may live ${MAX_REQUEST_LIFETIME} seconds at most`)
  }
  // whoever's clock is off can tell from ours
  const detail = { serverTime: now }
  if (claims.iat > now + skew) {
    throw new AssayError('clockSkew', "The request is signed in the future by this service's clock", detail)
  }
  if (claims.exp < now - skew) throw new AssayError('expired', 'The signed request has expired', detail)
  const expiresAt = claims.exp + skew
  if (!(await usedTokens.use({ signer, jti: claims.jti, expiresAt, now }))) throw new AssayError('signatureReplayed')
}

function mismatch(what: string): AssayError {
  return new AssayError('unauthorized', `The request is signed for another ${what}`)
}
