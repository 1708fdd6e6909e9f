import { hexToBytes } from '@noble/hashes/utils.js'
import { fromBase64url } from '../../protocol/bytes.ts'
import type { RandomBytes } from '../../protocol/effects.ts'
import { AssayError } from '../../protocol/errors.ts'
import { verifyEd25519 } from '../../protocol/jws.ts'
import { commitmentBytes } from './answer-challenge.ts'
import type { ChallengeState, CommittedChallenge } from './challenge-state.ts'
import type { MatrixCommitment, MatrixSamples, Sample } from './messages.ts'

/** How long a prover may take to open rows; it has them already, so this only bounds how long a challenge stays open. */
const OPENING_TIME_MS = 60_000

/**
 * Takes the commitment, which stops the clock, and only then draws the rows to open.
 * `nowMs` must be read on receipt, before anything else is done.
 * @throws AssayError `challengeUnknown` (another challenge's id), `conflict` (a second commitment), `challengeLate`,
 * `signatureInvalid`; none of them changes the state.
 */
export function acceptCommitment(
  state: ChallengeState,
  commitment: MatrixCommitment,
  nowMs: number,
  randomBytes: RandomBytes,
): CommittedChallenge {
  const { challenge } = state
  if (commitment.id !== challenge.id)
    throw new AssayError('challengeUnknown', 'The commitment is for another challenge')
  if (state.status !== 'issued') throw new AssayError('conflict', 'The challenge has been committed to already')
  if (nowMs > challenge.deadlineMs) {
    const late = nowMs - challenge.deadlineMs
    throw new AssayError('challengeLate', `The commitment came ${late} ms after the deadline`, { lateMs: late })
  }
  const signature = fromBase64url(commitment.signature)
  if (!verifyEd25519(hexToBytes(state.agentKey), commitmentBytes(commitment), signature)) {
    throw new AssayError('signatureInvalid', "The commitment is not signed by the device's agent key")
  }
  return {
    ...state,
    status: 'committed',
    root: commitment.root,
    committedAtMs: nowMs,
    rows: drawRows(challenge.layers, challenge.n, state.samples, randomBytes),
    openByMs: nowMs + OPENING_TIME_MS,
  }
}

/** The message that names the rows to the prover. */
export function samplesMessage({ challenge, rows, openByMs }: CommittedChallenge): MatrixSamples {
  return { type: 'mm1-samples', id: challenge.id, samples: rows, openByMs }
}

/** Distinct uniform rows of all layers, in the order drawn. */
function drawRows(layers: number, n: number, count: number, randomBytes: RandomBytes): Sample[] {
  const total = layers * n
  const drawn = new Set<number>()
  // total ≤ 2¹⁹, so the words above the largest multiple of it are few; they are left out to keep the draw uniform
  const limit = 2 ** 32 - (2 ** 32 % total)
  while (drawn.size < Math.min(count, total)) {
    const bytes = randomBytes(4)
    const word = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0)
    if (word < limit) drawn.add(word % total)
  }
  return [...drawn].map((place) => ({ layer: Math.floor(place / n), row: place % n }))
}
