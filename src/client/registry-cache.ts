import type { Clock } from '../protocol/effects.ts'
import { intervalNumber } from '../protocol/time.ts'
import type { RegistryView } from '../registry/index.ts'
import type { RegistryPin, ServiceClient, VerifiedRegistry } from './service-client.ts'

/**
 * The registry as a holder has it. A registry that is fetched just before each presentation tells its service when the
 * holder presents, so it is cached.
 */
export interface RegistryCache {
  /** The copy, while verifiers accept its root; else it is fetched. */
  current(): Promise<VerifiedRegistry>
  /** Fetches the registry now. `current` gives this one from then on. */
  fetch(): Promise<VerifiedRegistry>
}

/** Whether verifiers accept a registry's root: it is of this interval or of the one before. `now` is in seconds. */
export function isAccepted({ number, intervalSeconds }: RegistryView, now: number): boolean {
  return intervalNumber(now, intervalSeconds) - number <= 1
}

/**
 * Keeps the registry of a service in memory, for as long as verifiers accept its root and no longer than `keepSeconds`
 * (default: an interval).
 */
export function createRegistryCache(
  client: Pick<ServiceClient, 'registry'>,
  { clock, keepSeconds, ...pin }: RegistryPin & { clock: Clock; keepSeconds?: number | undefined },
): RegistryCache {
  let kept: { registry: VerifiedRegistry; at: number } | undefined

  async function fetch(): Promise<VerifiedRegistry> {
    const registry = await client.registry(pin)
    kept = { registry, at: clock() }
    return registry
  }

  return {
    fetch,
    current: async () => {
      if (kept === undefined) return fetch()
      const { registry, at } = kept
      const isFresh = clock() - at < (keepSeconds ?? registry.view.intervalSeconds)
      return isFresh && isAccepted(registry.view, clock()) ? registry : fetch()
    },
  }
}
