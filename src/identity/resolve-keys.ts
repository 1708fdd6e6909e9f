import type { Resolvable } from 'did-resolver'
import { zDid } from '../protocol/did.ts'
import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { ed25519KeysOf, type KeyPurpose, zDidDocument } from './read-did-document.ts'

export type ResolveKeysOptions = {
  resolver: Resolvable
  /** Which of a DID's keys count. Default `assertionMethod`: those that may sign statements. */
  purpose?: KeyPurpose
  /** Milliseconds that a resolution may take. Default 5000. */
  timeoutMs?: number
}

/** Of the entries that gave no key, so many are named. */
const MAX_REASONS = 3

/**
 * Resolves DIDs to their Ed25519 keys for a purpose. It throws `didUnresolvable` when a DID is malformed, of an unknown
 * method, not found in time, deactivated, answered with another DID's document, or without such a key.
 */
export function createResolveKeys(options: ResolveKeysOptions): ResolveKeys {
  const { resolver, purpose = 'assertionMethod', timeoutMs = 5_000 } = options
  return async (did) => {
    if (!zDid.safeParse(did).success) throw unresolvable(did, 'it is not a DID')
    const resolution = await withinTime(timeoutMs, (signal) => resolver.resolve(did, { signal })).catch((error) => {
      throw unresolvable(
        did,
        error instanceof Timeout ? `no answer within ${timeoutMs} ms` : 'the resolver failed',
        error,
      )
    })
    const { didResolutionMetadata: metadata, didDocumentMetadata, didDocument } = resolution
    if (metadata.error) throw unresolvable(did, metadata.error)
    if (didDocumentMetadata.deactivated) throw unresolvable(did, 'it is deactivated')
    const document = zDidDocument.safeParse(didDocument)
    if (!document.success) throw unresolvable(did, 'its document is malformed', document.error)
    if (document.data.id !== did) throw unresolvable(did, 'its document is that of another DID')
    const { keys, skipped } = ed25519KeysOf(document.data, purpose)
    if (keys.length === 0) {
      const reasons = skipped.length === 0 ? '' : ` (${skipped.slice(0, MAX_REASONS).join('; ')})`
      throw unresolvable(did, `it lists no Ed25519 key as ${purpose}${reasons}`)
    }
    return keys
  }
}

class Timeout extends Error {}

/** The work is told to stop, and if it does not listen, its caller is not held up. */
async function withinTime<T>(timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Timeout())
      controller.abort()
    }, timeoutMs)
  })
  try {
    return await Promise.race([timeout, work(controller.signal)])
  } finally {
    clearTimeout(timer)
  }
}

function unresolvable(did: string, reason: string, cause?: unknown): AssayError {
  return new AssayError('didUnresolvable', `${did} does not resolve: ${reason}`, { did }, cause)
}
