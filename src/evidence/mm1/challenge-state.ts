import * as z from 'zod'
import { zHex32 } from '../../protocol/bytes.ts'
import { zField, zSeconds } from '../../protocol/field.ts'
import { zMatrixChallenge, zMilliseconds, zSample } from './messages.ts'

/** What a passed challenge shows: at least `mops` million integer operations a second answered for the agent key. */
const zPassed = z.strictObject({
  ok: z.literal(true),
  /** From sending the challenge to receiving the commitment. */
  seconds: z.number().positive(),
  /** 2·L·n³ operations over that time, in millions a second, rounded down. */
  mops: z.int().min(0),
  measuredAt: zSeconds,
})

/** The check that an answer failed first. */
export const zFailedCheck = z.enum(['samples', 'shape', 'path', 'range', 'product'])

const zFailed = z.strictObject({
  ok: z.literal(false),
  code: z.literal('challengeFailed'),
  check: zFailedCheck,
  layer: z.int().nullable(),
  row: z.int().nullable(),
  message: z.string(),
})

export const zMatrixResult = z.discriminatedUnion('ok', [zPassed, zFailed])

const opened = {
  challenge: zMatrixChallenge,
  device: zField,
  agentKey: zHex32,
  samples: z.int().min(1).max(1024),
  issuedAtMs: zMilliseconds,
}
const committed = { root: zHex32, committedAtMs: zMilliseconds, rows: z.array(zSample), openByMs: zMilliseconds }

/**
 * A challenge on the issuer's side, as it is stored (as JSON: `encodeChallengeState`). It only moves forward: `issued`,
 * `committed`, `closed`. The store must replace a state only if it still has the status that was read, or two commitments
 * at once could both be taken.
 */
export const zChallengeState = z.discriminatedUnion('status', [
  z.strictObject({ status: z.literal('issued'), ...opened }),
  z.strictObject({ status: z.literal('committed'), ...opened, ...committed }),
  z.strictObject({ status: z.literal('closed'), ...opened, ...committed, result: zMatrixResult }),
])

export type MatrixResult = z.output<typeof zMatrixResult>
export type FailedCheck = z.output<typeof zFailedCheck>
export type ChallengeState = z.output<typeof zChallengeState>
export type IssuedChallenge = Extract<ChallengeState, { status: 'issued' }>
export type CommittedChallenge = Extract<ChallengeState, { status: 'committed' }>
export type ClosedChallenge = Extract<ChallengeState, { status: 'closed' }>

/** A state as JSON, which `zChallengeState` parses back. */
export function encodeChallengeState(state: ChallengeState): z.input<typeof zChallengeState> {
  return { ...state, device: String(state.device) }
}
