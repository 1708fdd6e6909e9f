import type { IAgentContext, IResolver } from '@veramo/core'
import { createRegistryCache, describeService, type RegistryCache, type ServiceClient } from '../client/index.ts'
import { createResolveKeys } from '../identity/index.ts'
import type { Clock, ResolveKeys, ServiceDescription } from '../protocol/index.ts'

/** What a method runs in: Veramo's context of an agent that resolves DIDs. */
export type Context = IAgentContext<IResolver>

/** The keys by which DIDs sign, as the agent itself resolves them. */
export function resolveWith({ agent }: Context): ResolveKeys {
  return createResolveKeys({
    resolver: { resolve: (didUrl, options) => agent.resolveDid({ didUrl, ...(options && { options }) }) },
  })
}

/** A service, and the registry that is trusted. */
export interface PinnedService {
  client: ServiceClient
  registryId: string
  /** @throws AssayError `registryInvalid` when the service has another registry */
  describe(): Promise<ServiceDescription>
  /** The registry, kept for a while: see `RegistryCache`. */
  registry(context: Context): RegistryCache
}

/** Access to a service under a pinned registry id. */
export function openServiceAccess(
  client: ServiceClient,
  { registryId, keepSeconds, clock }: { registryId: string; keepSeconds: number | undefined; clock: Clock },
): PinnedService {
  let source: RegistryCache | undefined
  return {
    client,
    registryId,
    describe: () => describeService(client, registryId),
    registry: (context) => {
      source ??= createRegistryCache(client, { registryId, resolveKeys: resolveWith(context), clock, keepSeconds })
      return source
    },
  }
}
