import { randomBytes as systemRandomBytes } from '@noble/hashes/utils.js'
import { type Clock, ed25519FromDidKey, type RandomBytes, type ResolveKeys, type Sign } from '../protocol/index.ts'
import type { AcceptanceStore } from './acceptance-store.ts'
import { createProofRequest, type ProofRequestOptions } from './create-proof-request.ts'
import { type Fetch, fetchRoots, type RootMemory } from './fetch-roots.ts'
import { type KeyToLoad, loadVerificationKey } from './load-key.ts'
import { createMemoryStore } from './memory-store.ts'
import { signProofRequest } from './sign-proof-request.ts'
import type { Limits } from './verifier.ts'
import { type VerificationResult, verifyPresentation } from './verify-presentation.ts'

/** How long a registry may take to answer. Milliseconds. */
const FETCH_TIMEOUT_MS = 10_000

export interface DappOptions<Tx> {
  /** The dapp's own DID, its audience, and what signs under it. */
  did: string
  sign: Sign
  /** A service of the registry, where roots are fetched. */
  service: string
  /** The registry that the dapp trusts. */
  registryId: string
  /** The circuit's verification key, its record, the pinned id. */
  key: KeyToLoad
  /** Nonces and replay keys. In memory by default: they do not survive a restart, nor are they shared between processes. */
  store?: AcceptanceStore<Tx>
  limits?: Partial<Limits>
  /** How witnesses' and governors' DIDs resolve. did:key by default. */
  resolveKeys?: ResolveKeys
  /** For how many seconds roots are kept before they are fetched again. Default 15. */
  keepRootsSeconds?: number
  /** Where the newest root that was seen is kept over a restart: else a service could show an older one then. */
  rootMemory?: RootMemory
  fetch?: Fetch
  clock?: Clock
  randomBytes?: RandomBytes
}

/** What a dapp does: ask, and judge the answer. */
export interface Dapp {
  /** A fresh request, signed by the dapp's DID: a JWT for the holder's wallet. */
  request(
    options: Omit<ProofRequestOptions, 'audience' | 'circuit' | 'registry'> & { context?: string },
  ): Promise<string>
  /** Judges a presentation made for one of the dapp's requests (of the same context). */
  verify(presentation: unknown, context?: string): Promise<VerificationResult>
}

/**
 * All a dapp needs to ask for proofs and to check them itself, against a registry's published roots.
 * @throws AssayError `artifactCorrupt`, `unsafeKey`, `developmentKey` (the key); later `unavailable` (the registry), which requests need too: its genesis fixes the step
 */
export async function createDapp<Tx = undefined>(options: DappOptions<Tx>): Promise<Dapp> {
  const {
    did,
    sign,
    registryId,
    store = createMemoryStore() as AcceptanceStore<Tx>,
    // a registry that hangs must not hang the dapp
    fetch = (url: string) => globalThis.fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) }),
    clock = () => Math.floor(Date.now() / 1000),
    randomBytes = systemRandomBytes,
    resolveKeys = async (signer: string) => [ed25519FromDidKey(signer)],
    keepRootsSeconds: keepSeconds = 15,
    rootMemory: memory,
  } = options
  const key = await loadVerificationKey(options.key)
  const source = { service: options.service, registryId, resolveKeys, fetch, clock, keepSeconds }
  const roots = fetchRoots({ ...source, ...(memory && { memory }) })
  const verifier = { key, store, roots, clock, ...(options.limits ? { limits: options.limits } : {}) }
  const audienceOf = (context?: string) => (context === undefined ? { did } : { did, context })

  return {
    async request({ context, ...asked }) {
      const audience = audienceOf(context)
      const { stepSeconds } = await roots()
      const request = createProofRequest(
        { ...asked, audience, circuit: key.circuit, registry: registryId },
        { now: clock(), stepSeconds, randomBytes },
      )
      await store.issue(request)
      return signProofRequest(request, { did, sign })
    },
    verify: (presentation, context) => verifyPresentation({ presentation, audience: audienceOf(context) }, verifier),
  }
}
