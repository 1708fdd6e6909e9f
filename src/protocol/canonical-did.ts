import { base58 } from '@scure/base'
import { fromBase64url, toBase64url } from './bytes.ts'
import { zDid } from './did.ts'
import { AssayError } from './errors.ts'
import { jcsBytes } from './jcs.ts'

/**
 * The one spelling of a DID. DIDs are compared, hashed and stored as text, so one subject must have one text: did:key as
 * its bytes encode, did:jwk as the canonical JSON of its key's members, did:web with a lower-case host, no default port
 * and no needless percent-encoding, did:pkh with a lower-case address. Other methods stay as they are.
 * @throws AssayError `malformed` when the text is no DID, or its method's part can't be read
 */
export function canonicalDid(did: string): string {
  if (!zDid.safeParse(did).success) throw new AssayError('malformed', `${did} is not a DID`)
  const [, method, ...rest] = did.split(':')
  const id = rest.join(':')
  try {
    if (method === 'key') return `did:key:${canonicalKey(id)}`
    if (method === 'jwk') return `did:jwk:${canonicalJwk(id)}`
    if (method === 'web') return `did:web:${canonicalWeb(rest)}`
    if (method === 'pkh') return `did:pkh:${canonicalAccount(id)}`
    return did
  } catch (cause) {
    throw new AssayError('malformed', `${did} is not a DID in its canonical form`, {}, cause)
  }
}

/** Whether a DID is in its canonical form. */
export function isCanonicalDid(did: string): boolean {
  try {
    return canonicalDid(did) === did
  } catch {
    return false
  }
}

/** A DID in its canonical form: what signed documents name. */
export const zCanonicalDid = zDid.refine(isCanonicalDid, 'must be a DID in its canonical form')

/** Multibase base58btc over a multicodec key: one encoding for given bytes. */
function canonicalKey(id: string): string {
  if (!/^z[1-9A-HJ-NP-Za-km-z]+$/.test(id)) throw new RangeError('A did:key is base58btc')
  return `z${base58.encode(base58.decode(id.slice(1)))}`
}

/** The members that make a key, and none of the optional ones (RFC 7638, 3.2; RFC 8037, 2). */
function canonicalJwk(id: string): string {
  const jwk: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(fromBase64url(id)))
  const { kty, crv, x, y } = jwk as Record<string, unknown>
  const members = y === undefined ? { kty, crv, x } : { kty, crv, x, y }
  if (!Object.values(members).every((member) => typeof member === 'string'))
    throw new TypeError('A JWK has text members')
  return toBase64url(jcsBytes(members))
}

function canonicalWeb([host = '', ...path]: string[]): string {
  const [, name, port] = /^([A-Za-z0-9.-]+)(?:%3A([1-9][0-9]{0,4}))?$/.exec(host) ?? []
  if (name === undefined) throw new RangeError('A did:web begins with a host')
  const place = port === undefined || port === '443' ? '' : `%3A${port}`
  return [name.toLowerCase() + place, ...path.map((part) => encodeURIComponent(decodeURIComponent(part)))].join(':')
}

function canonicalAccount(id: string): string {
  if (!id.startsWith('eip155:')) return id
  if (!/^eip155:[1-9][0-9]*:0x[0-9a-fA-F]{40}$/.test(id)) throw new RangeError('An account is a chain and an address')
  return id.toLowerCase()
}
