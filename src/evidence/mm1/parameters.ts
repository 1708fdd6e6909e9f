import * as z from 'zod'

/** The modulus of the check, 2³¹ − 1. Entries of a product stay below it: 511² · 8192 < P. */
export const MATRIX_MODULUS = 2 ** 31 - 1

/** Entries of the matrices that are multiplied have 9 bits. */
export const ENTRY_MASK = 511

/** Side of the matrices: a multiple of 16, so that every row starts on a ChaCha block. */
export const zMatrixSize = z.int().min(16).max(8192).multipleOf(16)

/** How many products are chained. */
export const zLayers = z.int().min(1).max(64)

/** How many rows are opened: 64 let one wrong row in ten escape with probability 0.12 %. */
export const DEFAULT_SAMPLES = 64

/**
 * The probability that a prover of whose rows a fraction is wrong passes nevertheless, with so many rows opened: (1−δ)^t.
 * Rows are drawn without repetition, so the truth is this or less.
 */
export function escapeProbability(wrongFraction: number, samples: number): number {
  return (1 - wrongFraction) ** samples
}

/** Operations that a challenge takes by the schoolbook method, a multiplication and an addition each counted: 2·L·n³. */
export function challengeOperations(n: number, layers: number): bigint {
  return 2n * BigInt(layers) * BigInt(n) ** 3n
}
