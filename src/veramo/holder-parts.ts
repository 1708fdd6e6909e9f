import type { Prove, RequestDescription } from '../holder/index.ts'
import type { Clock, ProofRequest, RandomBytes } from '../protocol/index.ts'
import type { ServiceAccess } from './service-access.ts'
import type { WalletKeeper } from './wallet-keeper.ts'

/** What the plugin needs to act for a holder. */
export interface HolderOptions {
  wallet: WalletKeeper
  /** The prover and the id of its circuit (`createProver` of the holder's room, and the key's record). */
  prover: { circuit: string; prove: Prove }
  /**
   * Asked before anything is proved: whether the holder agrees to reveal what the description says. There is no default.
   */
  approve: (description: RequestDescription, request: ProofRequest) => boolean | Promise<boolean>
}

export interface HolderParts extends HolderOptions {
  access: ServiceAccess
  clock: Clock
  randomBytes: RandomBytes
}
