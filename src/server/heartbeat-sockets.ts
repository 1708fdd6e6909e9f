import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'
import { type WebSocket, WebSocketServer } from 'ws'
import type { HeartbeatSocket, Monitor } from '../evidence/index.ts'
import { AssayError, type ErrorCode } from '../protocol/index.ts'
import { statusOf } from './problem.ts'

export const HEARTBEATS_PATH = '/v1/heartbeats'

/** Bytes of one frame. No message of HB-1 comes near it. */
const MAX_FRAME = 8192

/** Frames of one connection that may be worked on at once: agents send one a slot. */
const MAX_IN_WORK = 4

/** After being told that the service goes, connections have this long. Milliseconds. */
const GOING_AWAY_MS = 1000

export interface HeartbeatLimits {
  connectionsPerAddress: number
  /** How long a connection may take to say who it is. Milliseconds. */
  helloTimeoutMs: number
  /** How often a quiet connection is asked whether it is there. Milliseconds. */
  pingIntervalMs: number
}

export const DEFAULT_HEARTBEAT_LIMITS = { helloTimeoutMs: 10_000, pingIntervalMs: 30_000 }

/** A service's end of WS /v1/heartbeats. */
export interface HeartbeatSockets {
  /** Takes the HTTP server's upgrade of a connection. */
  upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** Says goodbye to every connection, and waits for the monitor's work on what they sent. */
  close: () => Promise<void>
}

/**
 * The WebSocket side of the monitor. A refusal closes the connection with code 4000 + the HTTP status of the error's code,
 * and the reason `code: sentence`.
 */
export function openHeartbeatSockets(
  monitor: Monitor,
  options: {
    limits: HeartbeatLimits
    log: Logger
    addressOf: (request: IncomingMessage) => string
    /** Whether this process watches: agents that reach another one are told to try again. */
    isWatching: () => boolean
  },
): HeartbeatSockets {
  const { limits, log, addressOf, isWatching } = options
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME, perMessageDeflate: false })
  const perAddress = new Map<string, number>()
  const inWork = new Set<Promise<void>>()
  const alive = new WeakSet<WebSocket>()
  let closing = false

  const pings = setInterval(() => {
    for (const socket of sockets.clients) {
      if (!isWatching()) closeWith(socket, 'unavailable', 'Another process watches now')
      else if (!alive.delete(socket)) socket.terminate()
      else socket.ping()
    }
  }, limits.pingIntervalMs)
  pings.unref()

  function upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    // a peer that goes in the middle must not end the process
    stream.on('error', () => stream.destroy())
    const address = addressOf(request)
    const refusal = refusalOf(request, address)
    if (refusal !== undefined) {
      refuseUpgrade(stream, refusal)
      return
    }
    perAddress.set(address, (perAddress.get(address) ?? 0) + 1)
    stream.once('close', () => {
      const left = perAddress.get(address)! - 1
      if (left === 0) perAddress.delete(address)
      else perAddress.set(address, left)
    })
    sockets.handleUpgrade(request, stream, head, (socket) => void serve(socket))
  }

  function refusalOf({ url = '' }: IncomingMessage, address: string): ErrorCode | undefined {
    if (url.split('?')[0] !== HEARTBEATS_PATH) return 'notFound'
    if (closing || !isWatching()) return 'unavailable'
    return (perAddress.get(address) ?? 0) < limits.connectionsPerAddress ? undefined : 'rateLimited'
  }

  async function serve(socket: WebSocket): Promise<void> {
    alive.add(socket)
    socket.on('pong', () => alive.add(socket))
    // an oversized or broken frame: ws closes the connection with the right code itself
    socket.on('error', (error) => log.debug({ err: error }, 'a heartbeat connection broke'))
    socket.pause()
    const hello = setTimeout(() => closeWith(socket, 'challengeLate', 'No hello came in time'), limits.helloTimeoutMs)
    try {
      const session = await monitor.connect(asHeartbeatSocket(socket))
      socket.on('close', () => {
        clearTimeout(hello)
        session.closed()
      })
      let waiting = 0
      socket.on('message', (data, isBinary) => {
        if (isBinary) return closeWith(socket, 'malformed', 'Frames are text')
        if (waiting >= MAX_IN_WORK) return closeWith(socket, 'rateLimited', 'Too many frames at once')
        waiting += 1
        const work = session
          .receive(data.toString())
          .catch((error: unknown) => log.error({ err: error }, 'a heartbeat could not be taken in'))
          .finally(() => {
            waiting -= 1
            inWork.delete(work)
            // whoever is still connected after its first frame has said a valid hello
            clearTimeout(hello)
          })
        inWork.add(work)
      })
      if (socket.readyState === socket.CLOSED) session.closed()
      socket.resume()
    } catch (error) {
      clearTimeout(hello)
      log.error({ err: error }, 'a heartbeat connection could not be greeted')
      closeWith(socket, 'internal', 'The service could not greet this connection')
    }
  }

  async function close(): Promise<void> {
    closing = true
    clearInterval(pings)
    for (const socket of sockets.clients) socket.close(1001, 'unavailable: The service goes away')
    const closed = [...sockets.clients].map((socket) => new Promise((resolve) => socket.once('close', resolve)))
    const timeout = setTimeout(() => {
      for (const socket of sockets.clients) socket.terminate()
    }, GOING_AWAY_MS)
    await Promise.all([...closed, ...inWork])
    clearTimeout(timeout)
  }

  return { upgrade, close }
}

/** What the monitor sees of a connection. Neither function throws: the peer may be gone at any time. */
function asHeartbeatSocket(socket: WebSocket): HeartbeatSocket {
  return {
    send: (text) => {
      if (socket.readyState === socket.OPEN) socket.send(text, () => undefined)
    },
    close: (code, message) => closeWith(socket, code, message),
  }
}

/** A close reason has 123 bytes at most (RFC 6455, 5.5). */
function closeWith(socket: WebSocket, code: ErrorCode, message: string): void {
  socket.close(4000 + statusOf(code), Buffer.from(`${code}: ${message}`).subarray(0, 120).toString('latin1'))
}

function refuseUpgrade(stream: Duplex, code: ErrorCode): void {
  const status = statusOf(code)
  const body = JSON.stringify({ type: `urn:assay:error:${code}`, title: new AssayError(code).message, status, code })
  stream.end(
    `HTTP/1.1 ${status} ${code}\r\nconnection: close\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
