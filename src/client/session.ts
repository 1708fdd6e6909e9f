import type { Prover } from '../holder/index.ts'
import { REPUTATION } from '../protocol/claim-schemas.ts'
import type { Clock, RandomBytes, ResolveKeys } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import type { ServiceDescription } from '../protocol/service-description.ts'
import type { Tell } from './events.ts'
import { createRegistryCache, type RegistryCache } from './registry-cache.ts'
import type { ServiceClient } from './service-client.ts'
import type { WalletKeeper } from './wallet-keeper.ts'

export interface ClientEffects {
  clock: Clock
  randomBytes: RandomBytes
  resolveKeys: ResolveKeys
}

/** A wallet in conversation with a service whose registry it trusts. */
export interface Session extends ClientEffects {
  client: ServiceClient
  description: ServiceDescription
  registry: RegistryCache
  wallet: WalletKeeper
  tell: Tell
}

/** A session with the service's reputation ledger. */
export interface LedgerSession extends Session {
  /** The service's DID for its ledger, which the registry trusts with scores. */
  audience: { did: string }
  prover: Prover
}

export interface SessionOptions extends ClientEffects {
  client: ServiceClient
  /** The registry that the wallet trusts. */
  registryId: string
  wallet: WalletKeeper
  /** Default: fetched from the service, and kept in memory. */
  registry?: RegistryCache
  tell?: Tell
}

/**
 * Begins a conversation: asks the service who it is.
 * @throws AssayError `registryInvalid` when the service has another registry
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { client, registryId, registry, tell, ...rest } = options
  const { resolveKeys, clock } = rest
  return {
    ...rest,
    client,
    description: await describeService(client, registryId),
    registry: registry ?? createRegistryCache(client, { registryId, resolveKeys, clock }),
    tell: tell ?? (() => undefined),
  }
}

/**
 * What a service says of itself.
 * @throws AssayError `registryInvalid` when its registry is not `registryId`
 */
export async function describeService(client: ServiceClient, registryId: string): Promise<ServiceDescription> {
  const description = await client.describe()
  if (description.registryId === registryId) return description
  const message = `${client.url} has the registry ${description.registryId}, and ${registryId} is the one trusted here`
  throw new AssayError('registryInvalid', message)
}

/**
 * Turns to the service's ledger. A ledger that the registry does not trust is told no pseudonym.
 * @throws AssayError `untrustedIssuer`
 */
export async function openLedger(session: Session, prover: Prover): Promise<LedgerSession> {
  return { ...session, prover, audience: { did: await trustedLedger(session) } }
}

/** The DID of the service's ledger. @throws AssayError `untrustedIssuer` unless the registry trusts it with scores */
export async function trustedLedger({
  description: { reputation },
  registry,
}: Pick<Session, 'description' | 'registry'>): Promise<string> {
  const { view } = await registry.current()
  if (view.trusts(reputation, REPUTATION)) return reputation
  throw new AssayError('untrustedIssuer', `The registry does not trust ${reputation} for scores`, {
    issuer: reputation,
  })
}

/** The DID of the service's issuer for a schema. @throws AssayError `unknownSchema` */
export function issuerOf(
  { client, description }: { client: Pick<ServiceClient, 'url'>; description: ServiceDescription },
  schema: string,
): string {
  const issuer = description.issuers.find(({ schemas }) => schemas.includes(schema))
  if (issuer !== undefined) return issuer.did
  throw new AssayError('unknownSchema', `${client.url} has no issuer for ${schema}`, { schema })
}
