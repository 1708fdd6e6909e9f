import {
  type CredentialEvidence,
  createRegistryCache,
  keepInMemory,
  obtainCredential,
  openSession,
  type Session,
} from '../../client/index.ts'
import {
  agentOfMachine,
  choosePresentation,
  createWallet,
  drawPhrase,
  type HeldCredential,
  type HolderKeys,
  type MachineAgent,
  type Prover,
  present,
  putMachine,
  readProofRequest,
} from '../../holder/index.ts'
import { createProver } from '../../holder/prove.ts'
import {
  audienceField,
  devicePseudonym,
  type PresentationJson,
  type ProofRequest,
  pseudonym,
} from '../../protocol/index.ts'
import type { RegistryView } from '../../registry/index.ts'
import { loadProvingArtifacts } from '../../storage/circuit-artifacts.ts'
import { clock, randomBytes, resolveKeys } from '../effects.ts'
import type { ServiceAccess } from '../service-access.ts'

/** The provider of the demo: a wallet in memory in a session with the service, a prover, and how long things took. */
export interface Provider {
  session: Session
  keys: HolderKeys
  prover: Prover
  constraints: number
  /** Whole milliseconds of each proof, and of each credential asked for over HTTP. */
  timings: { proveMs: number[]; issueMs: number[] }
}

export const MACHINE = { number: 0, generation: 0 }

/** A provider with a new wallet. */
export async function createProvider({ client, description }: ServiceAccess): Promise<Provider> {
  const { record, wasm, zkey } = await loadProvingArtifacts()
  const timings = { proveMs: [] as number[], issueMs: [] as number[] }
  const prove = createProver({ wasm, zkey })
  const wallet = putMachine(createWallet(drawPhrase(randomBytes)), { ...MACHINE, members: [] })
  const { registryId } = description
  const effects = { clock, randomBytes, resolveKeys }
  // the demo's intervals are a few seconds long: each proof is made under the newest root
  const registry = createRegistryCache(client, { registryId, resolveKeys, clock, keepSeconds: 0 })
  return {
    session: await openSession({ ...effects, client, registryId, registry, wallet: keepInMemory(wallet) }),
    keys: wallet.keys,
    prover: { circuit: record.id, prove: (inputs) => timed(timings.proveMs, () => prove(inputs)) },
    constraints: record.constraints,
    timings,
  }
}

/** The whole registry, fetched now: the demo's intervals are a few seconds long. */
export async function registryView({ session }: Provider): Promise<RegistryView> {
  return (await session.registry.fetch()).view
}

/** The provider's machine, the first of its wallet, with its first agent key. */
export function machineAgent({ keys }: Provider): MachineAgent {
  return agentOfMachine({ keys }, MACHINE)
}

/** Gets a credential about the machine. */
export function getCredential(
  provider: Provider,
  named: { schema: string; evidence: CredentialEvidence },
): Promise<HeldCredential> {
  const { session, timings } = provider
  return timed(timings.issueMs, () => obtainCredential(session, { ...machineAgent(provider), ...named }))
}

/** Checks who asks, in a signed request. @throws AssayError `audienceNotSigned`, `expired` */
export async function readRequest(provider: Provider, jwt: string): Promise<ProofRequest> {
  const { stepSeconds } = await registryView(provider)
  return readProofRequest(jwt, { resolveKeys, now: clock(), stepSeconds })
}

/** What the wallet can answer a request with, before any proving. @throws AssayError saying why it can't */
export async function chooseFor(provider: Provider, request: ProofRequest, held?: readonly HeldCredential[]) {
  const credentials = held ?? (await provider.session.wallet.read()).credentials
  return choosePresentation({ request, credentials, view: await registryView(provider), now: clock() })
}

/** Proves an answer to a request, with the credentials chosen. */
export function proveAnswer(
  { keys, prover }: Provider,
  request: ProofRequest,
  choices: Awaited<ReturnType<typeof chooseFor>>,
): Promise<PresentationJson> {
  return present({ request, choices, keys, ...prover })
}

/** How the provider appears to an audience. */
export function pseudonymFor({ keys }: Provider, did: string): string {
  return String(pseudonym(keys.secret(), audienceField(did)))
}

/** How each device (and source) of the provider's credentials appears to an audience. */
export async function devicePseudonymsAt({ keys, session }: Provider, did: string): Promise<string[]> {
  const { credentials } = await session.wallet.read()
  const devices = new Set(credentials.map(({ credential }) => credential.device))
  return [...devices].map((device) => String(devicePseudonym(keys.secret(), audienceField(did), device)))
}

async function timed<T>(times: number[], work: () => Promise<T>): Promise<T> {
  const begin = performance.now()
  const value = await work()
  times.push(Math.round(performance.now() - begin))
  return value
}
