import type { Logger } from 'pino'
import type { HeartbeatSettings, PreparedMeasuringKey } from '../evidence/index.ts'
import {
  type Agent,
  createAgent,
  createResolveKeys,
  createResolver,
  createSecretBox,
  type IdentityStores,
} from '../identity/index.ts'
import type { ChallengeStore, Issuer, IssuerStore } from '../issuer/index.ts'
import type { Clock, RandomBytes, ResolveKeys } from '../protocol/index.ts'
import { createRegistry, type Registry } from '../registry/index.ts'
import type { LedgerService } from '../reputation/index.ts'
import { createAcceptanceStore } from '../storage/acceptance-store.ts'
import { loadVerifyingArtifacts } from '../storage/circuit-artifacts.ts'
import { createIdentityStores } from '../storage/create-identity-stores.ts'
import { createChallengeStore, createHeartbeatStore } from '../storage/evidence-store.ts'
import { type Database, type Db, openDatabase } from '../storage/index.ts'
import { createIssuerStore } from '../storage/issuer-store.ts'
import { createRegistryStore } from '../storage/registry-store.ts'
import { loadVerificationKey, type Verifier } from '../verifier/index.ts'
import { type Authenticate, createAuthenticate } from './authenticate.ts'
import type { ServiceConfig } from './config.ts'
import { fastNodeHash } from './fast-node-hash.ts'
import { foundersOf } from './founders.ts'
import { createKnownRoots } from './known-roots.ts'
import { createMeasuringKeys } from './measuring-keys.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { openKmsSecret, openOperators } from './open-keys.ts'
import { openLedgerService } from './open-ledger.ts'
import { bootClock, openWitness } from './open-witness.ts'
import { type IssuerRole, openIssuers } from './own-issuers.ts'
import { type Publisher, publishAtStart } from './publish-registry.ts'
import { knowingOwnDids, openServiceDids, type Role, type RoleDid } from './service-dids.ts'

/** What a service needs of the world. */
export interface ServiceEffects {
  /** Where clients reach it: scheme and host. */
  baseUrl: string
  log: Logger
  /** Milliseconds since the Unix epoch. */
  clockMs: () => number
  randomBytes: RandomBytes
}

/** Everything that routes and loops work with. It listens nowhere. */
export interface Service extends ServiceEffects {
  config: ServiceConfig
  metrics: Metrics
  database: Database
  /** Seconds. */
  clock: Clock
  agent: Agent
  identityStores: IdentityStores
  /** Keys by which DIDs sign statements; this service's own are known without asking anyone. */
  resolveKeys: ResolveKeys
  authenticate: Authenticate
  dids: Record<Role, RoleDid>
  operators: ReadonlySet<string>
  registry: Registry
  publisher: Publisher
  issuers: Record<IssuerRole, Issuer>
  issuerStore: IssuerStore
  challenges: ChallengeStore
  heartbeats: ReturnType<typeof createHeartbeatStore>
  /** How time is cut into slots and epochs. */
  settings: HeartbeatSettings
  /** The measuring key of the epoch of a moment in milliseconds. */
  measuringKey: (atMs: number) => Promise<PreparedMeasuringKey>
  verifier: Verifier<Db>
  ledger: LedgerService<Db>
  close: () => Promise<void>
}

/**
 * Opens a service: database, DIDs, registry, issuers, verifier. At the first start it makes them, with a registry of its
 * own that trusts its own issuers. A start that was killed half-way is taken up by the next; processes that start at once
 * on one database end up with the same DIDs and the same registry.
 * @throws AssayError `configInvalid`, `folderInUse`, `unavailable`, `developmentKey` (in production), `artifactCorrupt`
 */
export async function createService(config: ServiceConfig, effects: ServiceEffects): Promise<Service> {
  const target = config.databaseUrl === undefined ? { dataFolder: config.dataFolder } : { url: config.databaseUrl }
  const onConnectionLost = (error: Error) => effects.log.warn({ err: error }, 'a database connection was lost')
  // before anything is written: a service that must not run leaves nothing behind
  const key = await loadKey(config)
  const database = await openDatabase(target, { onConnectionLost })
  try {
    return await openService(config, effects, database, key)
  } catch (error) {
    await database.close()
    throw error
  }
}

async function openService(
  config: ServiceConfig,
  effects: ServiceEffects,
  database: Database,
  key: Verifier<Db>['key'],
): Promise<Service> {
  const { clockMs, randomBytes, baseUrl } = effects
  const clock = () => Math.floor(clockMs() / 1000)
  const { db } = database
  const identityStores = await createIdentityStores(db, createSecretBox(openKmsSecret(config, randomBytes)))
  const resolver = createResolver()
  const agent = createAgent(identityStores, { resolver })
  const dids = await openServiceDids(agent, config)
  const resolveKeys = knowingOwnDids(dids, createResolveKeys({ resolver }))
  const { secrets, usedTokens } = identityStores
  const { skewSeconds, intervalSeconds, stepSeconds } = config
  const authenticate = createAuthenticate({
    resolveKeys: createResolveKeys({ resolver, purpose: 'authentication' }),
    usedTokens,
    clock,
    skewSeconds,
  })
  const { governor } = dids
  const witness = await openWitness(dids.witness, { secrets, randomBytes })
  const store = createRegistryStore(db)
  const registry = await createRegistry(
    {
      store,
      clock,
      bootClock,
      resolveKeys,
      witnesses: [witness],
      hash: await fastNodeHash(),
    },
    { ...foundersOf(config, { governor, witness }, await store.genesis()), intervalSeconds, stepSeconds },
  )
  const issuerStore = createIssuerStore(database)
  const issuers = await openIssuers(dids, { secrets, store: issuerStore, randomBytes }, { ...config, baseUrl })
  const publisher = {
    registry,
    store: issuerStore,
    issuers: Object.values(issuers),
    governors: [governor],
  }
  await publishAtStart(publisher, effects.log)
  const { slotSeconds, slotsPerEpoch, replyWindowMs, measurementSize } = config
  const settings = { slotSeconds, slotsPerEpoch, replyWindowMs }
  const verifier = {
    key,
    store: createAcceptanceStore(database),
    roots: createKnownRoots(registry, { clock, skewSeconds }),
    clock,
    limits: { skewSeconds },
    resolveKeys,
  }
  const ledger = await openLedgerService({
    database,
    identity: dids.reputation,
    issuer: issuers.reputation,
    issuerStore,
    verifier,
    registryId: registry.registryId,
    epochSeconds: slotSeconds * slotsPerEpoch,
    requestLifetimeSeconds: config.requestLifetimeSeconds,
    capabilitySeconds: config.hardwareLifetimeSeconds,
    randomBytes,
  })
  return {
    ...effects,
    config,
    metrics: createMetrics(),
    database,
    clock,
    agent,
    identityStores,
    resolveKeys,
    authenticate,
    dids,
    operators: openOperators(config, randomBytes),
    registry,
    publisher,
    issuers,
    issuerStore,
    challenges: createChallengeStore(db),
    heartbeats: createHeartbeatStore(db),
    settings,
    measuringKey: createMeasuringKeys({ settings, n: measurementSize }, { secrets, randomBytes }),
    verifier,
    ledger,
    close: () => database.close(),
  }
}

async function loadKey({ production }: ServiceConfig): Promise<Verifier<Db>['key']> {
  const { record, verificationKey } = await loadVerifyingArtifacts()
  return loadVerificationKey({ key: verificationKey, record, circuit: record.id, production })
}
