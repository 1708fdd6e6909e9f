import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { base64urlnopad } from '@scure/base'
import canonicalizeModule from 'canonicalize'

// Its types describe an ES module; what Node and bundlers load is the function itself.
const canonicalize = canonicalizeModule as unknown as (value: unknown) => string | undefined

/** Half of a surrogate pair, which JSON escapes: an odd number of backslashes before u. */
const LONE_SURROGATE = /(?<!\\)(?:\\\\)*\\ud[89a-f]/

/**
 * The JSON Canonicalization Scheme (RFC 8785) of a JSON value. Throws TypeError when it is not one, or when a text in it is
 * not Unicode (RFC 8785, 3.2.2.2).
 */
export function jcs(value: unknown): string {
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('Only a JSON value has a canonical form')
  if (LONE_SURROGATE.test(text)) throw new TypeError('A text with half of a surrogate pair has no canonical form')
  return text
}

/** UTF-8 bytes of the canonical form: what is signed. */
export function jcsBytes(value: unknown): Uint8Array {
  return utf8ToBytes(jcs(value))
}

/** SHA-256 of the canonical form, base64url without padding. */
export function jcsHash(value: unknown): string {
  return base64urlnopad.encode(sha256(jcsBytes(value)))
}
