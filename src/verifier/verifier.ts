import type { Clock, ProofRequest, ResolveKeys, Signals } from '../protocol/index.ts'
import type { RootWindow } from '../registry/root-windows.ts'
import type { AcceptanceStore } from './acceptance-store.ts'
import type { VerificationKey } from './load-key.ts'

export interface Limits {
  /** How far clocks may differ. Default 120. */
  skewSeconds: number
  /** How long a superseded root still counts, from its supersession. Default 600. */
  graceSeconds: number
  /** How old the witnesses' newest statement may be. Default 600. */
  maxAgeSeconds: number
}

export const DEFAULT_LIMITS: Limits = { skewSeconds: 120, graceSeconds: 600, maxAgeSeconds: 600 }

/** The windows of a registry's signed roots, as they are known at the moment (from `verifyStatements`). */
export interface KnownRoots {
  registry: string
  windows: readonly RootWindow[]
}

/** What a verifier works with. */
export interface Verifier<Tx> {
  key: VerificationKey
  store: AcceptanceStore<Tx>
  /** Gives the roots, or throws `unavailable`: to know none is no reason to refuse a holder. */
  roots: () => Promise<KnownRoots>
  clock: Clock
  limits?: Partial<Limits>
  /** Needed for requests that come signed. */
  resolveKeys?: ResolveKeys
}

/** What an accepted presentation says. */
export interface Presented {
  request: ProofRequest
  pseudonym: bigint
  /** One for each policy, in the request's order. */
  devicePseudonyms: bigint[]
  signals: Signals[]
  /** The thumbprint of the session key that presented. */
  recipient: string
  presentationHash: string
}
