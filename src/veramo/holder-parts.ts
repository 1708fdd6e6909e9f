import { type AskHolder, openSession, type Session, type WalletKeeper } from '../client/index.ts'
import type { Prover } from '../holder/index.ts'
import type { AssayError, Clock, ProofRequest, RandomBytes } from '../protocol/index.ts'
import { type Context, type PinnedService, resolveWith } from './service-access.ts'

/** What the plugin needs to act for a holder. */
export interface HolderOptions {
  wallet: WalletKeeper
  /** The prover and the id of its circuit (`createProver`, and the key's record). */
  prover: Prover
  /**
   * Asked before anything is proved: whether the holder agrees to reveal what the description says. There is no default.
   */
  approve: AskHolder
  /**
   * Asked, before `approve`, where an answer would tell its audience too much: whether the holder insists. Without it, such
   * requests are declined.
   */
  insist?: AskHolder
  /**
   * Told why a dapp's request is declined. It is for the holder alone: whoever called the method hears `declined`, and may
   * be the dapp.
   */
  onDeclined?: (reason: AssayError, request: ProofRequest) => void
}

export interface HolderParts extends HolderOptions {
  access: PinnedService
  clock: Clock
  randomBytes: RandomBytes
}

/** The holder's session with the service. @throws AssayError `registryInvalid` */
export function sessionOf({ access, wallet, clock, randomBytes }: HolderParts, context: Context): Promise<Session> {
  const { client, registryId } = access
  const resolveKeys = resolveWith(context)
  return openSession({
    client,
    registryId,
    registry: access.registry(context),
    wallet,
    clock,
    randomBytes,
    resolveKeys,
  })
}
