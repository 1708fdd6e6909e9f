import { bytesToHex } from '@noble/hashes/utils.js'
import { fromBase64url } from '../protocol/bytes.ts'
import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError, isAssayError } from '../protocol/errors.ts'
import { verifyEd25519 } from '../protocol/jws.ts'
import { type DocumentSignature, signedBytes, zDocumentSignature } from './sign-document.ts'

/**
 * The one k-of-n check, for governors, witnesses and issuers alike: at least `threshold` distinct `signers` validly
 * signed the document.
 *
 * What does not count is ignored, it can't spoil the rest: a second signature by the same signer, one by someone who is
 * no signer, one that is malformed or false, one by a DID that does not resolve. A key that two signers share counts once.
 * @throws AssayError `notEnoughSignatures`, with the number of valid signatures and the threshold
 */
export async function assertThreshold(
  document: object,
  signatures: readonly unknown[],
  signers: readonly string[],
  threshold: number,
  resolveKeys: ResolveKeys,
): Promise<void> {
  if (!Number.isInteger(threshold) || threshold < 1) throw new RangeError('A threshold is a positive integer')
  const message = signedBytes(document)
  const counted = new Set<string>()
  const usedKeys = new Set<string>()
  for (const candidate of signatures) {
    const signature = zDocumentSignature.safeParse(candidate).data
    if (signature === undefined || !signers.includes(signature.signer) || counted.has(signature.signer)) continue
    const key = await signingKey(signature, message, resolveKeys)
    if (key === undefined || usedKeys.has(key)) continue
    usedKeys.add(key)
    counted.add(signature.signer)
    if (counted.size >= threshold) return
  }
  const reason = `Needs valid signatures by ${threshold} of ${new Set(signers).size}, has ${counted.size}`
  throw new AssayError('notEnoughSignatures', reason, { valid: counted.size, threshold })
}

async function signingKey(
  { signer, value }: DocumentSignature,
  message: Uint8Array,
  resolveKeys: ResolveKeys,
): Promise<string | undefined> {
  const keys = await resolveKeys(signer).catch((error: unknown) => {
    if (isAssayError(error, 'didUnresolvable')) return []
    throw error
  })
  const signature = fromBase64url(value)
  const key = keys.find((candidate) => verifyEd25519(candidate, message, signature))
  return key && bytesToHex(key)
}
