export { acceptCommitment, samplesMessage } from './accept-commitment.ts'
export {
  answerChallenge,
  answerFromLayers,
  commitAnswer,
  commitmentBytes,
  computeAnswer,
  type MatrixAnswer,
  openAnswer,
  type ProverEffects,
} from './answer-challenge.ts'
export {
  type ChallengeState,
  type ClosedChallenge,
  type CommittedChallenge,
  encodeChallengeState,
  type FailedCheck,
  type IssuedChallenge,
  type MatrixResult,
  zChallengeState,
  zFailedCheck,
  zMatrixResult,
} from './challenge-state.ts'
export { checkOpenings } from './check-openings.ts'
export { type ChallengeOptions, createChallenge } from './create-challenge.ts'
export { layerEntries } from './layer-entries.ts'
export { deriveSeedA, MATRIX_A, MATRIX_B, matrixRows, type SeedInputs, streamWords } from './matrices.ts'
export {
  createMeasuringKey,
  type MeasuringKey,
  type PreparedMeasuringKey,
  prepareMeasuringKey,
  zMeasuringKey,
} from './measuring-key.ts'
export {
  type MatrixChallenge,
  type MatrixCommitment,
  type MatrixOpenings,
  type MatrixPassed,
  type MatrixSamples,
  type Sample,
  zMatrixChallenge,
  zMatrixCommitment,
  zMatrixOpenings,
  zMatrixPassed,
  zMatrixSamples,
  zMilliseconds,
  zSample,
} from './messages.ts'
export { dotModulo } from './modulo.ts'
export { type MultiplyBackend, multiplyInProcess, multiplyMatrices } from './multiply-matrices.ts'
export {
  challengeOperations,
  DEFAULT_SAMPLES,
  ENTRY_MASK,
  escapeProbability,
  MATRIX_MODULUS,
  zLayers,
  zMatrixSize,
} from './parameters.ts'
export { bytesToRow, rowToBytes } from './row-bytes.ts'
export { openWorkerBackend, type WorkerBackend } from './worker-backend.ts'
