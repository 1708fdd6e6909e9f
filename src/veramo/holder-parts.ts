import type { Prove, RequestDescription } from '../holder/index.ts'
import type { AssayError, Clock, ProofRequest, RandomBytes } from '../protocol/index.ts'
import type { ServiceAccess } from './service-access.ts'
import type { WalletKeeper } from './wallet-keeper.ts'

/** What the plugin needs to act for a holder. */
export interface HolderOptions {
  wallet: WalletKeeper
  /** The prover and the id of its circuit (`createProver`, and the key's record). */
  prover: { circuit: string; prove: Prove }
  /**
   * Asked before anything is proved: whether the holder agrees to reveal what the description says. There is no default.
   */
  approve: (description: RequestDescription, request: ProofRequest) => boolean | Promise<boolean>
  /**
   * Asked, before `approve`, where an answer would tell its audience too much: whether the holder insists. Without it, such
   * requests are declined.
   */
  insist?: (description: RequestDescription, request: ProofRequest) => boolean | Promise<boolean>
  /**
   * Told why a dapp's request is declined. It is for the holder alone: whoever called the method hears `declined`, and may
   * be the dapp.
   */
  onDeclined?: (reason: AssayError, request: ProofRequest) => void
}

export interface HolderParts extends HolderOptions {
  access: ServiceAccess
  clock: Clock
  randomBytes: RandomBytes
}
