import { AssayError, type Clock, type ResolveKeys } from '../protocol/index.ts'
import { isLater } from '../registry/cut.ts'
import { type KnownRoots, verifyRoots } from '../registry/known-roots.ts'
import { zPublishedRoots } from '../registry/published.ts'

/** `fetch`, as far as it is used here. */
export type Fetch = (url: string) => Promise<{ ok: boolean; status: number; json(): Promise<unknown> }>

/** The newest root that was seen, so that a restart does not forget it. */
export interface RootMemory {
  load(): Promise<{ number: number; sub: number } | undefined>
  save(newest: { number: number; sub: number }): Promise<void>
}

export interface RootSource {
  /** Where a service of the registry answers, without a slash at the end. It is believed in nothing. */
  service: string
  /** The pinned registry: the hash of its genesis. */
  registryId: string
  resolveKeys: ResolveKeys
  fetch: Fetch
  clock: Clock
  /** For how many seconds roots are kept. Adds to the time until an urgent revocation takes effect. */
  keepSeconds: number
  /** Where the newest root is kept. By default in this process alone. */
  memory?: RootMemory
}

/**
 * The witness-signed roots of a registry, over HTTP. The service can withhold them, but not make them: genesis and statements
 * are checked against the pinned id. Nor can it take back one that was shown here, or a root that an urgent one ended would
 * live again.
 * @throws AssayError `unavailable` when the service does not answer; `registryInvalid`, `notEnoughSignatures`
 */
export function fetchRoots({ service, registryId, resolveKeys, fetch, clock, keepSeconds, memory }: RootSource) {
  let newest: { number: number; sub: number } | undefined
  let isLoaded = memory === undefined
  let kept: { at: number; known: Promise<KnownRoots> } | undefined

  async function load(): Promise<KnownRoots> {
    const parsed = zPublishedRoots.safeParse(await fetchJson(fetch, `${service}/v1/registry/roots`))
    if (!parsed.success) throw new AssayError('registryInvalid', 'The registry’s published roots can’t be read')
    const { genesis, ...statements } = parsed.data
    const known = await verifyRoots(statements, { registryId, genesis, resolveKeys })
    await remember(known.roots.at(-1))
    return known
  }

  async function remember(shown: { number: number; sub: number } | undefined): Promise<void> {
    if (!isLoaded) newest = await memory!.load()
    isLoaded = true
    if (newest !== undefined && (shown === undefined || isLater(newest, shown))) {
      const now = shown === undefined ? 'none' : `${shown.number}.${shown.sub}`
      const message = `The registry showed root ${newest.number}.${newest.sub} before, and now ${now} as its newest`
      throw new AssayError('registryInvalid', message)
    }
    if (shown === undefined || (newest !== undefined && !isLater(shown, newest))) return
    newest = { number: shown.number, sub: shown.sub }
    await memory?.save(newest)
  }

  return async (): Promise<KnownRoots> => {
    const now = clock()
    if (kept === undefined || now - kept.at >= keepSeconds) {
      const known = load()
      kept = { at: now, known }
      // a failure is not kept: the next caller tries again
      known.catch(() => {
        if (kept?.known === known) kept = undefined
      })
    }
    return kept.known
  }
}

async function fetchJson(fetch: Fetch, url: string): Promise<unknown> {
  const failed = (cause: unknown) => new AssayError('unavailable', `The registry at ${url} does not answer`, {}, cause)
  const response = await fetch(url).catch((cause: unknown) => {
    throw failed(cause)
  })
  if (!response.ok) throw failed(response.status)
  return response.json().catch((cause: unknown) => {
    throw failed(cause)
  })
}
