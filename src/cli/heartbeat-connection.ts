import { WebSocket } from 'ws'
import type { AgentEvent, HeartbeatAgent } from '../evidence/index.ts'
import { AssayError, type ErrorCode, errorCodes } from '../protocol/index.ts'
import { type StopSignal, stopSignal } from './stop-signal.ts'

export interface ConnectionEvents {
  onEvent: (event: AgentEvent) => void
  /** A connection ended or could not be made; the next attempt comes after `waitMs`. */
  onLost: (reason: string, waitMs: number) => void
  /** A frame that the agent did not answer, since something about it was wrong. */
  onOddity: (error: AssayError) => void
}

/** Refusals that trying again does not change. */
const final: ReadonlySet<string> = new Set(['deviceUnknown', 'signatureInvalid', 'unauthorized', 'conflict'])

/** The path of the monitor's WebSocket. */
const HEARTBEATS = '/v1/heartbeats'

/**
 * Keeps an agent connected to its monitor, again after every loss, until SIGINT or SIGTERM. Returns how many connections
 * were made.
 * @throws AssayError when the monitor refuses the agent for good: `deviceUnknown`, `conflict` (the same agent runs elsewhere)
 */
export async function keepConnected(
  agent: HeartbeatAgent,
  serviceUrl: string,
  events: ConnectionEvents,
): Promise<number> {
  const url = `${serviceUrl.replace(/^http/, 'ws')}${HEARTBEATS}`
  const stop = stopSignal()
  let connections = 0
  try {
    while (!stop.aborted()) {
      const end = await connectOnce(agent, url, events, stop)
      if (end.opened) connections += 1
      const waitMs = agent.disconnected()
      if (stop.aborted()) break
      if (end.refusal !== undefined) throw end.refusal
      events.onLost(end.reason, waitMs)
      await stop.sleep(waitMs)
    }
    return connections
  } finally {
    stop.release()
  }
}

interface End {
  opened: boolean
  reason: string
  refusal?: AssayError
}

function connectOnce(agent: HeartbeatAgent, url: string, events: ConnectionEvents, stop: StopSignal): Promise<End> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, { handshakeTimeout: 10_000, maxPayload: 65_536, perMessageDeflate: false })
    let opened = false
    let failure = 'closed'
    const leave = stop.onStop(() => socket.close(1000, 'the agent stops'))
    socket.on('open', () => {
      opened = true
      agent.connected({
        send: (text) => socket.readyState === socket.OPEN && socket.send(text),
        close: () => socket.close(1000),
      })
    })
    socket.on('message', (data, isBinary) => {
      if (isBinary) return
      agent.receive(data.toString()).then(events.onEvent, (error: unknown) => {
        if (error instanceof AssayError) events.onOddity(error)
        else socket.close(1000)
      })
    })
    socket.on('error', (error) => {
      failure = error.message || (error as NodeJS.ErrnoException).code || 'no connection'
    })
    socket.on('close', (code, reason) => {
      leave()
      resolve({ opened, ...readClose(code, reason.toString(), failure) })
    })
  })
}

/** The monitor closes with 4000 + the HTTP status, and `code: sentence` as the reason. */
function readClose(code: number, reason: string, failure: string): { reason: string; refusal?: AssayError } {
  const [name = '', ...sentence] = reason.split(': ')
  const text = reason === '' ? failure : reason
  if (code < 4000 || !final.has(name)) return { reason: text }
  const refusalCode = name as ErrorCode
  return { reason: text, refusal: new AssayError(refusalCode, sentence.join(': ') || errorCodes[refusalCode]) }
}
