import { COMPUTE, type Credential, type ProofRequest, toBase64url, UPTIME } from '../../src/protocol/index.ts'
import {
  createMemoryStore,
  createProofRequest,
  loadVerificationKey,
  type ProofRequestOptions,
  type VerificationKey,
  type Verifier,
} from '../../src/verifier/index.ts'
import { digest, party, readArtifact, testCredential, testRegistry } from '../shared/proof-fixture.ts'

/** A dapp, a holder with a compute and an uptime credential, and a registry that trusts their issuers. */

export const NOW = 1_800_000_000
export const dapp = party('a dapp')
export const REGISTRY = toBase64url(digest('a registry'))

const common = { expiresAt: NOW + 86_400 }
const selfReported = (value: bigint) => ({ value, source: 'selfReported' as const })
const measured = (value: bigint) => ({ value, source: 'measured' as const })
export function compute(holder: string): Credential {
  const stated = { ramMiB: selfReported(16_384n), gops: measured(50n), cores: selfReported(4n) }
  return testCredential({ ...common, issuer: 'lab', schema: COMPUTE, holder, stated })
}
export function uptime(holder: string, device?: bigint): Credential {
  const counts = { epoch: measured(20_000n), upSlots: measured(280n), downSlots: measured(0n) }
  const shares = { uptimeMicro: measured(1_000_000n), uptime30Micro: measured(990_000n) }
  const stated = { ...counts, ...shares, firstEpoch: measured(19_000n), monitors: measured(1n) }
  const fields = { ...common, issuer: 'monitor', schema: UPTIME, holder, stated }
  return testCredential(device === undefined ? fields : { ...fields, device })
}
export const registry = testRegistry([compute('alice'), uptime('alice')])

export const ramPolicy = {
  schema: COMPUTE,
  claims: { ramMiB: { min: '8192', source: 'selfReported' as const }, gops: { min: '10' } },
}
export const uptimePolicy = { schema: UPTIME, claims: { uptimeMicro: { min: '900000' } } }

let key: Promise<VerificationKey> | undefined

/** The committed key. */
export function committedKey(): Promise<VerificationKey> {
  key ??= Promise.all([readArtifact('vkey.json'), readArtifact('json')]).then(([vkey, record]) =>
    loadVerificationKey({ key: vkey, record, circuit: String(record.id), production: false }),
  )
  return key
}

/** The registry's step and interval, in seconds. NOW is where a step and an interval begin. */
export const STEP = 3600
export const INTERVAL = 300

/** A request of the dapp at NOW. Its nonce depends on `name` alone, so that proofs for it are made once. */
export async function requestOf(name: string, changes: Partial<ProofRequestOptions> = {}): Promise<ProofRequest> {
  const { circuit } = await committedKey()
  const audience = { did: dapp.did }
  const options = { audience, purpose: 'test', policies: [ramPolicy], circuit, registry: REGISTRY, ...changes }
  return createProofRequest(options, { now: NOW, stepSeconds: STEP, randomBytes: () => digest(`nonce ${name}`) })
}

/** A verifier a second after NOW, to which these requests were issued; the registry's root is current. */
export async function verifierOf(
  requests: readonly ProofRequest[],
  changes: Partial<Verifier<undefined>> = {},
): Promise<Verifier<undefined>> {
  const store = createMemoryStore()
  for (const request of requests) await store.issue(request)
  const known = { registry: REGISTRY, intervalSeconds: INTERVAL, stepSeconds: STEP }
  const roots = [{ number: Math.floor(NOW / INTERVAL), sub: 0, root: registry.root }]
  return {
    key: await committedKey(),
    store,
    roots: async () => ({ ...known, roots }),
    clock: () => NOW + 1,
    ...changes,
  }
}
