import { utf8ToBytes } from '@noble/hashes/utils.js'
import {
  acceptCommitment,
  type ChallengeState,
  checkOpenings,
  createMeasuringKey,
  type MatrixCommitment,
  type MatrixOpenings,
  type MatrixResult,
  type MatrixSamples,
  type MeasuringKey,
  type PreparedMeasuringKey,
  samplesMessage,
  zMeasuringKey,
} from '../evidence/index.ts'
import type { RandomBytes } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import type { ChallengeStore } from './challenge-store.ts'

/**
 * Takes a prover's commitment, which stops the clock, and answers with the rows to open. Of two commitments at once one
 * is taken. `nowMs` is to be read on receipt.
 * @throws AssayError `challengeUnknown`, `conflict`, `challengeLate`, `signatureInvalid`
 */
export async function takeCommitment(
  store: ChallengeStore,
  commitment: MatrixCommitment,
  nowMs: number,
  randomBytes: RandomBytes,
): Promise<MatrixSamples> {
  const state = acceptCommitment(await known(store, commitment.id), commitment, nowMs, randomBytes)
  await advance(store, state, 'issued')
  return samplesMessage(state)
}

/**
 * Checks a prover's openings and closes the challenge, passed or failed, for good.
 * @param prepare gives the measuring key that a challenge was made under, by its time (`issuedAtMs`) or its public seed
 * @throws AssayError `challengeUnknown`, `conflict`, `challengeLate`
 */
export async function takeOpenings(
  store: ChallengeStore,
  openings: MatrixOpenings,
  nowMs: number,
  prepare: (state: ChallengeState) => Promise<PreparedMeasuringKey>,
): Promise<MatrixResult> {
  const before = await known(store, openings.id)
  const state = checkOpenings(before, openings, await prepare(before), nowMs)
  await advance(store, state, 'committed')
  return state.result
}

/**
 * The measuring key of an epoch, drawn when it is first wanted. `keepSecret` gives what is kept under a name, and keeps
 * what is drawn when there is nothing: all processes of a service then have the same key.
 */
export async function measuringKeyOf(
  epoch: number,
  n: number,
  keepSecret: (name: string, create: () => Uint8Array) => Promise<Uint8Array>,
  randomBytes: RandomBytes,
): Promise<MeasuringKey> {
  const create = () => utf8ToBytes(JSON.stringify(createMeasuringKey(n, randomBytes)))
  const kept = await keepSecret(`mm1-measuring-key:${epoch}:${n}`, create)
  return zMeasuringKey.parse(JSON.parse(new TextDecoder().decode(kept)))
}

async function known(store: ChallengeStore, id: string): Promise<ChallengeState> {
  const state = await store.find(id)
  if (state === undefined) throw new AssayError('challengeUnknown', 'No challenge of this id is open here')
  return state
}

async function advance(store: ChallengeStore, state: ChallengeState, from: 'issued' | 'committed'): Promise<void> {
  if (await store.replace(state, from)) return
  throw new AssayError('conflict', 'The challenge was answered by another request at the same time')
}
