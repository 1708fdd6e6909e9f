import type { Consideration, HeldCredential } from '../holder/index.ts'
import type { AssayError } from '../protocol/errors.ts'
import type { ProofRequest } from '../protocol/proof-request.ts'

/** What happens while a holder talks to a service, for a terminal, a page or a log to show. */
export type ClientEvent =
  // enrolling
  | { kind: 'measuring'; done: number; total: number }
  /** `mops`: million integer operations a second, a lower bound; `seconds`: what the challenge took. */
  | { kind: 'measured'; mops: number; seconds: number }
  /** A member that is in another machine is left out; `availableAt` is in seconds, where the issuer told it. */
  | { kind: 'memberLeftOut'; reason: AssayError; availableAt?: number }
  /** The GPUs are not measured. `issued` tells whether the service issues credentials of self-reported claims. */
  | { kind: 'gpusSelfReported'; issued: boolean }
  /** A credential was checked, and the wallet has it. */
  | { kind: 'credential'; held: HeldCredential }
  // answering a dapp
  /** A dapp's request was judged: before the holder is asked, and before anything is proved. */
  | { kind: 'considered'; request: ProofRequest; consideration: Consideration }
  // presenting
  | { kind: 'proving'; request: ProofRequest }
  /** A device joined the ledger now. */
  | { kind: 'joined'; device: string; joinEpoch: number }
  /** No uptime of the last epochs can be proved yet, so the device has not joined. */
  | { kind: 'notJoined'; device: string }
  /** An epoch's turn has come: `done` of `total` epochs of the device are done with. */
  | { kind: 'epoch'; device: string; epoch: number; done: number; total: number }
  /** Up for at least `rungMicro` millionths of the epoch. */
  | { kind: 'epochProved'; device: string; epoch: number; rungMicro: number }
  | { kind: 'epochEmpty'; device: string; epoch: number; reason: string }
  | { kind: 'jobsProved'; marketplace: string; week: number }

/** Receives events. It must not throw. */
export type Tell = (event: ClientEvent) => void
