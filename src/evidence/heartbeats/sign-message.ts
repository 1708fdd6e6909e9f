import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes } from '@noble/hashes/utils.js'
import { fromBase64url, toBase64url } from '../../protocol/bytes.ts'
import type { Sign } from '../../protocol/effects.ts'
import { jcsBytes } from '../../protocol/jcs.ts'
import { verifyEd25519 } from '../../protocol/jws.ts'
import type { Telemetry } from './messages.ts'

/** A message with an Ed25519 signature over the JCS of everything else in it. */
export async function signHeartbeatMessage<Body extends object>(
  body: Body,
  sign: Sign,
): Promise<Body & { signature: string }> {
  return { ...body, signature: toBase64url(await sign(jcsBytes(body))) }
}

/** Whether such a message is signed by this key. */
export function isMessageSignedBy({ signature, ...body }: { signature: string }, publicKey: Uint8Array): boolean {
  return verifyEd25519(publicKey, jcsBytes(body), fromBase64url(signature))
}

/** What an agent signs in reply: H(challenge) ‖ H(telemetry), 64 bytes, so never the JCS of anything. */
export function replyBytes(challengeHash: string, telemetry: Telemetry): Uint8Array {
  return concatBytes(fromBase64url(challengeHash), sha256(jcsBytes(telemetry)))
}
