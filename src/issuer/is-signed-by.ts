import { fromBase64url } from '../protocol/bytes.ts'
import { jcsBytes } from '../protocol/jcs.ts'
import { verifyEd25519 } from '../protocol/jws.ts'

/** Whether an Ed25519 signature (base64url) over a document's canonical form (RFC 8785) is by one of the keys. */
export function isSignedBy(keys: readonly Uint8Array[], document: unknown, signature: string): boolean {
  const message = jcsBytes(document)
  const bytes = fromBase64url(signature)
  return keys.some((key) => verifyEd25519(key, message, bytes))
}
