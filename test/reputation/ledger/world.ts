import { createIssuer, issueClaims } from '../../../src/issuer/index.ts'
import {
  COMPUTE,
  type Credential,
  ed25519FromDidKey,
  type ProofRequest,
  REPUTATION,
  type ResolveKeys,
  toBase64url,
  UPTIME,
} from '../../../src/protocol/index.ts'
import {
  applyLedgerEntry,
  emptyState,
  type JoinProposal,
  type Ledger,
  type LedgerEntry,
  type LedgerService,
  type LedgerTx,
  openLedgerSettings,
  type Proposal,
  proposedRequest,
  type RungMicro,
  recordPresentation,
  type ScoreOutcome,
} from '../../../src/reputation/index.ts'
import { createAcceptanceStore } from '../../../src/storage/acceptance-store.ts'
import type { Database, Db } from '../../../src/storage/database.ts'
import { createIssuerStore } from '../../../src/storage/issuer-store.ts'
import { createLedgerStore } from '../../../src/storage/ledger-store.ts'
import { createProofRequest, type Presented } from '../../../src/verifier/index.ts'
import { digest, party, testCredential, testRegistry } from '../../shared/proof-fixture.ts'
import { committedKey } from '../../verifier/scenario.ts'

/** A reputation service on a test's database, holders with credentials, and a registry that trusts their issuers. */

export const EPOCH_SECONDS = 3600
/** The epoch in which tests begin. */
export const EPOCH = 500_000
export const NOW = EPOCH * EPOCH_SECONDS + 100
/** The registry's step and interval, in seconds. */
export const STEP = 3600
export const INTERVAL = 300
export const REGISTRY = toBase64url(digest('a registry'))
export const reputation = party('reputation')
export const resolveKeys: ResolveKeys = async (did) => [ed25519FromDidKey(did)]
export const by = { signer: reputation.did, resolveKeys }

const lasting = { expiresAt: NOW + 30 * 86_400 }

const measured = (value: number) => ({ value: BigInt(value), source: 'measured' as const })

export function compute(holder: string): Credential {
  const stated = {
    ramMiB: measured(16_384),
    gops: measured(50),
    memoryMBps: measured(10_000),
    cores: { value: 4n, source: 'selfReported' as const },
  }
  return testCredential({ ...lasting, issuer: 'lab', schema: COMPUTE, holder, stated })
}

/** Up for 99.1 % of an epoch; the device is known since `EPOCH - 10`. */
export function uptime(holder: string, epoch: number): Credential {
  const counts = { epoch: measured(epoch), upSlots: measured(280), downSlots: measured(0), monitors: measured(1) }
  const shares = { uptimeMicro: measured(991_000), uptime30Micro: measured(990_000) }
  const past = { firstEpoch: measured(EPOCH - 10), inheritedSilence: measured(0) }
  return testCredential({
    ...lasting,
    issuer: 'monitor',
    schema: UPTIME,
    holder,
    stated: { ...counts, ...shares, ...past },
  })
}

export const registry = testRegistry([compute('alice'), uptime('alice', EPOCH - 3)])

export interface TestLedger extends LedgerService<Db> {
  /** What the clock shows. */
  at: { now: number }
}

/** A reputation service. Its nonces depend on `name` and their order alone, so that proofs for them are made once. */
export async function ledgerOn(database: Database, name: string, now = NOW): Promise<TestLedger> {
  const at = { now }
  const store = createLedgerStore(database)
  const known = { registry: REGISTRY, intervalSeconds: INTERVAL, stepSeconds: STEP }
  const roots = () => [{ number: Math.floor(at.now / INTERVAL), sub: 0, root: registry.root }]
  let drawn = 0
  const randomBytes = (length: number) => {
    drawn += 1
    return digest(`${name} ${drawn}`).slice(0, length)
  }
  const schemas = { [REPUTATION]: { sourceCap: 2, renewalSeconds: 4 * 86_400, lifetimeSeconds: 7 * 86_400 } }
  const issuer = createIssuer(
    {
      did: reputation.did,
      kid: `${reputation.did}#key`,
      baseUrl: 'https://reputation.example',
      stepSeconds: STEP,
      allowSelfReported: false,
      schemas,
    },
    { sign: reputation.sign, circuitKey: digest('circuit key reputation') },
  )
  return {
    at,
    did: reputation.did,
    sign: reputation.sign,
    store,
    settings: await openLedgerSettings(store, { epochSeconds: EPOCH_SECONDS, now: NOW }),
    registry: REGISTRY,
    verifier: {
      key: await committedKey(),
      store: createAcceptanceStore(database),
      roots: async () => ({ ...known, roots: roots() }),
      clock: () => at.now,
      resolveKeys,
    },
    issueScore: (request) => issueClaims({ issuer, store: createIssuerStore(database), randomBytes }, request),
    randomBytes,
  }
}

/** A proposal for one epoch of one device. */
export function uptimeProposal(epoch: number, join?: JoinProposal, rungMicro: RungMicro = 990_000): Proposal {
  const source = 'measured' as const
  const ranges = { gops: { source }, ramMiB: { min: '8192', source } }
  return {
    kind: 'uptime',
    hardware: { schema: COMPUTE, ranges },
    uptime: { epoch, rungMicro },
    ...(join === undefined ? {} : { join }),
  }
}

/** How the first device joins in `EPOCH`, as early as it can. */
export const FIRST_JOIN: JoinProposal = { joinEpoch: EPOCH - 3, inheritedSilence: 0 }
/** How a later device joins in `EPOCH`. */
export const LATER_JOIN: JoinProposal = { joinEpoch: EPOCH + 1 }

export function requestOf(service: LedgerService<Db>, proposal: Proposal): ProofRequest {
  const options = {
    ...proposedRequest(proposal),
    audience: { did: service.did },
    circuit: service.verifier.key.circuit,
    registry: REGISTRY,
  }
  return createProofRequest(options, {
    now: service.verifier.clock(),
    stepSeconds: STEP,
    randomBytes: service.randomBytes,
  })
}

/** What the verifier makes of an accepted presentation that answers a proposal. */
export function presented(
  service: LedgerService<Db>,
  proposal: Proposal,
  { pseudonym, device, session = 'session' }: { pseudonym: bigint; device: bigint; session?: string },
): Presented {
  const request = requestOf(service, proposal)
  return {
    request,
    pseudonym,
    devicePseudonyms: request.policies.map(() => device),
    signals: [],
    recipient: session,
    presentationHash: 'hash',
  }
}

/** Enters an accepted presentation, in a transaction of its own. */
export function record(service: TestLedger, accepted: Presented, clockConfirmed = true): Promise<ScoreOutcome> {
  const { settings, at, store } = service
  return store.transaction((tx: LedgerTx) => {
    const options = { settings, now: at.now, capabilitySeconds: 30 * 86_400, clockConfirmed }
    return recordPresentation(tx, accepted, options)
  })
}

/** The ledger as it is stored, entries in no particular order. */
export async function storedLedger({ store, settings }: TestLedger, pseudonym: bigint): Promise<Ledger> {
  const entries = await store.entries(pseudonym, 4_294_967_295)
  const voids = (await store.voids()).map(({ epoch, declaredAt }) => ({ epoch, declaredAt }))
  return { pseudonym: String(pseudonym), settings, entries, voids }
}

export function replay({ settings }: TestLedger, entries: readonly LedgerEntry[]) {
  const state = emptyState(settings)
  for (const entry of entries) applyLedgerEntry(state, entry)
  return state
}
