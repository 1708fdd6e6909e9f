import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gridBelow, isOnGrid } from '../../src/protocol/claim-grid.ts'
import { COMPUTE, claimSchema, HARDWARE, jobsSchema, REPUTATION, UPTIME } from '../../src/protocol/claim-schemas.ts'
import {
  assertSources,
  claimOf,
  nameClaims,
  nameSources,
  roundClaims,
  slotClaims,
  sourceOf,
  statedClaims,
  zNamedClaims,
  zNamedSources,
} from '../../src/protocol/claims.ts'
import { MAX_UINT64 } from '../../src/protocol/field.ts'
import { SOURCE_LEVEL } from '../../src/protocol/sources.ts'

const schemas = [HARDWARE, COMPUTE, UPTIME, jobsSchema('market.example'), REPUTATION]
const malformed = (message: string) => expect.objectContaining({ code: 'malformed', message })

/** Claims that an issuer may sign: on their schema's grid, each from a source of the schema's table, or unused. */
const sourced = fc.constantFrom(...schemas).chain((uri) => {
  const slot = (definition: (typeof claims)[number]) => {
    if (definition === null) return fc.constant({ value: 0n, level: 0 })
    const used = fc.record({
      value: fc.bigInt(0n, MAX_UINT64).map((n) => gridBelow(definition.grid, n)),
      level: fc.constantFrom(...definition.sources).map((source) => SOURCE_LEVEL[source]),
    })
    return fc.oneof({ weight: 4, arbitrary: used }, fc.constant({ value: 0n, level: 0 }))
  }
  const { claims } = claimSchema(uri)
  return fc.tuple(...claims.map(slot)).map((slots) => ({
    uri,
    claims: slots.map(({ value }) => value),
    sources: slots.map(({ level }) => level as number),
  }))
})

describe('claims and sources by name and by slot', () => {
  it('say the same', () => {
    fc.assert(
      fc.property(sourced, ({ uri, ...slots }) => {
        const named = zNamedClaims.parse(nameClaims(uri, slots.claims))
        const namedSources = zNamedSources.parse(nameSources(uri, slots.sources))
        expect(slotClaims(uri, named, namedSources)).toEqual(slots)
      }),
    )
  })

  it('are all there, and no others', () => {
    const sources = { ramMiB: 'measured' } as const
    const named = zNamedClaims.parse(nameClaims(COMPUTE, [1024n, 0n, 0n, 0n, 0n, 0n, 0n, 0n]))
    const { cores: _, ...fewer } = named
    expect(() => slotClaims(COMPUTE, fewer, sources)).toThrow(malformed('The claim cores is missing'))
    const unknown = malformed(`${COMPUTE} has no claim named vramMiB`)
    expect(() => slotClaims(COMPUTE, { ...named, vramMiB: 1024n }, sources)).toThrow(unknown)
    expect(() => slotClaims(COMPUTE, named, { ...sources, vramMiB: 'measured' })).toThrow(unknown)
    for (const cores of [4, '04', String(MAX_UINT64 + 1n)])
      expect(zNamedClaims.safeParse({ cores }).success).toBe(false)
    for (const cores of ['verified', 1]) expect(zNamedSources.safeParse({ cores }).success).toBe(false)
  })

  it('of a credential are read by name', () => {
    const slots = statedClaims(COMPUTE, {
      ramMiB: { value: 16_384n, source: 'measured' },
      cores: { value: 4n, source: 'selfReported' },
    })
    const credential = { schema: COMPUTE, ...slots }
    expect(slots.sources).toEqual([2, 0, 0, 1, 0, 0, 0, 0])
    expect([claimOf(credential, 'ramMiB'), claimOf(credential, 'gops')]).toEqual([16_384n, 0n])
    expect([sourceOf(credential, 'cores'), sourceOf(credential, 'gops')]).toEqual([1, 0])
    expect(() => claimOf(credential, 'vramMiB')).toThrow(malformed(`${COMPUTE} has no claim named vramMiB`))
    expect(() => sourceOf(credential, 'assurance')).toThrow(malformed(`${COMPUTE} has no claim named assurance`))
  })
})

