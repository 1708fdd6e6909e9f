import { z } from 'zod'
import {
  AssayError,
  type Audience,
  assertOnGrid,
  type PolicyJson,
  type ProofRequest,
  type RandomBytes,
  type Replay,
  toBase64url,
  zProofRequest,
} from '../protocol/index.ts'

export interface ProofRequestOptions {
  audience: Audience
  /** What the presentation is for, as the wallet shows it and replays are counted. */
  purpose: string
  /** One to four; the presentation holds a proof for each, in this order. */
  policies: readonly PolicyJson[]
  /** Accept each pseudonym, or each device, once a period. By default there is no limit. */
  replay?: Replay
  /** Whether all proofs must be about one device. Default false. */
  sameDevice?: boolean
  /** The id of the circuit's verification key. */
  circuit: string
  /** The id of the registry whose issuers count. */
  registry: string
  /** How long the holder may take. Default 300. */
  lifetimeSeconds?: number
}

/**
 * Makes a proof request with a fresh nonce. The verifier then issues it to its store and signs it.
 * @throws AssayError `malformed`; `policyOffGrid`, since wallets refuse such a policy
 */
export function createProofRequest(
  options: ProofRequestOptions,
  { now, randomBytes }: { now: number; randomBytes: RandomBytes },
): ProofRequest {
  const { lifetimeSeconds = 300, sameDevice = false, ...asked } = options
  const parsed = zProofRequest.safeParse({
    type: 'AssayProofRequest',
    version: 1,
    ...asked,
    sameDevice,
    nonce: toBase64url(randomBytes(32)),
    now,
    expiresAt: now + lifetimeSeconds,
  })
  if (!parsed.success) {
    throw new AssayError('malformed', `The proof request is malformed: ${z.prettifyError(parsed.error)}`)
  }
  for (const policy of parsed.data.policies) assertOnGrid(policy)
  return parsed.data
}
