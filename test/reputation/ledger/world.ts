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
  applyEntry,
  emptyState,
  type Ledger,
  type LedgerEntry,
  type LedgerService,
  type LedgerTx,
  openLedgerSettings,
  type Proposal,
  proposedRequest,
  type RungMicro,
  recordPresentation,
  type ScoreResult,
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
export const REGISTRY = toBase64url(digest('a registry'))
export const reputation = party('reputation')
export const resolveKeys: ResolveKeys = async (did) => [ed25519FromDidKey(did)]
export const by = { signer: reputation.did, resolveKeys }

const lasting = { expiresAt: NOW + 30 * 86_400 }

export function compute(holder: string): Credential {
  const claims = [0n, 16_384n, 5_000n, 10_000n, 4n, 0n, 0n, 2n]
  return testCredential({ ...lasting, issuer: 'lab', schema: COMPUTE, holder, claims })
}

/** Up for 99.1 % of an epoch; the device is known since `EPOCH - 10`. */
export function uptime(holder: string, epoch: number): Credential {
  const claims = [BigInt(epoch), 280n, 0n, 991_000n, 990_000n, BigInt(EPOCH - 10), 1n, 2n]
  return testCredential({ ...lasting, issuer: 'monitor', schema: UPTIME, holder, claims })
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
  const windows = () => [{ root: registry.root, from: NOW - 1000, confirmedAt: at.now, atOnce: false }]
  let drawn = 0
  const randomBytes = (length: number) => {
    drawn += 1
    return digest(`${name} ${drawn}`).slice(0, length)
  }
  const schemas = { [REPUTATION]: { assuranceCap: 2, renewalSeconds: 4 * 86_400, lifetimeSeconds: 7 * 86_400 } }
  const issuer = createIssuer(
    { did: reputation.did, kid: `${reputation.did}#key`, baseUrl: 'https://reputation.example', schemas },
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
      roots: async () => ({ registry: REGISTRY, windows: windows() }),
      clock: () => at.now,
      resolveKeys,
    },
    issueScore: (request) => issueClaims({ issuer, store: createIssuerStore(database), randomBytes }, request),
    randomBytes,
  }
}

/** A proposal for one epoch of one device. */
export function uptimeProposal(epoch: number, firstEpoch = EPOCH - 10, rungMicro: RungMicro = 990_000): Proposal {
  const ranges = { ramMiB: { min: '8192' } }
  return {
    kind: 'uptime',
    hardware: { schema: COMPUTE, assurance: 2, ranges },
    uptime: { epoch, rungMicro, firstEpoch },
  }
}

export function requestOf(service: LedgerService<Db>, proposal: Proposal): ProofRequest {
  const options = {
    ...proposedRequest(proposal),
    audience: { did: service.did },
    circuit: service.verifier.key.circuit,
    registry: REGISTRY,
  }
  return createProofRequest(options, { now: service.verifier.clock(), randomBytes: service.randomBytes })
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
export function record(service: TestLedger, accepted: Presented): Promise<ScoreResult> {
  const { settings, at, store } = service
  return store.transaction((tx: LedgerTx) => {
    return recordPresentation(tx, accepted, { settings, now: at.now, capabilitySeconds: 30 * 86_400 })
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
  for (const entry of entries) applyEntry(state, entry)
  return state
}
