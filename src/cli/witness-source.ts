import * as z from 'zod'
import { createTransport } from '../client/index.ts'
import { AssayError } from '../protocol/index.ts'
import {
  type Genesis,
  type RegistrySource,
  type RootSignature,
  zPublishedLog,
  zRootSignature,
  zStatusUpdate,
} from '../registry/index.ts'
import { clock, randomBytes } from './effects.ts'
import { UsageError } from './exit-codes.ts'

/** A service's registry as a witness elsewhere reads it, and hands in its signatures. */
export interface WitnessSource extends RegistrySource {
  url: string
  /** The genesis that the service serves; its caller compares it with the registry id. */
  genesis(): Promise<Genesis>
  deliver(signature: RootSignature): Promise<void>
}

/** The registry of the service at a URL. Calls end with `signal`. */
export function createWitnessSource(url: string, signal: AbortSignal): WitnessSource {
  if (!URL.canParse(url)) throw new UsageError(`${url} is not a URL: name the service as in http://127.0.0.1:8787`)
  const base = url.replace(/\/$/, '')
  const call = createTransport(base, { fetch: fetchUntil(signal), clock, randomBytes })
  const get = (path: string) => call({ method: 'GET', path })
  const log = async () => parse(zPublishedLog, await get('/v1/registry/log'), 'log')
  return {
    url: base,
    genesis: async () => (await log()).genesis,
    entries: async () => (await log()).entries,
    pending: () => get('/v1/registry/cut'),
    update: async ({ issuer, list, seq }) => {
      const query = new URLSearchParams({ issuer, list: String(list), seq: String(seq) })
      return parse(zStatusUpdate, await get(`/v1/registry/update?${query}`), 'status list')
    },
    deliver: async ({ number, sub, signature }) => {
      const body = zRootSignature.parse({ number, sub, signature })
      await call({ method: 'POST', path: '/v1/registry/signatures', body })
    },
  }
}

/** `fetch` that ends with a signal too. (`AbortSignal.any` leaks in Node 20, and a witness calls for months.) */
function fetchUntil(signal: AbortSignal): typeof fetch {
  return async (input, init) => {
    const either = new AbortController()
    const timeout = init?.signal
    const onTimeout = () => either.abort(timeout?.reason)
    const onStop = () => either.abort(signal.reason)
    timeout?.addEventListener('abort', onTimeout, { once: true })
    signal.addEventListener('abort', onStop, { once: true })
    if (signal.aborted) onStop()
    try {
      return await globalThis.fetch(input, { ...init, signal: either.signal })
    } finally {
      signal.removeEventListener('abort', onStop)
    }
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, json: unknown, what: string): z.output<Schema> {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  throw new AssayError('malformed', `The service's ${what} is malformed: ${z.prettifyError(parsed.error)}`)
}
