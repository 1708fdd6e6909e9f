import { randomBytes } from 'node:crypto'
import { createServiceClient } from '../../src/client/index.ts'
import {
  choosePresentation,
  credentialTerms,
  deriveKeys,
  type HeldCredential,
  present,
  readProofRequest,
  sourceTerms,
  verifyCredential,
} from '../../src/holder/index.ts'
import { createProver } from '../../src/holder/prove.ts'
import { issueCredential } from '../../src/issuer/index.ts'
import {
  COMPUTE,
  didSignerFromKey,
  ed25519FromDidKey,
  machineDevice,
  type PresentationJson,
  type ResolveKeys,
  type SourcedValue,
  statedClaims,
  toBase64url,
  UPTIME,
} from '../../src/protocol/index.ts'
import type { Service } from '../../src/server/index.ts'
import { loadProvingArtifacts } from '../../src/storage/circuit-artifacts.ts'
import { createProofRequest, type ProofRequestOptions, signProofRequest } from '../../src/verifier/index.ts'
import { digest } from '../shared/proof-fixture.ts'
import type { TestService } from '../shared/test-service.ts'

/** Holders with credentials of a running service's own issuers, and dapps, all over HTTP. */

/** Epochs of 20 minutes, so that none ends while a test proves. */
export const ledgerSettings = { slotSeconds: 60, slotsPerEpoch: 20 }
const EPOCH_SECONDS = 1200

export const clock = () => Math.floor(Date.now() / 1000)
export const currentEpoch = () => Math.floor(clock() / EPOCH_SECONDS)
export const resolveKeys: ResolveKeys = async (did) => [ed25519FromDidKey(did)]

export const PHRASES = {
  alice: `${'abandon '.repeat(11)}about`,
  mallory: 'legal winner thank year wave sausage worth useful legal winner thank yellow',
}

const measured = (value: number) => ({ value: BigInt(value), source: 'measured' as const })

let proving: Promise<{ circuit: string; prove: ReturnType<typeof createProver> }> | undefined
async function prover() {
  proving ??= loadProvingArtifacts().then(({ record, wasm, zkey }) => {
    return { circuit: record.id, prove: createProver({ wasm, zkey }) }
  })
  return proving
}

/** A holder's wallet and its client. */
export async function holderAt({ url, service }: TestService, name: keyof typeof PHRASES) {
  const keys = deriveKeys(PHRASES[name])
  const client = createServiceClient(url, { fetch, clock, randomBytes })
  const { registryId, reputation } = await client.describe()
  const credentials: HeldCredential[] = []
  const device = machineDevice('00112233445566778899aabbccddeeff')
  const hold = async (jwt: string) => credentials.push(await verifyCredential(jwt, { keys, resolveKeys }))
  const issue = (schema: string, stated: Record<string, SourcedValue>) => issueTo(service, schema, stated)
  async function issueTo(
    { issuers, issuerStore: store }: Service,
    schema: string,
    stated: Record<string, SourcedValue>,
  ) {
    const issuer = schema === UPTIME ? issuers.uptime : issuers.hardware
    const requestId = toBase64url(randomBytes(16))
    const evidence = [{ type: 'Test', description: 'Stated by a test.' }]
    const terms = credentialTerms(keys, issuer.did, device)
    const claims = statedClaims(schema, stated)
    const issued = { requestId, requestHash: requestId, schema, members: [], evidence, now: clock() }
    const request = { ...terms, ...issued, ...claims }
    await hold((await issueCredential({ issuer, store, randomBytes }, request)).jwt)
  }
  return {
    keys,
    client,
    reputation,
    device,
    session: keys.sessionKeyFor({ did: reputation }),
    wish: () => {
      const { holder, binding } = sourceTerms(keys, reputation)
      return { holder, binding: String(binding) }
    },
    hold,
    issueCompute: () =>
      issue(COMPUTE, {
        ramMiB: { value: 16_384n, source: 'selfReported' },
        gops: measured(50),
        memoryMBps: measured(10_000),
        cores: { value: 4n, source: 'selfReported' },
      }),
    issueUptime: (epoch: number) =>
      issue(UPTIME, {
        epoch: measured(epoch),
        upSlots: measured(20),
        downSlots: measured(0),
        uptimeMicro: measured(1_000_000),
        uptime30Micro: measured(1_000_000),
        firstEpoch: measured(epoch),
        monitors: measured(1),
        inheritedSilence: measured(0),
      }),
    /** Answers a signed request with real proofs, as a wallet does. */
    answer: async (requestJwt: string): Promise<PresentationJson> => {
      const now = clock()
      const { view } = await client.registry({ registryId, resolveKeys })
      const request = await readProofRequest(requestJwt, { resolveKeys, now, stepSeconds: view.stepSeconds })
      const choices = choosePresentation({ request, credentials, view, now })
      return present({ request, choices, keys, ...(await prover()) })
    },
  }
}

/** A dapp that signs its own requests. */
export async function dappAt({ url, service }: TestService, name: string) {
  const signer = didSignerFromKey(digest(`dapp ${name}`))
  const client = createServiceClient(url, { fetch, clock, randomBytes })
  const { registryId, circuit } = await client.describe()
  const { stepSeconds } = await service.verifier.roots()
  return {
    ...signer,
    client,
    request: (changes: Partial<ProofRequestOptions> & { now?: number; nonce?: string } = {}) => {
      const { now = clock(), nonce, ...options } = changes
      const request = createProofRequest(
        {
          audience: { did: signer.did },
          purpose: 'renting a machine',
          policies: [{ schema: COMPUTE, claims: { ramMiB: { min: '8192', source: 'selfReported' } } }],
          circuit,
          registry: registryId,
          ...options,
        },
        { now, stepSeconds, randomBytes: nonce === undefined ? randomBytes : () => digest(nonce) },
      )
      return signProofRequest(request, { ...signer, keyId: signer.kid })
    },
  }
}
