import { base58 } from '@scure/base'
import { fromBase64url, toBase64url } from './bytes.ts'
import { zDid } from './did.ts'
import { AssayError } from './errors.ts'
import { jcsBytes } from './jcs.ts'

/**
 * The one spelling of a DID. DIDs are compared, hashed and stored as text, so one subject must have one text: did:key as
 * its bytes encode (Ed25519), did:jwk as the canonical JSON of the members that make its key, did:web with a lower-case
 * host, no default port and no percent-encoding, did:pkh with a lower-case address. Other methods stay as they are.
 * @throws AssayError `malformed` when the text is no DID, or its method's part has no canonical form
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

/** Multibase base58btc over the multicodec prefix of Ed25519 and the key: other prefixes could spell the same key. */
function canonicalKey(id: string): string {
  const bytes = base58.decode(id.slice(1))
  if (!id.startsWith('z') || bytes.length !== 34 || bytes[0] !== 0xed || bytes[1] !== 0x01) {
    throw new RangeError('A did:key is an Ed25519 key in base58btc')
  }
  return `z${base58.encode(bytes)}`
}

/** The members that make a key of each kind (RFC 7638, 3.2; RFC 8037, 2). Coordinates have 32 bytes. */
const coordinates: Record<string, readonly string[]> = {
  'OKP Ed25519': ['x'],
  'EC P-256': ['x', 'y'],
  'EC secp256k1': ['x', 'y'],
}

function canonicalJwk(id: string): string {
  const jwk: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(fromBase64url(id)))
  const { kty, crv, ...members } = jwk as Record<string, unknown>
  const names = coordinates[`${kty} ${crv}`]
  if (names === undefined) throw new RangeError('A did:jwk holds an Ed25519, P-256 or secp256k1 key')
  // the decoder takes canonical base64url alone: spare bits would spell one key in several ways
  const key = names.map((name) => [name, fromBase64url(String(members[name]))] as const)
  if (key.some(([, bytes]) => bytes.length !== 32)) throw new RangeError('A coordinate has 32 bytes')
  return toBase64url(
    jcsBytes({ kty, crv, ...Object.fromEntries(key.map(([name, bytes]) => [name, toBase64url(bytes)])) }),
  )
}

function canonicalWeb([place = '', ...path]: string[]): string {
  const [, name, port] = /^([A-Za-z0-9.-]+)(?:%3A([1-9][0-9]{0,4}))?$/.exec(place) ?? []
  if (name === undefined) throw new RangeError('A did:web begins with a host')
  // the URL parser knows the spellings of a host: letter case, default port, addresses as numbers
  const url = new URL(`https://${name}:${port ?? ''}`)
  const host = url.hostname.replace(/\.$/, '')
  if (!/^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(host)) {
    throw new RangeError('The host is not a name')
  }
  return [url.port === '' ? host : `${host}%3A${url.port}`, ...canonicalPath(path)].join(':')
}

/** Parts that a URL would drop, join or split have no canonical form, and neither has the place of the host's own document. */
function canonicalPath(path: readonly string[]): string[] {
  const parts = path.map(decodeURIComponent)
  const isPlain = (part: string) => /^[A-Za-z0-9._-]+$/.test(part) && !/^\.\.?$/.test(part)
  if (!parts.every(isPlain) || (parts.length === 1 && parts[0] === '.well-known')) {
    throw new RangeError('The path has parts that URLs spell in several ways')
  }
  return parts
}

function canonicalAccount(id: string): string {
  if (/^eip155:[1-9][0-9]*:0x[0-9a-fA-F]{40}$/.test(id)) return id.toLowerCase()
  // CAIP-10; eip155 in any other form would be a second spelling
  if (/^(?!eip155:)[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}:[-.%a-zA-Z0-9]{1,128}$/.test(id)) return id
  throw new RangeError('An account is a chain and an address')
}
