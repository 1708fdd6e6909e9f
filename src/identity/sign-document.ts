import { z } from 'zod'
import { fromBase64url, toBase64url, zBase64url } from '../protocol/bytes.ts'
import { zDid } from '../protocol/did.ts'
import type { ResolveKeys, Sign } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { jcsBytes } from '../protocol/jcs.ts'
import { verifyEd25519 } from '../protocol/jws.ts'

/** A detached signature over the canonical form (RFC 8785) of a JSON value: Ed25519, 64 bytes. */
export const zDocumentSignature = z.strictObject({ signer: zDid, value: zBase64url(64) })
export type DocumentSignature = z.output<typeof zDocumentSignature>

/**
 * Signs a JSON value for a DID. The value must name its own type, so that a signature for one purpose is none for another.
 * @throws TypeError when the value is not JSON
 */
export async function signDocument(value: unknown, did: string, sign: Sign): Promise<DocumentSignature> {
  return { signer: did, value: toBase64url(await sign(jcsBytes(value))) }
}

/**
 * Whether the signer's DID signed this very value.
 * @throws AssayError `didUnresolvable` (then nothing is known of the signature), `malformed`
 */
export async function verifyDocument(
  value: unknown,
  signature: DocumentSignature,
  resolveKeys: ResolveKeys,
): Promise<boolean> {
  const parsed = zDocumentSignature.safeParse(signature)
  if (!parsed.success) throw new AssayError('malformed', 'The signature is not a signer and 64 bytes', {}, parsed.error)
  const { signer } = parsed.data
  const bytes = fromBase64url(parsed.data.value)
  const message = jcsBytes(value)
  const keys = await resolveKeys(signer)
  return keys.some((key) => verifyEd25519(key, message, bytes))
}
