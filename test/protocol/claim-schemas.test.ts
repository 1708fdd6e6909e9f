import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  COMPUTE,
  claimSchema,
  claimSlot,
  HARDWARE,
  jobsSchema,
  marketplaceOf,
  nameClaims,
  REPUTATION,
  roundClaims,
  slotClaims,
  UPTIME,
  zMarketplace,
  zNamedClaims,
  zSchemaUri,
} from '../../src/protocol/claim-schemas.ts'
import { MAX_UINT64 } from '../../src/protocol/field.ts'

const JOBS = jobsSchema('market.example')
const schemas = [HARDWARE, COMPUTE, UPTIME, JOBS, REPUTATION]

/** Claims that lie on their schema's grid. */
const onGrid = fc.constantFrom(...schemas).chain((uri) => {
  const values = claimSchema(uri).claims.map((claim) => {
    return claim === null ? fc.constant(0n) : fc.bigInt(0n, MAX_UINT64 / claim.step).map((n) => n * claim.step)
  })
  return fc.tuple(fc.constant(uri), fc.tuple(...values))
})

describe('claim schemas', () => {
  it('have the slots of the protocol, in the order of the circuit', () => {
    const slots = (uri: string) => claimSchema(uri).claims.map((claim) => claim?.name ?? null)
    expect(slots(HARDWARE)).toEqual([
      'model',
      'vramMiB',
      'integerMops',
      'memoryMBps',
      'gpuCount',
      'computeCapability',
      'powerLimitW',
      'assurance',
    ])
    expect(slots(COMPUTE)).toEqual(['model', 'ramMiB', 'integerMops', 'memoryMBps', 'cores', null, null, 'assurance'])
    expect(slots(UPTIME)).toEqual([
      'epoch',
      'upSlots',
      'downSlots',
      'uptimeMicro',
      'uptime30Micro',
      'firstEpoch',
      'monitors',
      'assurance',
    ])
    expect(slots(JOBS)).toEqual([
      'epoch',
      'completed',
      'failed',
      'disputed',
      'ratingSum',
      'ratingCount',
      'firstEpoch',
      'assurance',
    ])
    expect(slots(REPUTATION)).toEqual([
      'modelVersion',
      'score',
      'lower',
      'upper',
      'evidenceHours',
      'firstEpoch',
      'lastEpoch',
      'assurance',
    ])
  })

  it('have assurance in slot 7, exact, since issuers are capped by it', () => {
    for (const uri of schemas) {
      expect(claimSlot(uri, 'assurance')).toBe(7)
      expect(claimSchema(uri).claims[7]).toMatchObject({ step: 1n, rounding: 'exact' })
    }
  })

  it('are one a marketplace for jobs', () => {
    expect(JOBS).toBe('urn:assay:schema:jobs:1:market.example')
    expect(marketplaceOf(JOBS)).toBe('market.example')
    expect(marketplaceOf(UPTIME)).toBeUndefined()
    expect(marketplaceOf('urn:assay:schema:jobs:1:')).toBeUndefined()
    for (const name of ['', 'Market', 'a b', '-a', 'a-', 'a'.repeat(65), 'a/b', 'a:b', 'a#b']) {
      expect(zMarketplace.safeParse(name).success).toBe(false)
      expect(zSchemaUri.safeParse(`urn:assay:schema:jobs:1:${name}`).success).toBe(false)
    }
  })

  it('are known, or refused', () => {
    for (const uri of schemas) expect(zSchemaUri.parse(uri)).toBe(uri)
    expect(() => claimSchema('urn:assay:schema:hardware:2')).toThrow(
      expect.objectContaining({
        code: 'unknownSchema',
        message: 'urn:assay:schema:hardware:2 is not a known claim schema',
      }),
    )
    expect(zSchemaUri.safeParse('urn:assay:schema:hardware:2').success).toBe(false)
  })
})

