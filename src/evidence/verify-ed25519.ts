import { ed25519 } from '@noble/curves/ed25519.js'

/** Whether an Ed25519 signature (64 bytes) over the message is by this public key, by RFC 8032's strict rules. */
export function verifyEd25519(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false })
  } catch {
    // noble throws on a point that does not decode; to a caller that is just not a signature
    return false
  }
}
