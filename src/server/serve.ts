import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Express } from 'express'
import { ipKeyGenerator } from 'express-rate-limit'
import type { Logger } from 'pino'
import { AssayError } from '../protocol/index.ts'
import { createApp } from './app.ts'
import { parseConfig, type ServiceConfig, type ServiceSettings, usesDidWeb } from './config.ts'
import { createService, type Service } from './create-service.ts'
import { driveService } from './drive-service.ts'
import { DEFAULT_HEARTBEAT_LIMITS, type HeartbeatLimits, openHeartbeatSockets } from './heartbeat-sockets.ts'
import { createLogger } from './logger.ts'
import { allRoutes } from './routes/index.ts'
import { VERSION } from './version.ts'

/** A request must have arrived whole by then, and its headers before. Milliseconds. */
const REQUEST_TIMEOUT_MS = 30_000
const HEADERS_TIMEOUT_MS = 10_000

/**
 * How long a connection is kept for the next request. Node's 5 s are over between two requests of a client that measures or
 * proves, and a request that is sent as its connection is closed fails. Above the 60 s of usual proxies. Milliseconds.
 */
const KEEP_ALIVE_MS = 75_000

/** How long requests under way may take when the service closes. Milliseconds. */
const CLOSING_MS = 10_000

/** What may be other than usual: for tests, and for a program that hosts a service. */
export interface ServeOptions {
  log?: Logger
  /** Milliseconds since the Unix epoch. */
  clockMs?: () => number
  /** Closes on SIGTERM and SIGINT. Default true. */
  signals?: boolean
  heartbeatLimits?: Partial<HeartbeatLimits>
}

export interface RunningService {
  /** Where clients reach it: `publicUrl`, or where it listens. */
  url: string
  service: Service
  /** Takes no more, finishes the requests under way, closes the database. Calling it again does nothing. */
  close: () => Promise<void>
  /** Resolves when it is closed, for whatever reason. */
  closed: Promise<void>
}

/**
 * Starts a service: HTTP, heartbeats over WebSocket, the witness, the monitor.
 * @throws AssayError as `createService` does; `configInvalid` when the port can't be taken
 */
export async function serve(settings: ServiceSettings, options: ServeOptions = {}): Promise<RunningService> {
  const config = parseConfig(settings)
  const { log = createLogger(config.logLevel), clockMs = Date.now, signals = true } = options
  // the port comes first: status lists are named by the address, which is known only then
  const server = createServer({
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  })
  const starting = (_request: unknown, response: { writeHead(status: number): { end(): void } }) => {
    response.writeHead(503).end()
  }
  server.on('request', starting)
  const url = config.publicUrl ?? (await listen(server, config))
  if (config.publicUrl !== undefined) await listen(server, config)
  try {
    const service = await createService(config, { baseUrl: url, log, clockMs, randomBytes: drawBytes })
    const drive = driveService(service)
    const { metrics, authenticate } = service
    const { requestsPerMinute, trustProxy } = config
    const appOptions = { log, metrics, authenticate, baseUrl: url, version: VERSION, requestsPerMinute, trustProxy }
    const app = createApp({ routes: allRoutes(service), ...appOptions })
    const limits = { ...DEFAULT_HEARTBEAT_LIMITS, ...config, ...options.heartbeatLimits }
    const { monitor, isWatching } = drive
    const addressOf = (request: IncomingMessage) => addressBehind(app, request)
    const sockets = openHeartbeatSockets(monitor, { limits, log, addressOf, isWatching })
    server.off('request', starting)
    server.on('request', app)
    server.on('upgrade', sockets.upgrade)
    announce(service)

    const shutDown = async () => {
      process.off('SIGTERM', onSignal)
      process.off('SIGINT', onSignal)
      const finished = finishRequests(server)
      await sockets.close()
      await finished
      await drive.stop()
      await service.close()
      log.info('the service is closed')
    }
    let closing: Promise<void> | undefined
    let tellClosed = (_done: Promise<void>) => {}
    const closed = new Promise<void>((resolve) => {
      tellClosed = resolve
    })
    // a caller that awaits neither promise must not crash on an error while closing
    closed.catch(() => undefined)
    const close = () => {
      closing ??= shutDown()
      tellClosed(closing)
      return closing
    }
    const onSignal = () => void close().catch((error) => log.fatal({ err: error }, 'the service did not close cleanly'))
    if (signals) {
      process.on('SIGTERM', onSignal)
      process.on('SIGINT', onSignal)
    }
    return { url, service, close, closed }
  } catch (error) {
    server.closeAllConnections()
    server.close()
    throw error
  }
}

const drawBytes = (length: number): Uint8Array => new Uint8Array(randomBytes(length))

/** Listens, and returns the URL of the address that it got. */
async function listen(server: Server, { host, port }: ServiceConfig): Promise<string> {
  server.listen(port, host)
  await once(server, 'listening').catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error)
    throw new AssayError('configInvalid', `The service can't listen on ${host}, port ${port}: ${reason}`, {}, error)
  })
  const address = server.address() as AddressInfo
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`
}

/** The address that limits count, from behind the proxies that Express trusts. */
function addressBehind(app: Express, request: IncomingMessage): string {
  const { ip = '' } = Object.setPrototypeOf(request, app.request) as { ip?: string }
  // as the rate limit counts: one customer's IPv6 network has more addresses than there are connections
  return ipKeyGenerator(ip)
}

/** Takes no more connections; those with a request under way may finish it. */
async function finishRequests(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  const deadline = AbortSignal.timeout(CLOSING_MS)
  for (;;) {
    // a connection that finished its request would otherwise be kept for the next one
    server.closeIdleConnections()
    if (deadline.aborted) server.closeAllConnections()
    if (await Promise.race([closed, sleep(50)])) return
  }
}

function announce({ log, config, baseUrl, registry, verifier, operators }: Service): void {
  log.info({ url: baseUrl, registryId: registry.registryId, version: VERSION }, 'the service is ready')
  if (verifier.key.label === 'development') log.warn('the circuit has a development set-up: not for production')
  if (!usesDidWeb(config) && config.allowDidKey) log.warn('the DIDs are did:key, which can never rotate their keys')
  if (operators.size === 0) log.warn('nobody may revoke: ASSAY_OPERATORS names no DID')
}
