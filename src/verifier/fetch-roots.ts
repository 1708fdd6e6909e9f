import { AssayError, type Clock, type ResolveKeys } from '../protocol/index.ts'
import { zPublishedRoots } from '../registry/published.ts'
import { verifyStatements } from '../registry/root-windows.ts'
import type { KnownRoots } from './verifier.ts'

/** `fetch`, as far as it is used here. */
export type Fetch = (url: string) => Promise<{ ok: boolean; status: number; json(): Promise<unknown> }>

export interface RootSource {
  /** Where a service of the registry answers, without a slash at the end. It is believed in nothing. */
  service: string
  /** The pinned registry: the hash of its genesis. */
  registryId: string
  resolveKeys: ResolveKeys
  fetch: Fetch
  clock: Clock
  /** For how many seconds roots are kept. Adds to the time until a revocation takes effect. */
  keepSeconds: number
}

/**
 * The witness-signed roots of a registry, over HTTP. The service can withhold them, which `maxAge` limits, but not make
 * them: genesis and statements are checked against the pinned id. Nor can it take back one that was shown here, lest a root
 * that was ended at once live again.
 * @throws AssayError `unavailable` when the service does not answer; `registryInvalid`, `notEnoughSignatures`
 */
export function fetchRoots({ service, registryId, resolveKeys, fetch, clock, keepSeconds }: RootSource) {
  let newest = 0
  let kept: { at: number; known: Promise<KnownRoots> } | undefined

  async function load(): Promise<KnownRoots> {
    const parsed = zPublishedRoots.safeParse(await fetchJson(fetch, `${service}/v1/registry/roots`))
    if (!parsed.success) throw new AssayError('registryInvalid', 'The registry’s published roots can’t be read')
    const { genesis, ...statements } = parsed.data
    const windows = await verifyStatements(statements, { registryId, genesis, resolveKeys })
    const seq = statements.statements.at(-1)!.seq
    if (seq < newest)
      throw new AssayError(
        'registryInvalid',
        `The registry showed root statement ${newest} before, and now ${seq} as its newest`,
      )
    newest = seq
    return { registry: registryId, windows }
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
