import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { AssayError } from '../../protocol/errors.ts'
import { type HeartbeatSocket, parseFrame } from './heartbeat-socket.ts'
import { type HeartbeatHello, type HeartbeatReply, zMessageToMonitor } from './messages.ts'
import { keepReceipt, type MonitorEffects, type MonitorState } from './monitor-state.ts'
import { isReplySigned } from './receipts.ts'
import { isMessageSignedBy, signHeartbeatMessage } from './sign-message.ts'

/** One connection of an agent, as the monitor sees it. */
export interface MonitorSession {
  /** Takes a text frame. Anything that is not in order closes the connection, with its code. Rejects on own failures. */
  receive(text: string): Promise<void>
  /** To be called when the connection has ended. */
  closed(): void
}

/** Greets a new connection with a nonce of its own, and serves it. */
export async function acceptAgent(
  effects: MonitorEffects,
  state: MonitorState,
  socket: HeartbeatSocket,
): Promise<MonitorSession> {
  const { did, settings, sign, clockMs, randomBytes } = effects
  const nonce = bytesToHex(randomBytes(32))
  let device: string | undefined
  const speaksFor = () =>
    device !== undefined && state.connections.get(device)?.socket === socket ? device : undefined

  async function handle(text: string, nowMs: number): Promise<void> {
    const message = parseFrame(text, zMessageToMonitor)
    if (message.type === 'heartbeat-hello') {
      if (device !== undefined) throw new AssayError('conflict', 'The connection has said hello already')
      device = message.device
      await acceptHello(effects, state, message, nonce, socket)
      return
    }
    const speaker = speaksFor()
    if (speaker === undefined) throw new AssayError('unauthorized', 'The connection has not said hello')
    await acceptReply(effects, state, message, speaker, nowMs)
  }

  function closed(): void {
    const speaker = speaksFor()
    if (speaker !== undefined) state.connections.delete(speaker)
  }

  async function receive(text: string): Promise<void> {
    const nowMs = clockMs()
    try {
      await handle(text, nowMs)
    } catch (error) {
      closed()
      const refusal = error instanceof AssayError ? error : new AssayError('internal')
      socket.close(refusal.code, refusal.message)
      if (refusal !== error) throw error
    }
  }

  const welcome = { type: 'heartbeat-welcome', monitor: did, nonce, settings }
  socket.send(JSON.stringify(await signHeartbeatMessage(welcome, sign)))
  return { receive, closed }
}

async function acceptHello(
  { did, store }: MonitorEffects,
  { connections }: MonitorState,
  hello: HeartbeatHello,
  nonce: string,
  socket: HeartbeatSocket,
): Promise<void> {
  const { device, agentKey } = hello
  if (hello.monitor !== did || hello.nonce !== nonce || !isMessageSignedBy(hello, hexToBytes(agentKey))) {
    throw new AssayError(
      'signatureInvalid',
      'The hello is not signed for this connection by the agent key that it names',
    )
  }
  const enrolled = await store.findEnrolled(device)
  if (enrolled === undefined || enrolled.agentKey !== agentKey) {
    throw new AssayError(
      'deviceUnknown',
      'The device is not enrolled under this agent key, or a newer generation of the key ended it',
    )
  }
  const replaced = connections.get(device)
  connections.set(device, { socket, agentKey })
  replaced?.socket.close('conflict', 'The agent has connected again')
  socket.send(JSON.stringify({ type: 'heartbeat-ready', device }))
}

async function acceptReply(
  effects: MonitorEffects,
  state: MonitorState,
  reply: HeartbeatReply,
  device: string,
  nowMs: number,
): Promise<void> {
  const waiting = state.pending.get(device)
  // A reply to anything else (another slot, say), or one that came too late, leaves the challenge unanswered.
  if (waiting === undefined || reply.challengeHash !== waiting.challengeHash) return
  if (nowMs > waiting.sentAtMs + effects.settings.replyWindowMs) return
  state.pending.delete(device)
  const { agentKey, slot, challengeHash } = waiting
  const found = { device, agentKey, slot, challengeHash, reply }
  if (reply.device === device && reply.slot === slot && isReplySigned(reply, agentKey)) {
    const rttMs = Math.max(0, nowMs - waiting.sentAtMs)
    await keepReceipt(effects, state, { ...found, ok: true, reason: null, rttMs })
  } else {
    await keepReceipt(effects, state, { ...found, ok: false, reason: 'invalid', rttMs: null })
  }
}
