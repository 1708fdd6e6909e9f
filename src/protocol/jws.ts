import { ed25519 } from '@noble/curves/ed25519.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import * as z from 'zod'
import { fromBase64url, toBase64url } from './bytes.ts'
import { decodeCompactJws, jwsSigningInput } from './compact-jws.ts'
import type { ResolveKeys, Sign } from './effects.ts'
import { AssayError, isAssayError } from './errors.ts'
import { type Jwk, jwkThumbprint } from './jwk.ts'
import { isSameMediaType, type JwsHeader, parseJwsHeader, zJwsHeader } from './jws-header.ts'

/** No JWS of ours is longer; the longest are status lists. */
const MAX_CHARACTERS = 131_072

export interface JwsToSign {
  /** `alg` is always EdDSA and added here. */
  header: { typ: string; kid?: string; jwk?: Jwk }
  /** A JSON object. */
  payload: object
  sign: Sign
}

/** Signs a JSON object as a compact JWS (RFC 7515, 7.1) with Ed25519 (RFC 8037, 3.1). */
export async function signJws({ header, payload, sign }: JwsToSign): Promise<string> {
  const signed = jwsSigningInput(zJwsHeader.parse({ alg: 'EdDSA', ...header }), payload)
  return `${signed}.${toBase64url(await sign(utf8ToBytes(signed)))}`
}

/**
 * Whose signature is wanted:
 * - `publicKey`: this Ed25519 key's;
 * - `thumbprint`: that of the key in the header's `jwk`, whose thumbprint must be this one;
 * - `resolveKeys`: that of the DID which the header's `kid` names; a key of it resolves, and `iss` must be the DID;
 * - `anyKey`: that of whatever key the header's `jwk` carries: who that is, is for the caller to judge.
 */
export type WantedSigner =
  | { publicKey: Uint8Array }
  | { thumbprint: string }
  | { resolveKeys: ResolveKeys }
  | { anyKey: true }

export interface VerifiedJws {
  header: JwsHeader
  payload: Record<string, unknown>
  /** The DID that signed, where keys were resolved from one. */
  did: string | undefined
}

/**
 * Verifies a compact JWS of type `typ`. Header parameters besides `alg typ cty kid jwk` are ignored, unless `crit` lists them
 * (RFC 7515, 4). Strict where it decides what a token says and who signed it: Ed25519 alone, as RFC 8032 has it (no small-order
 * keys, no unreduced encodings), canonical base64url, and JSON without members of one name. It doesn't judge times.
 * @throws AssayError `malformed`, `signatureInvalid`, and what `resolveKeys` throws (`didUnresolvable`)
 */
export async function verifyJws(token: string, options: { typ: string } & WantedSigner): Promise<VerifiedJws> {
  const { header, payload, signature, signed } = decodeJws(token)
  if (!isSameMediaType(header.typ, options.typ)) {
    throw new AssayError('malformed', `The JWS must be of type ${options.typ}, got ${header.typ}`)
  }
  const did = 'resolveKeys' in options ? signerDid(header, payload) : undefined
  const keys = await keysOf(options, header, did)
  if (!keys.some((key) => verifyEd25519(key, signed, signature))) throw new AssayError('signatureInvalid')
  return { header, payload, did }
}

/**
 * Whether an Ed25519 signature is valid in the strict reading of RFC 8032 (5.1.7): no small-order keys, one encoding for
 * each point. The looser ZIP-215 would let some signatures verify under several keys. Wrong lengths are just invalid.
 */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false })
  } catch {
    // noble throws on a key that is no point
    return false
  }
}

/** Takes a compact JWS of a JSON object apart. @throws AssayError `malformed` */
export function decodeJws(token: string) {
  try {
    if (token.length > MAX_CHARACTERS) throw new RangeError(`A JWS has at most ${MAX_CHARACTERS} characters`)
    const { header, payload, ...rest } = decodeCompactJws(token)
    return { header: parseJwsHeader(header), payload: z.record(z.string(), z.unknown()).parse(payload), ...rest }
  } catch (cause) {
    if (isAssayError(cause)) throw cause
    throw new AssayError('malformed', 'The text is not a compact JWS signed with EdDSA', {}, cause)
  }
}

function signerDid({ kid }: JwsHeader, { iss }: Record<string, unknown>): string {
  const did = kid?.split('#', 1)[0]
  if (did === undefined) throw new AssayError('malformed', "The JWS must name its signer's key in kid")
  if (iss !== did) throw new AssayError('signatureInvalid', `The JWS is issued by ${iss} but names a key of ${did}`)
  return did
}

async function keysOf(wanted: WantedSigner, { jwk }: JwsHeader, did: string | undefined): Promise<Uint8Array[]> {
  if ('publicKey' in wanted) return [wanted.publicKey]
  if ('resolveKeys' in wanted) return wanted.resolveKeys(did!)
  if (jwk === undefined) throw new AssayError('malformed', 'The JWS must carry its key in jwk')
  if ('thumbprint' in wanted && jwkThumbprint(jwk) !== wanted.thumbprint) {
    throw new AssayError('signatureInvalid', 'The JWS is signed by another key than the one named')
  }
  return [fromBase64url(jwk.x)]
}
