import { utf8ToBytes } from '@noble/hashes/utils.js'
import { decodeJWT } from 'did-jwt'
import { z } from 'zod'
import { fromBase64url } from '../protocol/bytes.ts'
import { zDid } from '../protocol/did.ts'
import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { jwkThumbprint, publicKeyOfJwk, verifyEd25519, zEd25519Jwk } from './ed25519.ts'

export type VerifiedJwt = {
  /** Signed JSON of any shape: parse it with a schema before use. */
  payload: unknown
  /** The DID that signed, and that the payload names as its issuer. */
  issuer: string
  kid: string
}

export type VerifiedSessionJwt = {
  /** Signed JSON of any shape: parse it with a schema before use. */
  payload: unknown
  publicKey: Uint8Array
  /** RFC 7638 thumbprint of the key. */
  thumbprint: string
}

/** Reads a payload's issuer; throws, or gives what is no DID, when there is none. */
export type ReadIssuer = (payload: unknown) => unknown

const readIss: ReadIssuer = (payload) => (payload as { iss?: unknown } | null)?.iss

/**
 * Verifies a compact JWT that a DID signed.
 *
 * Strict where JOSE leaves choices: EdDSA alone, exactly this `typ`, no header parameters besides `alg`, `typ` and `kid`
 * (so no `crit`), canonical base64url, `kid` a key of the issuer's DID. The signature must be by a key that the DID
 * lists. Dates are not looked at: the caller's schema knows them.
 * @param options.readIssuer where the payload names its issuer; by default its `iss`
 * @throws AssayError `malformed`, `didUnresolvable`, `signatureInvalid`
 */
export async function verifyJwt(
  token: string,
  options: { typ: string; resolveKeys: ResolveKeys; readIssuer?: ReadIssuer },
): Promise<VerifiedJwt> {
  const { typ, resolveKeys, readIssuer = readIss } = options
  const decoded = decode(token)
  const { kid } = parseHeader(decoded, z.strictObject({ alg: zEdDsa, typ: z.literal(typ), kid: z.string() }))
  const issuer = zDid.safeParse(readSafely(readIssuer, decoded.payload))
  if (!issuer.success) throw new AssayError('malformed', 'The token does not name a DID as its issuer')
  if (!kid.startsWith(`${issuer.data}#`)) {
    throw new AssayError('signatureInvalid', 'The token is signed under a key of another DID than its issuer')
  }
  const keys = await resolveKeys(issuer.data)
  checkSignature(decoded, keys)
  return { payload: decoded.payload, issuer: issuer.data, kid }
}

/**
 * Verifies a compact JWT that a bare session key signed, as strictly. It shows control of the key alone: the caller
 * compares the thumbprint with the one it expects.
 * @throws AssayError `malformed`, `signatureInvalid`
 */
export function verifySessionJwt(token: string, options: { typ: string }): VerifiedSessionJwt {
  const decoded = decode(token)
  const schema = z.strictObject({ alg: zEdDsa, typ: z.literal(options.typ), jwk: zEd25519Jwk })
  const publicKey = publicKeyOfJwk(parseHeader(decoded, schema).jwk)
  checkSignature(decoded, [publicKey])
  return { payload: decoded.payload, publicKey, thumbprint: jwkThumbprint(publicKey) }
}

const zEdDsa = z.literal('EdDSA')

type JWTDecoded = ReturnType<typeof decodeJWT>

/** did-jwt's decoder refuses padding, white space and non-canonical endings, which others let pass. */
function decode(token: string): JWTDecoded {
  try {
    return decodeJWT(token, false)
  } catch (error) {
    throw new AssayError('malformed', 'The token is not a compact JWT', {}, error)
  }
}

function parseHeader<T>({ header }: JWTDecoded, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(header)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const where = [...(issue?.path ?? [])].join('.') || (issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : '')
  throw new AssayError('malformed', "The token's header is not the one required here", { parameter: where })
}

function readSafely(readIssuer: ReadIssuer, payload: unknown): unknown {
  try {
    return readIssuer(payload)
  } catch {
    return undefined
  }
}

function checkSignature({ data, signature }: JWTDecoded, keys: Uint8Array[]): void {
  const bytes = decodeSignature(signature)
  const message = utf8ToBytes(data)
  if (!keys.some((key) => verifyEd25519(bytes, message, key))) throw new AssayError('signatureInvalid')
}

/** did-jwt leaves the signature encoded; a second spelling of it would make a second token of the same content. */
function decodeSignature(text: string): Uint8Array {
  try {
    return fromBase64url(text)
  } catch (error) {
    throw new AssayError('malformed', "The token's signature is not canonical base64url", {}, error)
  }
}
