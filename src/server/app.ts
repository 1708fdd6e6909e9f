import { randomUUID } from 'node:crypto'
import express, { type Express, type RequestHandler } from 'express'
import { rateLimit } from 'express-rate-limit'
import helmet from 'helmet'
import type { Logger } from 'pino'
import { pinoHttp } from 'pino-http'
import swaggerUi from 'swagger-ui-express'
import { AssayError } from '../protocol/index.ts'
import type { Authenticate } from './authenticate.ts'
import type { Route } from './define-route.ts'
import type { Metrics } from './metrics.ts'
import { openapiDocument } from './openapi.ts'
import { parseInput } from './parse-input.ts'
import { problemHandler, sendProblem } from './problem.ts'

const DEFAULT_BODY_LIMIT = 65_536

export interface AppOptions {
  routes: readonly Route[]
  authenticate: Authenticate
  log: Logger
  metrics: Metrics
  baseUrl: string
  version: string
  /** Requests a minute from one address. */
  requestsPerMinute: number
  /** Addresses of proxies in front, as Express' `trust proxy` takes them. */
  trustProxy: string | false
}

/** The HTTP application: every route goes through the same named steps, and every error through one serializer. */
export function createApp(options: AppOptions): Express {
  const { routes, log, metrics } = options
  const app = express()
  app.disable('x-powered-by')
  app.set('trust proxy', options.trustProxy)
  app.use(
    requestId,
    logRequests(log),
    secureHeaders(options.baseUrl),
    allowOrigins,
    limitRate(options.requestsPerMinute),
  )
  for (const route of routes) {
    app[route.method](route.path, measure(route, metrics), readBody(route), answer(route, options))
  }
  const document = openapiDocument(routes, options)
  app.get('/openapi.json', (_request, response) => void response.json(document))
  app.use('/docs', swaggerUi.serve, swaggerUi.setup(document, { customSiteTitle: 'Assay REST API' }))
  app.use((request) => {
    throw new AssayError('notFound', `There is no ${request.method} ${request.path} here; /docs lists what there is`)
  })
  app.use(problemHandler(log))
  return app
}

const requestId: RequestHandler = (_request, response, next) => {
  response.setHeader('x-request-id', randomUUID())
  next()
}

/** Over plain HTTP (the loopback) a browser must not be told to upgrade: the page at /docs would lose its scripts. */
function secureHeaders(baseUrl: string): RequestHandler {
  if (baseUrl.startsWith('https:')) return helmet()
  return helmet({
    strictTransportSecurity: false,
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
  })
}

/** Any page may call: nothing here goes by cookies or by where a request comes from, and a wallet may be a web page. */
const allowOrigins: RequestHandler = (request, response, next) => {
  response.setHeader('access-control-allow-origin', '*')
  response.setHeader('access-control-expose-headers', 'x-request-id')
  if (request.method !== 'OPTIONS') return next()
  response.setHeader('access-control-allow-methods', 'GET, POST, PATCH')
  response.setHeader('access-control-allow-headers', 'authorization, content-type')
  response.setHeader('access-control-max-age', '86400')
  response.status(204).end()
}

/** A line a request: method, path without query, status, time. */
function logRequests(log: Logger): RequestHandler {
  return pinoHttp({
    logger: log,
    genReqId: (_request, response) => String(response.getHeader('x-request-id')),
    autoLogging: { ignore: (request) => request.url === '/healthz' || request.url === '/readyz' },
    serializers: {
      req: ({ id, method, url }: { id: string; method: string; url: string }) => ({
        id,
        method,
        path: url.split('?')[0],
      }),
      res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
    },
  })
}

function limitRate(requestsPerMinute: number): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: requestsPerMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    handler: (_request, response) => {
      sendProblem(
        response,
        new AssayError('rateLimited', 'Too many requests; the RateLimit header says when to try again'),
      )
    },
  })
}

function measure(route: Route, metrics: Metrics): RequestHandler {
  return (_request, response, next) => {
    const stop = metrics.requestSeconds.startTimer({ method: route.method, route: route.path })
    response.on('finish', () => stop({ status: String(response.statusCode) }))
    next()
  }
}

/** The body as bytes: what a signature covers is what was sent, not what it parses to. */
function readBody(route: Route): RequestHandler {
  return express.raw({ type: () => true, limit: route.bodyLimit ?? DEFAULT_BODY_LIMIT })
}

function answer(route: Route, { authenticate, baseUrl }: AppOptions): RequestHandler {
  return async (request, response) => {
    const bytes: Uint8Array = Buffer.isBuffer(request.body) ? request.body : new Uint8Array()
    const { method, path, headers } = request
    const signed = { method, url: baseUrl + path, authorization: headers.authorization, body: bytes }
    const signer = await authenticate(route.auth, signed)
    const json = route.body && parseJson(bytes)
    const input = {
      params: route.params && parseInput(route.params, request.params, 'address'),
      query: route.query && parseInput(route.query, request.query, 'query'),
      body: route.body && parseInput(route.body, json, 'body'),
      json,
      ...signer,
      request,
      response,
    }
    const result = await route.handle(input)
    response.status(route.status).type(route.mediaType ?? 'application/json')
    response.send(typeof result === 'string' ? result : JSON.stringify(result))
  }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new AssayError('malformed', 'The body is not valid JSON')
  }
}
