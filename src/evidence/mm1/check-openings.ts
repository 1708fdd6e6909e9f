import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { fromBase64url } from '../../protocol/bytes.ts'
import { AssayError } from '../../protocol/errors.ts'
import { shaLeaf, shaPathRoot } from '../sha-tree.ts'
import type { ChallengeState, ClosedChallenge, CommittedChallenge, FailedCheck } from './challenge-state.ts'
import { layerEntries } from './layer-entries.ts'
import { deriveSeedA, MATRIX_A, matrixRows } from './matrices.ts'
import type { PreparedMeasuringKey } from './measuring-key.ts'
import type { MatrixOpenings, OpenedRow } from './messages.ts'
import { dotModulo } from './modulo.ts'
import { challengeOperations, MATRIX_MODULUS } from './parameters.ts'
import { bytesToRow } from './row-bytes.ts'

type Opening = MatrixOpenings['openings'][number]
type Failure = { check: FailedCheck; message: string }

/**
 * Checks the opened rows and closes the challenge, whichever way: `result` in the state that it returns says so, with the
 * first check that failed. For each sample: the row and the one below it lie under the committed root, all entries are
 * below P, and X_l[i]·r_v ≡ a·y_v mod P for three secret vectors, with a = f_l(X_{l−1}[i]), or A[i] in layer 0. A wrong
 * row passes with a probability of about 2⁻⁹³.
 * @throws AssayError `challengeUnknown` (another challenge's id or key), `conflict` (not committed, or closed already),
 * `challengeLate`; none of them changes the state.
 */
export function checkOpenings(
  state: ChallengeState,
  openings: MatrixOpenings,
  prepared: PreparedMeasuringKey,
  nowMs: number,
): ClosedChallenge {
  const { challenge } = state
  if (openings.id !== challenge.id) throw new AssayError('challengeUnknown', 'The openings are for another challenge')
  if (prepared.key.seedB !== challenge.seedB || prepared.key.n !== challenge.n) {
    throw new AssayError('challengeUnknown', 'The challenge was made under another measuring key')
  }
  if (state.status !== 'committed') {
    const reason = state.status === 'issued' ? 'has not been committed to' : 'is closed already'
    throw new AssayError('conflict', `The challenge ${reason}`)
  }
  if (nowMs > state.openByMs) {
    const late = nowMs - state.openByMs
    throw new AssayError('challengeLate', `The openings came ${late} ms too late`, { lateMs: late })
  }
  return { ...state, status: 'closed', result: judge(state, openings, prepared) }
}

function judge(
  state: CommittedChallenge,
  { openings }: MatrixOpenings,
  prepared: PreparedMeasuringKey,
): ClosedChallenge['result'] {
  const asked = state.rows.map(({ layer, row }) => `${layer}:${row}`).join()
  if (openings.map(({ layer, row }) => `${layer}:${row}`).join() !== asked) {
    return failed({ check: 'samples', message: 'The openings are not of the rows that were named' })
  }
  const rowOfA = rowsOfA(state)
  for (const opening of openings) {
    const failure = checkOpening(state, opening, prepared, rowOfA)
    if (failure !== undefined) return failed(failure, opening)
  }
  return passed(state)
}

function failed({ check, message }: Failure, opening?: Opening): ClosedChallenge['result'] {
  const { layer, row } = opening ?? { layer: null, row: null }
  return { ok: false, code: 'challengeFailed', check, layer, row, message }
}

function passed({ challenge, issuedAtMs, committedAtMs }: CommittedChallenge): ClosedChallenge['result'] {
  // Two readings of a millisecond clock may hide almost a millisecond; it is added, so that the bound is never too high.
  const elapsedMs = committedAtMs - issuedAtMs + 1
  const mops = Number(challengeOperations(challenge.n, challenge.layers) / (BigInt(elapsedMs) * 1000n))
  return { ok: true, seconds: elapsedMs / 1000, mops, measuredAt: Math.floor(committedAtMs / 1000) }
}

function rowsOfA({ challenge, agentKey, device }: CommittedChallenge): (row: number) => Uint16Array {
  const nonce = hexToBytes(challenge.nonce)
  const beacon = hexToBytes(challenge.beacon)
  const seedA = deriveSeedA({ nonce, beacon, agentKey: hexToBytes(agentKey), device })
  return (row) => matrixRows(seedA, MATRIX_A, challenge.n, row, 1)
}

function checkOpening(
  state: CommittedChallenge,
  { layer, row, current, previous }: Opening,
  { vectors }: PreparedMeasuringKey,
  rowOfA: (row: number) => Uint16Array,
): Failure | undefined {
  const name = `row ${row} of layer ${layer}`
  if ((previous === null) !== (layer === 0)) {
    return { check: 'shape', message: `The opening of ${name} does not have the rows that its layer needs` }
  }
  const entries = readRow(state, layer, row, current)
  if ('check' in entries) return entries
  const below = previous === null ? undefined : readRow(state, layer - 1, row, previous)
  if (below !== undefined && 'check' in below) return below
  const left = below === undefined ? rowOfA(row) : layerEntries(layer, below.row)
  const holds = vectors.every(({ r, y }) => dotModulo(entries.row, r) === dotModulo(left, y))
  return holds ? undefined : { check: 'product', message: `The opened ${name} is not the product that was asked for` }
}

function readRow(
  { challenge, root }: CommittedChallenge,
  layer: number,
  row: number,
  { value, path }: OpenedRow,
): { row: Uint32Array } | Failure {
  const name = `row ${row} of layer ${layer}`
  const bytes = fromBase64url(value)
  if (bytes.length !== challenge.n * 4) {
    return { check: 'shape', message: `The opened ${name} has ${bytes.length} bytes, not ${challenge.n * 4}` }
  }
  const place = layer * challenge.n + row
  const reached = shaPathRoot(shaLeaf(bytes), place, challenge.layers * challenge.n, path.map(hexToBytes))
  if (reached === undefined || bytesToHex(reached) !== root) {
    return { check: 'path', message: `The opened ${name} is not under the committed root` }
  }
  const entries = bytesToRow(bytes)
  const tooLarge = entries.find((entry) => entry >= MATRIX_MODULUS)
  if (tooLarge === undefined) return { row: entries }
  return { check: 'range', message: `The opened ${name} holds ${tooLarge}, which no product reaches` }
}