describe('claims by name and by slot', () => {
  it('say the same', () => {
    fc.assert(
      fc.property(onGrid, ([uri, claims]) => {
        expect(slotClaims(uri, zNamedClaims.parse(nameClaims(uri, claims)))).toEqual(claims)
      }),
    )
  })

  it('are all there, and no others', () => {
    const named = zNamedClaims.parse(nameClaims(COMPUTE, [0n, 1024n, 0n, 0n, 4n, 0n, 0n, 1n]))
    const { cores: _, ...fewer } = named
    const malformed = (message: string) => expect.objectContaining({ code: 'malformed', message })
    expect(() => slotClaims(COMPUTE, fewer)).toThrow(malformed('The claim cores is missing'))
    expect(() => slotClaims(COMPUTE, { ...named, vramMiB: 1024n })).toThrow(
      malformed(`${COMPUTE} has no claim named vramMiB`),
    )
    expect(zNamedClaims.safeParse({ cores: 4 }).success).toBe(false)
    expect(zNamedClaims.safeParse({ cores: '04' }).success).toBe(false)
    expect(zNamedClaims.safeParse({ cores: String(MAX_UINT64 + 1n) }).success).toBe(false)
  })
})

describe('rounding to the grid', () => {
  it('leaves what lies on it, and is idempotent', () => {
    fc.assert(
      fc.property(onGrid, ([uri, claims]) => {
        expect(roundClaims(uri, claims)).toEqual(claims)
      }),
    )
  })

  it('never flatters: good counts down, bad counts and firstEpoch up, by less than a step', () => {
    const good = [
      'vramMiB',
      'ramMiB',
      'integerMops',
      'memoryMBps',
      'upSlots',
      'uptimeMicro',
      'uptime30Micro',
      'completed',
      'ratingSum',
      'score',
      'lower',
      'evidenceHours',
    ]
    const bad = ['downSlots', 'failed', 'disputed', 'ratingCount', 'upper', 'firstEpoch']
    const value = fc.bigInt(0n, 10n ** 12n)
    fc.assert(
      fc.property(fc.constantFrom(...schemas), fc.array(value, { minLength: 8, maxLength: 8 }), (uri, raw) => {
        const { claims } = claimSchema(uri)
        const measured = raw.map((n, i) => (claims[i] === null ? 0n : n))
        const rounded = roundClaims(uri, measured)
        for (const [i, claim] of claims.entries()) {
          if (claim === null) continue
          const change = rounded[i]! - measured[i]!
          expect(rounded[i]! % claim.step).toBe(0n)
          expect(change > -claim.step && change < claim.step).toBe(true)
          if (good.includes(claim.name)) expect(change <= 0n).toBe(true)
          if (bad.includes(claim.name)) expect(change >= 0n).toBe(true)
        }
      }),
    )
  })

  it('gives the values of an example', () => {
    expect(roundClaims(UPTIME, [20_500n, 1439n, 1n, 999_999n, 999_950n, 20_000n, 1n, 2n])).toEqual([
      20_500n,
      1430n,
      10n,
      999_900n,
      999_900n,
      20_000n,
      1n,
      2n,
    ])
  })

  it.each([
    ['seven claims', [0n, 0n, 0n, 0n, 0n, 0n, 0n], 'A credential has 8 claims, got 7'],
    ['a value in an unused slot', [0n, 0n, 0n, 0n, 0n, 1n, 0n, 1n], "Claim 5 can't be 1"],
    ['a negative value', [0n, -1024n, 0n, 0n, 0n, 0n, 0n, 1n], "Claim ramMiB can't be -1024"],
    ['2^64', [0n, 2n ** 64n, 0n, 0n, 0n, 0n, 0n, 1n], "Claim ramMiB can't be 18446744073709551616"],
  ])('refuses %s', (_, claims, message) => {
    expect(() => roundClaims(COMPUTE, claims)).toThrow(expect.objectContaining({ code: 'malformed', message }))
  })

  it('refuses what rounding up would lift out of 64 bits', () => {
    const claims = [20_500n, 0n, MAX_UINT64, 0n, 0n, 0n, 0n, 1n]
    expect(() => roundClaims(UPTIME, claims)).toThrow(expect.objectContaining({ code: 'malformed' }))
  })
})
