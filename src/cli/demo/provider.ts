import {
  addCredential,
  agentOfMachine,
  type CredentialEvidence,
  choosePresentation,
  createWallet,
  drawPhrase,
  type HeldCredential,
  type MachineAgent,
  type Prove,
  present,
  readProofRequest,
  type Wallet,
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
import { requestCredential } from '../request-credential.ts'
import { pinnedRegistry, type ServiceAccess } from '../service-access.ts'

/** The provider of the demo: a wallet in memory, the service that it knows, a prover, and how long things took. */
export interface Provider {
  wallet: Wallet
  access: ServiceAccess
  circuit: { id: string; constraints: number }
  prove: Prove
  /** Whole milliseconds of each proof, and of each credential asked for over HTTP. */
  timings: { proveMs: number[]; issueMs: number[] }
}

export const MACHINE = { number: 0, generation: 0 }

/** A provider with a new wallet. */
export async function createProvider(access: ServiceAccess): Promise<Provider> {
  const { record, wasm, zkey } = await loadProvingArtifacts()
  const timings = { proveMs: [] as number[], issueMs: [] as number[] }
  const prover = createProver({ wasm, zkey })
  return {
    wallet: createWallet(drawPhrase(randomBytes)),
    access,
    circuit: { id: record.id, constraints: record.constraints },
    prove: (inputs) => timed(timings.proveMs, () => prover(inputs)),
    timings,
  }
}

/** The whole registry, fetched anew and checked against the id that the service named at first. */
export async function registryView({ access }: Provider): Promise<RegistryView> {
  return (await pinnedRegistry(access)).view
}

/** The provider's machine, the first of its wallet, with its first agent key. */
export function machineAgent({ wallet }: Provider): MachineAgent {
  return agentOfMachine(wallet, MACHINE)
}

/** Gets a credential about the machine, checks it and keeps it. */
export async function getCredential(
  provider: Provider,
  wanted: { schema: string; evidence: CredentialEvidence },
): Promise<HeldCredential> {
  const { access, wallet, timings } = provider
  const view = await registryView(provider)
  const request = { ...machineAgent(provider), ...wanted }
  const held = await timed(timings.issueMs, () => requestCredential({ access, wallet, view }, request))
  provider.wallet = addCredential(provider.wallet, held)
  return held
}

/** Checks who asks, in a signed request. @throws AssayError `audienceNotSigned`, `expired` */
export async function readRequest(provider: Provider, jwt: string): Promise<ProofRequest> {
  const { stepSeconds } = await registryView(provider)
  return readProofRequest(jwt, { resolveKeys, now: clock(), stepSeconds })
}

/** What the wallet can answer a request with, before any proving. @throws AssayError saying why it can't */
export async function chooseFor(provider: Provider, request: ProofRequest, credentials = provider.wallet.credentials) {
  return choosePresentation({ request, credentials, view: await registryView(provider), now: clock() })
}

/** Proves an answer to a request, with the credentials chosen. */
export function proveAnswer(
  { wallet, circuit, prove }: Provider,
  request: ProofRequest,
  choices: Awaited<ReturnType<typeof chooseFor>>,
): Promise<PresentationJson> {
  return present({ request, choices, keys: wallet.keys, circuit: circuit.id, prove })
}

/** Reads, chooses and proves. */
export async function answerRequest(provider: Provider, jwt: string): Promise<PresentationJson> {
  const request = await readRequest(provider, jwt)
  return proveAnswer(provider, request, await chooseFor(provider, request))
}

/** How the provider appears to an audience. */
export function pseudonymFor({ wallet }: Provider, did: string): string {
  return String(pseudonym(wallet.keys.secret(), audienceField(did)))
}

/** How each device (and source) of the provider's credentials appears to an audience. */
export function devicePseudonymsAt({ wallet }: Provider, did: string): string[] {
  const devices = new Set(wallet.credentials.map(({ credential }) => credential.device))
  return [...devices].map((device) => String(devicePseudonym(wallet.keys.secret(), audienceField(did), device)))
}

async function timed<T>(times: number[], work: () => Promise<T>): Promise<T> {
  const begin = performance.now()
  const value = await work()
  times.push(Math.round(performance.now() - begin))
  return value
}
