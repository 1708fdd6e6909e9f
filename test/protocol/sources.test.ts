import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packSources, SOURCE_LEVEL, SOURCE_WORDS, sourceName, zSource, zSourceCap } from '../../src/protocol/sources.ts'

const levels = fc.array(fc.nat(3), { minLength: 8, maxLength: 8 })

describe('sources', () => {
  it('are self-reported, measured and attested, in this order', () => {
    expect([1, 2, 3].map(sourceName)).toEqual(['selfReported', 'measured', 'attested'])
    expect(SOURCE_LEVEL).toEqual({ selfReported: 1, measured: 2, attested: 3 })
    expect(Object.values(SOURCE_WORDS).join()).not.toContain('verified')
  })

  it.each([0, 4, 1.5, -1])('have no name at level %s', (level) => {
    expect(() => sourceName(level)).toThrow(
      expect.objectContaining({ code: 'malformed', message: `A source has a level from 1 to 3, got ${level}` }),
    )
  })

  it('are names in JSON, and an issuer is capped at one of the three', () => {
    expect(zSource.safeParse('measured').success).toBe(true)
    for (const other of ['verified', 'unused', 2]) expect(zSource.safeParse(other).success).toBe(false)
    expect([0, 1, 3, 4].map((cap) => zSourceCap.safeParse(cap).success)).toEqual([false, true, true, false])
  })

  it('are packed two bits a claim, claim 0 lowest, so that no two lists pack alike', () => {
    expect(packSources([1, 0, 0, 0, 0, 0, 0, 0])).toBe(1n)
    expect(packSources([0, 3, 0, 0, 0, 0, 0, 2])).toBe((2n << 14n) + 12n)
    fc.assert(
      fc.property(levels, levels, (a, b) => {
        const packed = packSources(a)
        expect(a.map((_, i) => Number((packed >> BigInt(2 * i)) & 3n))).toEqual(a)
        expect(packed < 1n << 16n).toBe(true)
        expect(packed === packSources(b)).toBe(a.join() === b.join())
      }),
    )
  })

  it.each([
    ['a level of 4, which would spill into the next claim', [4, 0, 0, 0, 0, 0, 0, 0]],
    ['a negative level: (2, 1) also opens as (−2, 2)', [-2, 2, 0, 0, 0, 0, 0, 0]],
    ['a fraction', [0.5, 0, 0, 0, 0, 0, 0, 0]],
    ['seven levels', [0, 0, 0, 0, 0, 0, 0]],
    ['nine levels', [0, 0, 0, 0, 0, 0, 0, 0, 0]],
  ])('refuse to be packed with %s', (_, wrong) => {
    expect(() => packSources(wrong)).toThrow(new RangeError(`Eight source levels from 0 to 3 are needed, got ${wrong}`))
  })
})
