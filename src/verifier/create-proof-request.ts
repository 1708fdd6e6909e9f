import * as z from 'zod'
import {
  AssayError,
  type Audience,
  assertOnGrid,
  endOfStep,
  type PolicyInput,
  type ProofRequest,
  policyJson,
  type RandomBytes,
  type Replay,
  resolvePolicy,
  toBase64url,
  zProofRequest,
} from '../protocol/index.ts'

export interface ProofRequestOptions {
  audience: Audience
  /** What the presentation is for, as the wallet shows it and replays are counted. */
  purpose: string
  /**
   * One to four; the presentation holds a proof for each, in this order. A bound without a `source` means a claim that is
   * measured or attested.
   */
  policies: readonly PolicyInput[]
  /** Accept each pseudonym, or each device, once a period. By default there is no limit. */
  replay?: Replay
  /** Whether all proofs must be about one device. Default false. */
  sameDevice?: boolean
  /** The id of the circuit's verification key. */
  circuit: string
  /** The id of the registry whose issuers count. */
  registry: string
  /** How long the holder may take, at most a step. Default 300, or a step where that is less. */
  lifetimeSeconds?: number
}

/**
 * Makes a proof request with a fresh nonce. The verifier then issues it to its store and signs it. Its `now` is the end of
 * the step that holds its expiry.
 * @param effects.now seconds
 * @param effects.stepSeconds the step of the registry's genesis
 * @throws AssayError `malformed`; `policyOffGrid` and `requestTooLong`, since wallets refuse such requests
 */
export function createProofRequest(
  options: ProofRequestOptions,
  { now, stepSeconds, randomBytes }: { now: number; stepSeconds: number; randomBytes: RandomBytes },
): ProofRequest {
  const { lifetimeSeconds = Math.min(300, stepSeconds), sameDevice = false, policies, ...asked } = options
  if (lifetimeSeconds > stepSeconds) {
    const message = `A proof request lives for a step of ${stepSeconds} s at most, got ${lifetimeSeconds} s`
    throw new AssayError('requestTooLong', message, { stepSeconds })
  }
  if (!(lifetimeSeconds >= 1)) {
    throw new AssayError('malformed', 'The proof request is malformed: it must live for a second at least')
  }
  const expiresAt = now + lifetimeSeconds
  const parsed = zProofRequest.safeParse({
    type: 'AssayProofRequest',
    version: 1,
    ...asked,
    policies: policies.map((policy) => policyJson(resolvePolicy(policy))),
    sameDevice,
    nonce: toBase64url(randomBytes(32)),
    now: endOfStep(expiresAt, stepSeconds),
    expiresAt,
  })
  if (!parsed.success) {
    throw new AssayError('malformed', `The proof request is malformed: ${z.prettifyError(parsed.error)}`)
  }
  for (const policy of parsed.data.policies) assertOnGrid(policy)
  return parsed.data
}
