import type { RandomBytes, Sign } from '../../protocol/effects.ts'
import type { HeartbeatSocket } from './heartbeat-socket.ts'
import type { HeartbeatStore } from './heartbeat-store.ts'
import { type HeartbeatReceipt, zHeartbeatReceipt } from './messages.ts'
import type { HeartbeatSettings } from './settings.ts'
import { signHeartbeatMessage } from './sign-message.ts'

export interface MonitorEffects {
  /** The monitor's DID, which receipts name, and what signs under it. */
  did: string
  sign: Sign
  settings: HeartbeatSettings
  store: HeartbeatStore
  /** Milliseconds since the Unix epoch. */
  clockMs: () => number
  randomBytes: RandomBytes
  /** Called after a receipt is kept. */
  onReceipt?: (receipt: HeartbeatReceipt) => void
}

/** A challenge that waits for its reply. */
export interface PendingChallenge {
  device: string
  agentKey: string
  slot: number
  challengeHash: string
  sentAtMs: number
}

/** What a monitor holds in memory, by device. Losing it loses at most the slot that runs. */
export interface MonitorState {
  connections: Map<string, { socket: HeartbeatSocket; agentKey: string }>
  pending: Map<string, PendingChallenge>
}

type WithoutFrame<Receipt> = Receipt extends unknown ? Omit<Receipt, 'type' | 'monitor' | 'signature'> : never

/** Signs what was found in a slot, keeps it, and shows it to the agent. One receipt a slot: a second is dropped. */
export async function keepReceipt(
  { did, sign, store, onReceipt }: MonitorEffects,
  { connections }: MonitorState,
  finding: WithoutFrame<HeartbeatReceipt>,
): Promise<void> {
  const body = { type: 'heartbeat-receipt', monitor: did, ...finding }
  const receipt = zHeartbeatReceipt.parse(await signHeartbeatMessage(body, sign))
  if (!(await store.addReceipt(receipt))) return
  onReceipt?.(receipt)
  connections.get(finding.device)?.socket.send(JSON.stringify({ type: 'heartbeat-result', receipt }))
}
