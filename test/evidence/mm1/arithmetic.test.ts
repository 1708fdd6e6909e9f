import { chacha8 } from '@noble/ciphers/chacha.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  bytesToRow,
  createMeasuringKey,
  deriveSeedA,
  dotModulo,
  escapeProbability,
  layerEntries,
  MATRIX_MODULUS,
  matrixRows,
  multiplyMatrices,
  prepareMeasuringKey,
  rowToBytes,
  streamWords,
} from '../../../src/evidence/index.ts'
import { seededRandom } from '../random.ts'

function schoolbook(left: Uint16Array, right: Uint16Array, n: number): number[] {
  return Array.from({ length: left.length }, (_, at) => {
    const [row, column] = [Math.floor(at / n), at % n]
    let sum = 0
    for (let k = 0; k < n; k++) sum += left[row * n + k]! * right[k * n + column]!
    return sum
  })
}

const entries = (length: number) => fc.array(fc.integer({ min: 0, max: 511 }), { minLength: length, maxLength: length })

describe('MM-1 matrices', () => {
  test('seedA hashes "mm1", nonce, beacon, agent key and the device as 32 bytes, big-endian', () => {
    const [nonce, beacon, agentKey] = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    const device = new Uint8Array(32)
    device.set([0x01, 0x02], 30)
    const text = [...new TextEncoder().encode('mm1'), ...nonce, ...beacon, ...agentKey, ...device]
    expect(deriveSeedA({ nonce, beacon, agentKey, device: 0x0102n })).toEqual(sha256(Uint8Array.from(text)))
    expect(() => deriveSeedA({ nonce: nonce.slice(1), beacon, agentKey, device: 1n })).toThrow(
      new RangeError('The nonce must have 32 bytes, got 31'),
    )
  })

  test('entries are the low 9 bits of the words of ChaCha8, with the id first in the nonce', () => {
    const seed = new Uint8Array(32).fill(7)
    const stream = chacha8(seed, Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), new Uint8Array(16 * 16 * 4))
    const words = bytesToRow(stream)
    expect(streamWords(seed, 2, 0, 256)).toEqual(words)
    expect([...matrixRows(seed, 2, 16, 0, 16)]).toEqual([...words].map((word) => word & 511))
    expect(matrixRows(seed, 2, 16, 5, 2)).toEqual(matrixRows(seed, 2, 16, 0, 16).slice(80, 112))
    expect(() => streamWords(seed, 2, 8, 16)).toThrow(RangeError)
  })

  test('f_l is the stated mixing, computed with big integers', () => {
    const mask = 0xffffffffn
    const reference = (l: number, x: number) => {
      let h = ((BigInt(x) ^ ((BigInt(l) * 0x9e3779b9n) & mask)) * 0x85ebca6bn) & mask
      h ^= h >> 15n
      h = (h * 0xc2b2ae35n) & mask
      h ^= h >> 16n
      return Number(h & 511n)
    }
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 63 }), fc.array(fc.integer({ min: 0, max: MATRIX_MODULUS })), (l, row) => {
        expect([...layerEntries(l, Uint32Array.from(row))]).toEqual(row.map((x) => reference(l, x)))
      }),
    )
  })

  test('the kernel is exact on random matrices', () => {
    const square = fc.constantFrom(4, 8, 16, 20).chain((n) => fc.tuple(fc.constant(n), entries(n * n), entries(n * n)))
    fc.assert(
      fc.property(square, ([n, a, b]) => {
        const [left, right] = [Uint16Array.from(a), Uint16Array.from(b)]
        expect([...multiplyMatrices(left, right, n)]).toEqual(schoolbook(left, right, n))
      }),
      { numRuns: 40 },
    )
  })

  test('the kernel is exact where sums are largest, also across its blocks', () => {
    for (const n of [256, 512, 1024]) {
      const [left, right] = [new Uint16Array(4 * n).fill(511), new Uint16Array(n * n).fill(511)]
      expect(new Set(multiplyMatrices(left, right, n))).toEqual(new Set([511 * 511 * n]))
    }
    expect(511 * 511 * 8192).toBeLessThan(MATRIX_MODULUS)
  })

  test('sizes that do not fit the tiles are refused', () => {
    expect(() => multiplyMatrices(new Uint16Array(6 * 3), new Uint16Array(36), 6)).toThrow(
      new RangeError('Rows (3) and n (6) must be multiples of 4'),
    )
  })

  test('rows are hashed and sent as u32 little-endian', () => {
    expect(rowToBytes(Uint32Array.of(1, 0x01020304))).toEqual(Uint8Array.of(1, 0, 0, 0, 4, 3, 2, 1))
    expect(bytesToRow(rowToBytes(Uint32Array.of(5, 2 ** 31)))).toEqual(Uint32Array.of(5, 2 ** 31))
  })
})

describe("Freivalds' check", () => {
  test('dot products mod 2^31 - 1 equal those of big integers, at the largest values too', () => {
    const exact = (a: number[], b: number[]) =>
      Number(a.reduce((sum, x, i) => sum + BigInt(x) * BigInt(b[i]!), 0n) % BigInt(MATRIX_MODULUS))
    const element = fc.integer({ min: 0, max: MATRIX_MODULUS - 1 })
    fc.assert(
      fc.property(fc.array(fc.tuple(element, element), { maxLength: 200 }), (pairs) => {
        const [a, b] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)]
        expect(dotModulo(Uint32Array.from(a), Uint32Array.from(b))).toBe(exact(a, b))
      }),
    )
    const largest = Array.from({ length: 8192 }, () => MATRIX_MODULUS - 1)
    expect(dotModulo(Uint32Array.from(largest), Uint32Array.from(largest))).toBe(exact(largest, largest))
  })

  test('a key gives three different secret vectors below P and their images under B', () => {
    const n = 32
    const key = createMeasuringKey(n, seededRandom('key'))
    const { vectors } = prepareMeasuringKey(key)
    const b = matrixRows(Uint8Array.from(Buffer.from(key.seedB, 'hex')), 2, n, 0, n)
    expect(new Set(vectors.map(({ r }) => bytesToHex(rowToBytes(r)))).size).toBe(3)
    for (const { r, y } of vectors) {
      expect(Math.max(...r)).toBeLessThan(MATRIX_MODULUS)
      for (let i = 0; i < n; i++) expect(y[i]).toBe(dotModulo(b.subarray(i * n, (i + 1) * n), r))
    }
  })

  test('64 rows let a tenth of wrong rows escape with 0.12 %', () => {
    expect(escapeProbability(0.1, 64)).toBeCloseTo(0.00118, 5)
    expect(escapeProbability(0, 64)).toBe(1)
    expect(escapeProbability(1, 64)).toBe(0)
  })
})
