import { concatBytes } from '@noble/hashes/utils.js'
import type { DIDResolver } from 'did-resolver'
import { didWebLocation } from './did-web.ts'

export type FetchDocument = typeof globalThis.fetch

const MAX_BYTES = 65_536

/** Where the caller set no limit of its own. */
const TIMEOUT_MS = 5_000

/**
 * Resolves did:web over https (https://w3c-ccg.github.io/did-method-web/). Anyone can name a DID and make a service fetch
 * it, so, unlike the well-known resolver, this one ends at its signal, follows no redirect, reads 64 KiB at most and asks
 * only hosts that `allowHost` admits.
 */
export function createDidWebResolver(fetch: FetchDocument, allowHost: (host: string) => boolean): DIDResolver {
  return async (did, _parsed, _resolver, options) => {
    const location = didWebLocation(did)
    if (location === undefined) return failure('invalidDid', 'The DID is not a did:web')
    if (!allowHost(location.host)) return failure('notFound', 'Documents of this host are not fetched')
    try {
      const signal = (options.signal as AbortSignal | undefined) ?? AbortSignal.timeout(TIMEOUT_MS)
      const url = `https://${location.host}${location.path}`
      const response = await fetch(url, { signal, redirect: 'error', headers: { accept: 'application/json' } })
      if (!response.ok) return failure('notFound', `The host answered ${response.status}`)
      const didDocument = JSON.parse(await readLimited(response))
      return { didDocument, didDocumentMetadata: {}, didResolutionMetadata: { contentType: 'application/did+json' } }
    } catch (error) {
      return failure('notFound', error instanceof Error ? error.message : String(error))
    }
  }
}

/**
 * Public names only: a name with a dot that is no IP address (the method forbids those) and not kept for private networks.
 * A name that points to a private address still passes: keep the service's outgoing connections behind a firewall.
 */
export function isPublicHost(host: string): boolean {
  const name = host.replace(/:[0-9]+$/, '').toLowerCase()
  if (/(^|\.)(localhost|local|internal|home\.arpa)$/.test(name)) return false
  return /\.[a-z][a-z0-9-]*$/.test(name)
}

async function readLimited(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > MAX_BYTES) throw new Error(`The document is larger than ${MAX_BYTES} bytes`)
    chunks.push(chunk)
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(concatBytes(...chunks))
}

function failure(error: string, message: string) {
  return { didDocument: null, didDocumentMetadata: {}, didResolutionMetadata: { error, message } }
}
