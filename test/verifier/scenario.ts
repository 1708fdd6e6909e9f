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
export function compute(holder: string): Credential {
  const claims = [0n, 16_384n, 5_000n, 10_000n, 4n, 0n, 0n, 2n]
  return testCredential({ ...common, issuer: 'lab', schema: COMPUTE, holder, claims })
}
export function uptime(holder: string, device?: bigint): Credential {
  const claims = [20_000n, 280n, 0n, 1_000_000n, 990_000n, 19_000n, 1n, 2n]
  const fields = { ...common, issuer: 'monitor', schema: UPTIME, holder, claims }
  return testCredential(device === undefined ? fields : { ...fields, device })
}
export const registry = testRegistry([compute('alice'), uptime('alice')])

export const ramPolicy = { schema: COMPUTE, claims: { ramMiB: { min: '8192' }, assurance: { min: '2' } } }
export const uptimePolicy = { schema: UPTIME, claims: { uptimeMicro: { min: '900000' } } }

let key: Promise<VerificationKey> | undefined

/** The committed key. */
export function committedKey(): Promise<VerificationKey> {
  key ??= Promise.all([readArtifact('vkey.json'), readArtifact('json')]).then(([vkey, record]) =>
    loadVerificationKey({ key: vkey, record, circuit: String(record.id), production: false }),
  )
  return key
}

/** A request of the dapp at NOW. Its nonce depends on `name` alone, so that proofs for it are made once. */
export async function requestOf(name: string, changes: Partial<ProofRequestOptions> = {}): Promise<ProofRequest> {
  const { circuit } = await committedKey()
  const audience = { did: dapp.did }
  const options = { audience, purpose: 'test', policies: [ramPolicy], circuit, registry: REGISTRY, ...changes }
  return createProofRequest(options, { now: NOW, randomBytes: () => digest(`nonce ${name}`) })
}

/** A verifier a second after NOW, to which these requests were issued; the registry's root is current. */
export async function verifierOf(
  requests: readonly ProofRequest[],
  changes: Partial<Verifier<undefined>> = {},
): Promise<Verifier<undefined>> {
  const store = createMemoryStore()
  for (const request of requests) await store.issue(request)
  const windows = [{ root: registry.root, from: NOW - 1000, confirmedAt: NOW, atOnce: false }]
  return {
    key: await committedKey(),
    store,
    roots: async () => ({ registry: REGISTRY, windows }),
    clock: () => NOW + 1,
    ...changes,
  }
}
