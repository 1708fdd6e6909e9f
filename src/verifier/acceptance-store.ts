import type { Audience, ProofRequest } from '../protocol/index.ts'

/** An audience as one text, under which its nonces and replay keys are kept: `did`, or `did#context`. */
export function audienceName({ did, context }: Audience): string {
  return context === undefined ? did : `${did}#${context}`
}

/** A request that was issued, and what was accepted under its nonce. `answer` is a JSON value. */
export interface IssuedRequest {
  request: ProofRequest
  acceptance?: { recipient: string; presentationHash: string; answer: unknown }
}

/** One presentation to be accepted, after every other check. */
export interface Acceptance {
  /** `audienceName` of the request's audience. */
  audience: string
  nonce: string
  recipient: string
  presentationHash: string
  purpose: string
  /** Seconds. */
  acceptedAt: number
  /** Values of which none may have been accepted for the audience, the purpose and the period before. */
  replay?: { period: string; keys: readonly bigint[] }
}

/** How an acceptance ended. `retry`: this very presentation was accepted before, and `answer` is what it got then. */
export type AcceptanceOutcome =
  | { outcome: 'accepted' | 'retry'; answer: unknown }
  | { outcome: 'nonceUnknown' | 'nonceUsed' | 'replayed' }

/**
 * Keeps nonces and replay keys. `Tx` is what the caller's own work writes through, so that it happens exactly when the
 * presentation is accepted.
 */
export interface AcceptanceStore<Tx> {
  /** Remembers a request under its audience and nonce. Issuing the same request again does nothing. @throws AssayError `conflict` when the nonce stands for another request */
  issue(request: ProofRequest): Promise<void>

  find(audience: string, nonce: string): Promise<IssuedRequest | undefined>

  /**
   * In one transaction: consumes the nonce, inserts the replay keys, runs `work` and stores the JSON value that it
   * returns as the answer. When `work` throws, or the outcome is another than `accepted`, nothing has happened; `work`
   * may run again after a conflict between transactions. Of simultaneous calls with one nonce, one is accepted.
   */
  accept(acceptance: Acceptance, work: (tx: Tx) => Promise<unknown>): Promise<AcceptanceOutcome>

  /**
   * Forgets the requests that expired before a time, answers included, and returns how many. Replay keys stay. Callers
   * leave those unanswered the clock skew, and those answered as long as retries should get their answer: anyone can ask
   * for a request, so those that nobody answered must not stay as long.
   */
  prune(before: { unanswered: number; answered: number }): Promise<number>
}