describe('the source of each claim', () => {
  it.each([
    ['a measured power limit', HARDWARE, 'powerLimitW', 'measured'],
    ['a measured model', HARDWARE, 'model', 'measured'],
    ['a self-reported throughput', HARDWARE, 'gops', 'selfReported'],
    ['attested RAM', COMPUTE, 'ramMiB', 'attested'],
    ['self-reported uptime', UPTIME, 'uptimeMicro', 'selfReported'],
    ['a self-reported score', REPUTATION, 'score', 'selfReported'],
    ['attested jobs', jobsSchema('market.example'), 'completed', 'attested'],
  ] as const)('is one of the schema: not %s', (_, uri, name, source) => {
    const words = { selfReported: 'selfReported', measured: 'measured', attested: 'attested' }
    expect(() => statedClaims(uri, { [name]: { value: 0n, source } })).toThrow(
      expect.objectContaining({
        code: 'malformed',
        message: `The claim ${name} can't be ${words[source]}`,
        detail: { claim: name },
      }),
    )
  })

  it('is there for each value: a value without one is refused, wherever it stands', () => {
    const claims = Array<bigint>(8).fill(0n)
    const sources = Array<number>(8).fill(0)
    expect(() => assertSources(COMPUTE, { claims, sources })).not.toThrow()
    for (let slot = 0; slot < 8; slot++) {
      const name = claimSchema(COMPUTE).claims[slot]?.name ?? `slot ${slot}`
      expect(() => assertSources(COMPUTE, { claims: claims.with(slot, 1024n), sources })).toThrow(
        malformed(`The claim ${name} has a value and no source`),
      )
    }
    expect(() => assertSources(COMPUTE, { claims, sources: sources.with(7, 1) })).toThrow(
      malformed("The claim slot 7 can't be selfReported"),
    )
    expect(() => assertSources(COMPUTE, { claims, sources: sources.with(0, 4) })).toThrow(
      malformed('A source has a level from 1 to 3, got 4'),
    )
  })
})

describe('rounding to the grid', () => {
  it('leaves what lies on it', () => {
    fc.assert(
      fc.property(sourced, ({ uri, claims }) => {
        expect(roundClaims(uri, claims)).toEqual(claims)
      }),
    )
  })

  it('never flatters: good counts down, bad counts and firstEpoch up, to the nearest grid value', () => {
    const good =
      'vramMiB ramMiB hostRamMiB gops memoryMBps powerLimitW diskGiB netMbit upSlots uptimeMicro uptime30Micro completed ' +
      'ratingSum distinctUsers score lower evidenceHours lastEpoch attestedShare'
    const bad = 'downSlots failed disputed ratingCount upper firstEpoch'
    const value = fc.bigInt(0n, 10n ** 12n)
    fc.assert(
      fc.property(fc.constantFrom(...schemas), fc.array(value, { minLength: 8, maxLength: 8 }), (uri, raw) => {
        const { claims } = claimSchema(uri)
        const measured = raw.map((n, i) => {
          const claim = claims[i]!
          if (claim === null) return 0n
          return claim.rounding === 'exact' ? gridBelow(claim.grid, n) : n
        })
        const rounded = roundClaims(uri, measured)
        for (const [i, claim] of claims.entries()) {
          if (claim === null) continue
          const change = rounded[i]! - measured[i]!
          expect(isOnGrid(claim.grid, rounded[i]!)).toBe(true)
          if (good.split(' ').includes(claim.name)) expect(change <= 0n).toBe(true)
          else if (bad.split(' ').includes(claim.name)) expect(change >= 0n).toBe(true)
          else expect([claim.name, claim.rounding, change]).toEqual([claim.name, 'exact', 0n])
        }
      }),
    )
  })

  it('gives the values of examples', () => {
    expect(roundClaims(UPTIME, [20_500n, 1439n, 1n, 999_999n, 999_950n, 20_000n, 1n, 30n])).toEqual([
      20_500n,
      1430n,
      10n,
      999_900n,
      999_900n,
      20_000n,
      1n,
      30n,
    ])
    expect(roundClaims(HARDWARE, [7n, 24_564n, 41_987_654n, 1008n, 8n, 89n, 455n, 515_000n])).toEqual([
      7n,
      23_552n,
      41_000_000n,
      1000n,
      8n,
      89n,
      450n,
      514_048n,
    ])
  })

  it.each([
    ['seven claims', COMPUTE, [0n, 0n, 0n, 0n, 0n, 0n, 0n], 'A credential has 8 claims, got 7'],
    ['a value in an unused slot', COMPUTE, [0n, 0n, 0n, 0n, 0n, 0n, 0n, 1n], "Claim 7 can't be 1"],
    ['a negative value', COMPUTE, [-1024n, 0n, 0n, 0n, 0n, 0n, 0n, 0n], "Claim ramMiB can't be -1024"],
    ['2^64', COMPUTE, [2n ** 64n, 0n, 0n, 0n, 0n, 0n, 0n, 0n], "Claim ramMiB can't be 18446744073709551616"],
    [
      'what rounding up would lift out of 64 bits',
      UPTIME,
      [20_500n, 0n, MAX_UINT64, 0n, 0n, 0n, 0n, 0n],
      `Claim downSlots can't be ${MAX_UINT64}`,
    ],
  ])('refuses %s', (_, uri, claims, message) => {
    expect(() => roundClaims(uri, claims)).toThrow(malformed(message))
  })
})
