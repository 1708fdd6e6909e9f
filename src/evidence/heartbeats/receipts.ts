import { hexToBytes } from '@noble/hashes/utils.js'
import { fromBase64url } from '../../protocol/bytes.ts'
import { AssayError } from '../../protocol/errors.ts'
import { jcsBytes } from '../../protocol/jcs.ts'
import { verifyEd25519 } from '../../protocol/jws.ts'
import { buildShaTree, shaLeaf, shaRoot } from '../sha-tree.ts'
import type { HeartbeatReceipt, HeartbeatReply } from './messages.ts'
import { isMessageSignedBy, replyBytes } from './sign-message.ts'

/** Whether a reply is signed by the agent key (hex) over the challenge that it names and its telemetry. */
export function isReplySigned(reply: HeartbeatReply, agentKey: string): boolean {
  const message = replyBytes(reply.challengeHash, reply.telemetry)
  return verifyEd25519(hexToBytes(agentKey), message, fromBase64url(reply.signature))
}

/**
 * Checks a receipt on its own: signed by the monitor, and if it says UP, backed by the agent's signed reply to the
 * challenge of that very slot.
 * @throws AssayError `signatureInvalid`, `evidenceRejected`
 */
export function verifyReceipt(receipt: HeartbeatReceipt, monitorKey: Uint8Array): void {
  if (!isMessageSignedBy(receipt, monitorKey)) {
    throw new AssayError('signatureInvalid', `The receipt of slot ${receipt.slot} is not signed by its monitor`)
  }
  if (!receipt.ok) return
  const { reply, challengeHash, device, slot, agentKey } = receipt
  const matches = reply.challengeHash === challengeHash && reply.device === device && reply.slot === slot
  if (!matches || !isReplySigned(reply, agentKey)) {
    throw new AssayError('evidenceRejected', `The receipt of slot ${slot} says UP without a reply that shows it`)
  }
}

/**
 * The root under which an epoch's receipts are anchored: the RFC 6962 tree over their JCS bytes, ordered by slot, then
 * device, then monitor. 32 bytes. Throws RangeError without receipts.
 */
export function receiptsRoot(receipts: readonly HeartbeatReceipt[]): Uint8Array {
  const key = ({ slot, device, monitor }: HeartbeatReceipt) => `${String(slot).padStart(16, '0')} ${device} ${monitor}`
  const ordered = receipts.map((receipt) => [key(receipt), receipt] as const).sort(([a], [b]) => (a < b ? -1 : 1))
  return shaRoot(buildShaTree(ordered.map(([, receipt]) => shaLeaf(jcsBytes(receipt)))))
}
