import fc from 'fast-check'
import { gzipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import {
  decodeStatusList,
  emptyStatusList,
  encodeStatusList,
  isRevoked,
  poseidon,
  revokeIndex,
  STATUS_LIST_BITS,
  statusPath,
  statusRoot,
  statusWords,
  toBase64url,
} from '../../src/protocol/index.ts'

const indices = fc.oneof(fc.constantFrom(0, 127, 128, STATUS_LIST_BITS - 1), fc.nat(STATUS_LIST_BITS - 1))
const revoke = (list: Uint8Array, ...all: number[]) => all.reduce(revokeIndex, list)

describe('Bitstring Status List', () => {
  it('numbers bits from the left: index 0 is the most significant bit of the first byte (W3C, 2.2)', () => {
    const list = revoke(emptyStatusList(), 0, 9)
    expect([...list.subarray(0, 2)]).toEqual([0x80, 0x40])
    expect(isRevoked(list, 0) && isRevoked(list, 9)).toBe(true)
    expect(isRevoked(list, 1)).toBe(false)
  })

  it('survives encoding, which is deterministic', () => {
    fc.assert(
      fc.property(fc.array(indices, { maxLength: 20 }), (revoked) => {
        const list = revoke(emptyStatusList(), ...revoked)
        expect(decodeStatusList(encodeStatusList(list))).toEqual(list)
        expect(encodeStatusList(list)).toBe(encodeStatusList(list.slice()))
      }),
      { numRuns: 20 },
    )
  })

  it('refuses other prefixes, other sizes, bombs and text that is not gzip', () => {
    const encoded = encodeStatusList(emptyStatusList())
    const bomb = `u${toBase64url(gzipSync(new Uint8Array(1 << 22)))}`
    const short = `u${toBase64url(gzipSync(new Uint8Array(100)))}`
    // Says 16,384 bytes and holds four times as many.
    const liar = gzipSync(new Uint8Array(1 << 16))
    new DataView(liar.buffer, liar.byteOffset).setUint32(liar.length - 4, 16_384, true)
    for (const bad of [
      encoded.slice(1),
      `z${encoded.slice(1)}`,
      bomb,
      short,
      `u${toBase64url(liar)}`,
      'uAAAA',
      'u',
      '',
    ]) {
      expect(() => decodeStatusList(bad)).toThrow(expect.objectContaining({ code: 'malformed' }))
    }
  })

  it('refuses indices outside the list', () => {
    for (const index of [-1, STATUS_LIST_BITS, 1.5, Number.NaN]) {
      expect(() => isRevoked(emptyStatusList(), index)).toThrow(RangeError)
    }
  })
})

describe('the circuit’s view of a status list', () => {
  it('holds W3C index 128w + j as the bit of value 2^j of word w', () => {
    fc.assert(
      fc.property(indices, (index) => {
        const words = statusWords(revokeIndex(emptyStatusList(), index))
        expect(words[index >> 7]).toBe(1n << BigInt(index & 127))
        expect(words.filter((word) => word !== 0n)).toHaveLength(1)
      }),
      { numRuns: 20 },
    )
  })

  it('leads from the word of any index to the root', () => {
    fc.assert(
      fc.property(fc.array(indices, { maxLength: 5 }), indices, (revoked, index) => {
        const list = revoke(emptyStatusList(), ...revoked)
        const { word, siblings } = statusPath(list, index)
        const root = siblings.reduce((node, sibling, height) => {
          return (index >> (7 + height)) & 1 ? poseidon([sibling, node]) : poseidon([node, sibling])
        }, word)
        expect(root).toBe(statusRoot(list))
      }),
      { numRuns: 10 },
    )
  })
})
