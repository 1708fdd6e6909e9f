import { buildPoseidon } from 'circomlibjs'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { FIELD_ORDER, poseidon, toField } from '../../src/protocol/index.ts'

const fieldElements = fc.bigInt(0n, FIELD_ORDER - 1n)

describe('Poseidon', () => {
  let theirs: Awaited<ReturnType<typeof buildPoseidon>>
  beforeAll(async () => {
    theirs = await buildPoseidon()
  })

  it.each([2, 3, 4, 5, 7, 10, 11, 14])('is circomlib’s, with %i inputs', (arity) => {
    fc.assert(
      fc.property(fc.array(fieldElements, { minLength: arity, maxLength: arity }), (inputs) => {
        expect(poseidon(inputs)).toBe(theirs.F.toObject(theirs(inputs)))
      }),
      { numRuns: 10 },
    )
  })

  it('refuses an arity that the protocol does not use', () => {
    expect(() => poseidon([])).toThrow('The protocol has no Poseidon of 0 inputs')
    expect(() => poseidon(Array(6).fill(0n))).toThrow(RangeError)
  })
})

describe('toField', () => {
  it('is the top 248 bits of Keccak-256 (empty text: c5d246…a470, Ethereum yellow paper)', () => {
    expect(toField('')).toBe(0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a4n)
  })

  it('never leaves 248 bits', () => {
    fc.assert(fc.property(fc.string(), (text) => toField(text) < 1n << 248n))
  })
})
