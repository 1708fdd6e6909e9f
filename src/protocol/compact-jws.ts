import { utf8ToBytes } from '@noble/hashes/utils.js'
import { fromBase64url, toBase64url } from './bytes.ts'
import { parseJson } from './parse-json.ts'

/*
 * The text of a JWS in compact serialization (RFC 7515, 7.1), with JSON in header and payload. JOSE libraries bring
 * other algorithms and encodings along, and what they bring is in every web page that verifies.
 */

/** The part of a compact JWS that is signed. */
export function jwsSigningInput(header: object, payload: object): string {
  return `${encode(header)}.${encode(payload)}`
}

export interface DecodedJws {
  header: unknown
  payload: unknown
  signature: Uint8Array
  /** The bytes that are signed. */
  signed: Uint8Array
}

/**
 * Splits a compact JWS and decodes its three parts, none of them empty. There is one text for each token: base64url must
 * be canonical, and JSON must be UTF-8 without a byte order mark, and name each member once.
 * @throws Error when it is no compact JWS
 */
export function decodeCompactJws(token: string): DecodedJws {
  const parts = token.split('.')
  if (parts.length !== 3 || parts.includes('')) throw new Error('A compact JWS has three parts')
  const [header, payload, signature] = parts as [string, string, string]
  return {
    header: decode(header),
    payload: decode(payload),
    signature: fromBase64url(signature),
    signed: utf8ToBytes(`${header}.${payload}`),
  }
}

function encode(value: object): string {
  return toBase64url(utf8ToBytes(JSON.stringify(value)))
}

function decode(part: string): unknown {
  return parseJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(fromBase64url(part)))
}
