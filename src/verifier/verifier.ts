import type { Clock, ProofRequest, ResolveKeys, Signals } from '../protocol/index.ts'
import type { KnownRoots } from '../registry/known-roots.ts'
import type { AcceptanceStore } from './acceptance-store.ts'
import type { VerificationKey } from './load-key.ts'

export interface Limits {
  /** How far clocks may differ. Default 120. */
  skewSeconds: number
}

export const DEFAULT_LIMITS: Limits = { skewSeconds: 120 }

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

export type { KnownRoots }
