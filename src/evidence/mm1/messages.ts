import * as z from 'zod'
import { zBase64url, zBase64urlText, zHex32 } from '../../protocol/bytes.ts'
import { zLayers, zMatrixSize } from './parameters.ts'

/** A moment in whole milliseconds since the Unix epoch: seconds are too coarse to time a challenge. */
export const zMilliseconds = z.int().min(0)

const zChallengeId = zBase64url(16)
const zPath = z.array(zHex32).max(32)
/** A row: n 32-bit words, little-endian, as base64url. */
const zRow = zBase64urlText(Math.ceil((8192 * 4 * 4) / 3))

/** Issuer to prover: what to compute. `beacon` is the hash of the newest witness-signed registry root. */
export const zMatrixChallenge = z.strictObject({
  type: z.literal('mm1-challenge'),
  id: zChallengeId,
  nonce: zHex32,
  beacon: zHex32,
  seedB: zHex32,
  n: zMatrixSize,
  layers: zLayers,
  deadlineMs: zMilliseconds,
})

/** Prover to issuer: it is done. `signature` is Ed25519 by the agent key over the JCS of the rest; it stops the clock. */
export const zMatrixCommitment = z.strictObject({
  type: z.literal('mm1-commitment'),
  id: zChallengeId,
  root: zHex32,
  signature: zBase64url(64),
})

/** One row of one layer. */
export const zSample = z.strictObject({ layer: z.int().min(0).max(63), row: z.int().min(0).max(8191) })

/** Issuer to prover, once it has committed: the rows to open. */
export const zMatrixSamples = z.strictObject({
  type: z.literal('mm1-samples'),
  id: zChallengeId,
  samples: z.array(zSample).min(1).max(1024),
  openByMs: zMilliseconds,
})

const zOpenedRow = z.strictObject({ value: zRow, path: zPath })

/** Prover to issuer: those rows whole, each with its row of the layer below (null for layer 0). No shorter form exists. */
export const zMatrixOpenings = z.strictObject({
  type: z.literal('mm1-openings'),
  id: zChallengeId,
  openings: z
    .array(z.strictObject({ ...zSample.shape, current: zOpenedRow, previous: zOpenedRow.nullable() }))
    .min(1)
    .max(1024),
})

/** MM-1's last answer: passed. A failed one is the problem `challengeFailed`. */
export const zMatrixPassed = z.strictObject({
  ok: z.literal(true),
  /** From challenge to commitment. */
  seconds: z.number().positive(),
  /** Million integer operations a second: a lower bound. */
  mops: z.int().min(0),
})

export type MatrixChallenge = z.output<typeof zMatrixChallenge>
export type MatrixCommitment = z.output<typeof zMatrixCommitment>
export type MatrixSamples = z.output<typeof zMatrixSamples>
export type MatrixOpenings = z.output<typeof zMatrixOpenings>
export type MatrixPassed = z.output<typeof zMatrixPassed>
export type Sample = z.output<typeof zSample>
export type OpenedRow = z.output<typeof zOpenedRow>
