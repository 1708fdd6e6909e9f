import { bytesToHex } from '@noble/hashes/utils.js'
import { toBase64url } from '../../protocol/bytes.ts'
import type { RandomBytes } from '../../protocol/effects.ts'
import { type IssuedChallenge, zChallengeState } from './challenge-state.ts'
import type { MeasuringKey } from './measuring-key.ts'
import { DEFAULT_SAMPLES } from './parameters.ts'

export interface ChallengeOptions {
  key: MeasuringKey
  layers: number
  device: bigint
  /** The agent's Ed25519 public key, 32 bytes. */
  agentKey: Uint8Array
  /** The hash of the newest witness-signed registry root, 32 bytes: public and fresh. */
  beacon: Uint8Array
  /** Time allowed until the commitment, in milliseconds. */
  timeLimitMs: number
  /** Rows to open; all of them when the challenge has fewer. */
  samples?: number
}

/**
 * Draws a challenge and starts its clock: `state.challenge` goes to the prover at once, the state into the store.
 * @throws ZodError when a size is out of range.
 */
export function createChallenge(options: ChallengeOptions, nowMs: number, randomBytes: RandomBytes): IssuedChallenge {
  const { key, layers, device, agentKey, beacon, timeLimitMs, samples = DEFAULT_SAMPLES } = options
  const state = zChallengeState.parse({
    status: 'issued',
    challenge: {
      type: 'mm1-challenge',
      id: toBase64url(randomBytes(16)),
      nonce: bytesToHex(randomBytes(32)),
      beacon: bytesToHex(beacon),
      seedB: key.seedB,
      n: key.n,
      layers,
      deadlineMs: nowMs + timeLimitMs,
    },
    device: String(device),
    agentKey: bytesToHex(agentKey),
    samples,
    issuedAtMs: nowMs,
  })
  return state as IssuedChallenge
}
