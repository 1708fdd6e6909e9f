import { sha256 } from '@noble/hashes/sha2.js'
import * as z from 'zod'
import { toBase64url, zBase64url } from './bytes.ts'
import { zCanonicalDid } from './canonical-did.ts'
import { zSeconds } from './field.ts'

/** `typ` of a request that a DID signs, sent as `Authorization: DID <jwt>`. */
export const REQUEST_TYP = 'assay-auth+jwt'

/** `typ` of a request that a bare session key signs, sent as `Authorization: Session <jwt>`. */
export const SESSION_REQUEST_TYP = 'assay-session+jwt'

/** A signed request may live this long, in seconds. */
export const MAX_REQUEST_LIFETIME = 120

const claims = {
  /** The method, in upper case. */
  htm: z.string().regex(/^[A-Z]{1,16}$/),
  /** Scheme, host and path, without query and fragment. */
  htu: z.string().max(2048),
  iat: zSeconds,
  exp: zSeconds,
  /** 16 random bytes: a token is used once. */
  jti: zBase64url(16),
  /** SHA-256 of the body's bytes as sent; of no bytes where there is no body. */
  bodySha256: zBase64url(32),
}

/** What a DID signs. */
export const zRequestClaims = z.strictObject({ iss: zCanonicalDid, ...claims })

/** What a session key signs. */
export const zSessionRequestClaims = z.strictObject(claims)
export type SessionRequestClaims = z.output<typeof zSessionRequestClaims>

/** A request, as far as it is signed. */
export type SignedRequest = {
  method: string
  /** Absolute URL; its query is not signed. */
  url: string
  /** The body's bytes as sent; absent means empty. */
  body?: Uint8Array | undefined
}

/** The signed form of a URL. @throws TypeError when it is not an absolute http(s) URL */
export function requestTarget(url: string): string {
  const { protocol, origin, pathname } = new URL(url)
  if (protocol !== 'https:' && protocol !== 'http:') throw new TypeError(`A request goes to an http(s) URL, got ${url}`)
  return origin + pathname
}

export function bodyHash(body: Uint8Array = new Uint8Array(0)): string {
  return toBase64url(sha256(body))
}
