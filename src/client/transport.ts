import * as z from 'zod'
import type { DidSigner, SessionSigner } from '../protocol/did-signer.ts'
import type { Clock, RandomBytes } from '../protocol/effects.ts'
import { AssayError, type ErrorCode, errorCodes } from '../protocol/errors.ts'
import { signRequest, signSessionRequest } from '../protocol/sign-request.ts'

/** How a client reaches a service: nothing here is Node's alone, so a page can give its own `fetch`. */
export interface TransportEffects {
  fetch: typeof globalThis.fetch
  clock: Clock
  randomBytes: RandomBytes
  /** Milliseconds that one call may take. Default 30,000. */
  timeoutMs?: number
}

export interface Call {
  method: 'GET' | 'POST' | 'PATCH'
  /** Path and query, from `/v1` on. */
  path: string
  body?: unknown
  /** Signs the call for a DID (it has one), or by a session key. */
  signer?: DidSigner | SessionSigner
}

/** Sends a call and gives back its JSON, or the text of an answer that is none. */
export type Transport = (call: Call) => Promise<unknown>

const TIMEOUT_MS = 30_000

/** A code of the catalogue: a service that is newer may have others. */
export const zErrorCode = z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]])

/** What matters of a problem details document (RFC 9457). */
const zProblem = z.looseObject({
  code: zErrorCode,
  detail: z.string().max(4000),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
})

/**
 * A transport to one service. A problem that the service reports becomes the AssayError of the same code.
 * @throws AssayError `malformed` when the URL is not `http(s)://host`, without a path
 */
export function createTransport(serviceUrl: string, effects: TransportEffects): Transport {
  const base = originOf(serviceUrl)
  return async (call) => {
    const url = base + call.path
    const body = call.body === undefined ? undefined : new TextEncoder().encode(JSON.stringify(call.body))
    const headers: Record<string, string> = { accept: 'application/json, application/problem+json' }
    if (body !== undefined) headers['content-type'] = 'application/json'
    if (call.signer !== undefined) headers.authorization = await authorize(call.signer, call.method, url, body, effects)
    const { response, text } = await send(url, { method: call.method, headers, ...(body && { body }) }, effects)
    if (!response.ok) throw problemOf(response, text, base)
    const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '')
    return isJson ? parseJson(text, base) : text
  }
}

/** Scheme and host of a service, as signatures name it. @throws AssayError `malformed` */
export function originOf(serviceUrl: string): string {
  if (URL.canParse(serviceUrl)) {
    const { protocol, origin, href } = new URL(serviceUrl)
    if (/^https?:$/.test(protocol) && href === `${origin}/`) return origin
  }
  throw new AssayError('malformed', 'A service is named by scheme and host alone, as in https://assay.example')
}

function authorize(
  signer: DidSigner | SessionSigner,
  method: string,
  url: string,
  body: Uint8Array | undefined,
  { clock, randomBytes }: TransportEffects,
): Promise<string> {
  const options = { now: clock(), randomBytes }
  return 'did' in signer
    ? signRequest({ method, url, body }, signer, options)
    : signSessionRequest({ method, url, body }, signer, options)
}

async function send(url: string, init: RequestInit, { fetch, timeoutMs = TIMEOUT_MS }: TransportEffects) {
  try {
    // a redirect would carry a signed request to somewhere else
    const response = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) })
    return { response, text: await response.text() }
  } catch (cause) {
    const { origin } = new URL(url)
    const reason =
      cause instanceof Error && cause.name === 'TimeoutError' ? `no answer in ${timeoutMs / 1000} s` : 'no connection'
    const message = `${origin} can't be reached (${reason}): check the URL, and that the service runs there`
    throw new AssayError('unavailable', message, { service: origin }, cause)
  }
}

function problemOf(response: Response, text: string, base: string): AssayError {
  const parsed = zProblem.safeParse(tryJson(text))
  if (parsed.success) return new AssayError(parsed.data.code, parsed.data.detail, parsed.data.facts ?? {})
  const message = `${base} answered ${response.status} and no problem details: is it an Assay service?`
  return new AssayError('unavailable', message, { service: base, status: response.status })
}

function parseJson(text: string, base: string): unknown {
  const value = tryJson(text)
  if (value === undefined) throw new AssayError('unavailable', `${base} answered something that is not JSON`)
  return value
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
