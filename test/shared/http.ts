import { randomBytes as nodeRandomBytes } from 'node:crypto'
import type { RandomBytes } from '../../src/protocol/index.ts'
import { type DidSigner, type SessionSigner, signRequest, signSessionRequest } from '../../src/protocol/index.ts'
import { zProblem } from '../../src/server/problem.ts'

export const randomBytes: RandomBytes = (length) => new Uint8Array(nodeRandomBytes(length))
export const nowSeconds = () => Math.floor(Date.now() / 1000)

export interface Sent {
  method?: string
  /** Sent as JSON, or as it is when it is a string or bytes. */
  body?: unknown
  /** Signs for a DID, or by a session key. */
  signer?: DidSigner | SessionSigner
  /** The signer's clock, in seconds. */
  signedAt?: number
  headers?: Record<string, string>
}

export interface Answer {
  status: number
  headers: Headers
  text: string
  /** The text as JSON; undefined when it is none. */
  json: unknown
}

/** One real HTTP request, signed where asked, whatever its answer. */
export async function send(url: string, { method, body, signer, signedAt, headers }: Sent = {}): Promise<Answer> {
  const bytes = body === undefined ? undefined : bytesOf(body)
  const verb = method ?? (bytes === undefined ? 'GET' : 'POST')
  const authorization = signer && (await authorize(signer, verb, url, bytes, signedAt))
  const response = await fetch(url, {
    method: verb,
    ...(bytes && { body: bytes as Uint8Array<ArrayBuffer> }),
    headers: { 'content-type': 'application/json', ...(authorization && { authorization }), ...headers },
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: jsonOf(text) }
}

/** The value of the Authorization header. */
export function authorize(
  signer: DidSigner | SessionSigner,
  method: string,
  url: string,
  body?: Uint8Array,
  now = nowSeconds(),
): Promise<string> {
  const options = { now, randomBytes }
  return 'did' in signer
    ? signRequest({ method, url, body }, signer, options)
    : signSessionRequest({ method, url, body }, signer, options)
}

/** The problem details of a refusal, checked against their schema and their own status. */
export function problemOf({ status, headers, json }: Answer) {
  const problem = zProblem.parse(json)
  if (headers.get('content-type') !== 'application/problem+json; charset=utf-8') throw new Error('not a problem')
  if (problem.status !== status) throw new Error(`a problem of ${problem.status} came with ${status}`)
  if (problem.requestId !== headers.get('x-request-id')) throw new Error('a problem of another request')
  return problem
}

function bytesOf(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body
  return new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body))
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
