import { bytesToHex } from '@noble/hashes/utils.js'
import { toBase64url } from '../../protocol/bytes.ts'
import type { RandomBytes, Sign } from '../../protocol/effects.ts'
import { AssayError } from '../../protocol/errors.ts'
import { jcsHash } from '../../protocol/jcs.ts'
import { type BackOff, backOffMs, defaultBackOff } from './back-off.ts'
import { type HeartbeatSocket, parseFrame } from './heartbeat-socket.ts'
import {
  type HeartbeatChallenge,
  type HeartbeatReceipt,
  type HeartbeatReply,
  type HeartbeatWelcome,
  type Telemetry,
  zMessageToAgent,
} from './messages.ts'
import { verifyReceipt } from './receipts.ts'
import { type HeartbeatSettings, slotAt } from './settings.ts'
import { isMessageSignedBy, replyBytes, signHeartbeatMessage } from './sign-message.ts'

export interface AgentEffects {
  device: bigint
  /** The agent's Ed25519 public key (32 bytes) and what signs with it: never a DID key. */
  agentKey: Uint8Array
  sign: Sign
  /** The one monitor that this agent answers, known beforehand. */
  monitor: { did: string; publicKey: Uint8Array }
  /** Milliseconds since the Unix epoch. */
  clockMs: () => number
  randomBytes: RandomBytes
  telemetry: () => Promise<Telemetry>
  backOff?: BackOff
}

/** What came of a frame: greeted, let in, answered a slot, or shown the receipt of one. */
export type AgentEvent =
  | { kind: 'greeted'; settings: HeartbeatSettings }
  | { kind: 'ready' }
  | { kind: 'answered'; slot: number }
  | { kind: 'receipt'; receipt: HeartbeatReceipt }

export interface HeartbeatAgent {
  state(): 'disconnected' | 'greeting' | 'ready'
  /** To be called when a connection to the monitor is open. */
  connected(socket: HeartbeatSocket): void
  /**
   * Takes a text frame. Rejects, having answered nothing, with an AssayError: `signatureInvalid` (not by the monitor that
   * the agent knows), `challengeLate` (not the present slot), `conflict` (out of order, or a slot answered before),
   * `malformed`. The connection may go on.
   */
  receive(text: string): Promise<AgentEvent>
  /** To be called when the connection has ended or could not be made: milliseconds to wait before the next attempt. */
  disconnected(): number
}

/** Clocks may differ by so much before a challenge seems to be for another time. */
const CLOCK_TOLERANCE_S = 5

/** The agent of HB-1: a state machine over connections that its caller makes. It answers each slot at most once. */
export function createHeartbeatAgent(effects: AgentEffects): HeartbeatAgent {
  const { monitor, agentKey, sign, clockMs, telemetry, randomBytes, backOff = defaultBackOff } = effects
  const device = String(effects.device)
  let state: 'disconnected' | 'greeting' | 'ready' = 'disconnected'
  let socket: HeartbeatSocket | undefined
  let settings: HeartbeatSettings | undefined
  let lastSlot = -1
  let attempts = 0

  function requireMonitor(message: { monitor: string; signature: string }): void {
    if (message.monitor === monitor.did && isMessageSignedBy(message, monitor.publicKey)) return
    throw new AssayError('signatureInvalid', 'The message is not signed by the monitor that this agent knows')
  }

  async function greet(welcome: HeartbeatWelcome, over: HeartbeatSocket): Promise<AgentEvent> {
    requireMonitor(welcome)
    if (settings !== undefined) throw new AssayError('conflict', 'The monitor has greeted this connection already')
    settings = welcome.settings
    const { nonce } = welcome
    const hello = { type: 'heartbeat-hello', monitor: monitor.did, nonce, device, agentKey: bytesToHex(agentKey) }
    over.send(JSON.stringify(await signHeartbeatMessage(hello, sign)))
    return { kind: 'greeted', settings }
  }

  function requireFresh({ slot, device: challenged }: HeartbeatChallenge, { slotSeconds }: HeartbeatSettings): void {
    if (challenged !== device) throw new AssayError('deviceMismatch', 'The challenge is for another device')
    const tolerance = Math.max(1, Math.ceil(CLOCK_TOLERANCE_S / slotSeconds))
    const present = slotAt({ slotSeconds }, clockMs())
    if (Math.abs(slot - present) > tolerance) {
      throw new AssayError('challengeLate', `The challenge is for slot ${slot}, and now is slot ${present}`)
    }
    if (slot <= lastSlot)
      throw new AssayError('conflict', `Slot ${slot} has been answered, or is older than one that was`)
  }

  async function answer(challenge: HeartbeatChallenge, over: HeartbeatSocket): Promise<AgentEvent> {
    requireMonitor(challenge)
    if (settings === undefined) throw new AssayError('conflict', 'The monitor has not greeted this connection')
    requireFresh(challenge, settings)
    const { slot } = challenge
    lastSlot = slot
    const challengeHash = jcsHash(challenge)
    const told = await telemetry()
    const signature = toBase64url(await sign(replyBytes(challengeHash, told)))
    const reply: HeartbeatReply = { type: 'heartbeat-reply', device, slot, challengeHash, telemetry: told, signature }
    over.send(JSON.stringify(reply))
    return { kind: 'answered', slot }
  }

  async function receive(text: string): Promise<AgentEvent> {
    const over = socket
    if (over === undefined) throw new AssayError('conflict', 'There is no connection')
    const message = parseFrame(text, zMessageToAgent)
    switch (message.type) {
      case 'heartbeat-welcome':
        return greet(message, over)
      case 'heartbeat-ready':
        state = 'ready'
        attempts = 0
        return { kind: 'ready' }
      case 'heartbeat-challenge':
        return answer(message, over)
      case 'heartbeat-result': {
        requireMonitor(message.receipt)
        verifyReceipt(message.receipt, monitor.publicKey)
        return { kind: 'receipt', receipt: message.receipt }
      }
    }
  }

  return {
    state: () => state,
    connected: (opened) => {
      socket = opened
      settings = undefined
      state = 'greeting'
    },
    receive,
    disconnected: () => {
      socket = undefined
      state = 'disconnected'
      return backOffMs(attempts++, backOff, randomBytes)
    },
  }
}
