import type { IAgentContext, IResolver } from '@veramo/core'
import type { ServiceClient, VerifiedRegistry } from '../holder/index.ts'
import { createResolveKeys } from '../identity/index.ts'
import {
  AssayError,
  type Clock,
  intervalNumber,
  REPUTATION,
  type ResolveKeys,
  type ServiceDescription,
} from '../protocol/index.ts'

/** What a method runs in: Veramo's context of an agent that resolves DIDs. */
export type Context = IAgentContext<IResolver>

/** The keys by which DIDs sign, as the agent itself resolves them. */
export function resolveWith({ agent }: Context): ResolveKeys {
  return createResolveKeys({
    resolver: { resolve: (didUrl, options) => agent.resolveDid({ didUrl, ...(options && { options }) }) },
  })
}

/** A service, and the registry that is trusted. */
export interface ServiceAccess {
  client: ServiceClient
  /** @throws AssayError `registryInvalid` when the service has another registry */
  describe(): Promise<ServiceDescription>
  /** The registry as it was fetched less than `keepSeconds` ago, while verifiers take its root, or fetched now. */
  registry(context: Context): Promise<VerifiedRegistry>
  /** The registry, fetched now. */
  freshRegistry(context: Context): Promise<VerifiedRegistry>
}

/**
 * Access to a service under a pinned registry id. The registry is kept for a while: one that is fetched each time just
 * before something is proved tells the service when its holder proves.
 */
export function openServiceAccess(
  client: ServiceClient,
  { registryId, keepSeconds, clock }: { registryId: string; keepSeconds: number | undefined; clock: Clock },
): ServiceAccess {
  let kept: { registry: VerifiedRegistry; at: number } | undefined

  function isUsable({ registry: { view }, at }: NonNullable<typeof kept>): boolean {
    const { number, intervalSeconds } = view
    const isCurrent = intervalNumber(clock(), intervalSeconds) - number <= 1
    return isCurrent && clock() - at < (keepSeconds ?? intervalSeconds)
  }

  async function freshRegistry(context: Context): Promise<VerifiedRegistry> {
    const registry = await client.registry({ registryId, resolveKeys: resolveWith(context) })
    kept = { registry, at: clock() }
    return registry
  }

  return {
    client,
    describe: async () => {
      const description = await client.describe()
      if (description.registryId === registryId) return description
      const message = `${client.url} has the registry ${description.registryId}, and ${registryId} is pinned`
      throw new AssayError('registryInvalid', message)
    },
    registry: async (context) => {
      return kept !== undefined && isUsable(kept) ? kept.registry : freshRegistry(context)
    },
    freshRegistry,
  }
}

/**
 * The DID of the service's reputation ledger, if the registry trusts it with scores.
 * @throws AssayError `registryInvalid`, `untrustedIssuer`
 */
export async function reputationOf(access: ServiceAccess, context: Context): Promise<string> {
  const [{ reputation }, { snapshot }] = await Promise.all([access.describe(), access.registry(context)])
  const isTrusted = snapshot.leaves.some(({ issuer, schema, state }) => {
    return issuer === reputation && schema === REPUTATION && state === 'active'
  })
  if (isTrusted) return reputation
  throw new AssayError('untrustedIssuer', `The registry does not trust ${reputation} for scores`, {
    issuer: reputation,
  })
}
