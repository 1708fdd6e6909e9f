import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import * as z from 'zod'
import { zHex32 } from '../../protocol/bytes.ts'
import type { RandomBytes } from '../../protocol/effects.ts'
import { MATRIX_B, matrixRows, streamWords } from './matrices.ts'
import { dotModulo } from './modulo.ts'
import { MATRIX_MODULUS, zMatrixSize } from './parameters.ts'

/**
 * What an issuer draws once an epoch and keeps: the public seed of B, and a secret from which the three vectors of
 * Freivalds' check follow. Who learns the secret can forge answers.
 */
export const zMeasuringKey = z.strictObject({
  type: z.literal('mm1-measuring-key'),
  n: zMatrixSize,
  seedB: zHex32,
  secret: zHex32,
})
export type MeasuringKey = z.output<typeof zMeasuringKey>

/** A measuring key with what is computed from it once: r_v and y_v = B·r_v mod P, v = 1..3. */
export interface PreparedMeasuringKey {
  key: MeasuringKey
  vectors: readonly { r: Uint32Array; y: Uint32Array }[]
}

/** Draws a measuring key for n × n matrices. */
export function createMeasuringKey(n: number, randomBytes: RandomBytes): MeasuringKey {
  const seed = () => bytesToHex(randomBytes(32))
  return zMeasuringKey.parse({ type: 'mm1-measuring-key', n, seedB: seed(), secret: seed() })
}

/** Computes the three vectors and their images under B: 3·n² steps, once an epoch. */
export function prepareMeasuringKey(key: MeasuringKey): PreparedMeasuringKey {
  const { n } = key
  const secrets = [1, 2, 3].map((id) => secretVector(hexToBytes(key.secret), id, n))
  const images = secrets.map(() => new Uint32Array(n))
  const seedB = hexToBytes(key.seedB)
  for (let first = 0; first < n; first += 16) {
    const rows = matrixRows(seedB, MATRIX_B, n, first, 16)
    for (let i = 0; i < 16; i++) {
      const row = rows.subarray(i * n, (i + 1) * n)
      for (const [v, r] of secrets.entries()) images[v]![first + i] = dotModulo(row, r)
    }
  }
  return { key, vectors: secrets.map((r, v) => ({ r, y: images[v]! })) }
}

/** n uniform elements of F_P from the secret's stream: 31 bits of each word, the one value P left out. */
function secretVector(secret: Uint8Array, id: number, n: number): Uint32Array {
  const vector = new Uint32Array(n)
  let filled = 0
  for (let first = 0; filled < n; first += n) {
    for (const word of streamWords(secret, id, first, n)) {
      const candidate = word & 0x7fffffff
      if (candidate !== MATRIX_MODULUS && filled < n) vector[filled++] = candidate
    }
  }
  return vector
}
