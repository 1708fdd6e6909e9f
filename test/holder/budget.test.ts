import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ANY_VALUE,
  assessAnswer,
  compact,
  complement,
  estimateFit,
  hasSpread,
  intersect,
  isWithin,
  shareOf,
  type Told,
  tell,
  type ValueSet,
  valuesOf,
  zPopulation,
} from '../../src/holder/budget/index.ts'
import { sourceTerms } from '../../src/holder/credential-terms.ts'
import { gridBelow } from '../../src/protocol/claim-grid.ts'
import {
  COMPUTE,
  claimDefinition,
  claimNames,
  HARDWARE,
  jobsSchema,
  REPUTATION,
  UPTIME,
} from '../../src/protocol/claim-schemas.ts'
import { machineDevice } from '../../src/protocol/device.ts'
import { MAX_UINT64 } from '../../src/protocol/field.ts'
import { resolvePolicy } from '../../src/protocol/policy.ts'
import { issuer, keys, measured, NOW } from './fixture.ts'

const schemas = [HARDWARE, COMPUTE, UPTIME, jobsSchema('market.example'), REPUTATION]
const office = issuer('office')
const device = machineDevice('00'.repeat(16))
const audience = 'did:web:dapp.example'
const value = fc.bigInt(0n, 40n)
/** Any set of values up to 40, from whether each of them is in it. */
const set: fc.Arbitrary<ValueSet> = fc.array(fc.boolean(), { minLength: 41, maxLength: 41 }).map((members) => {
  const ranges: [bigint, bigint][] = []
  for (const [n, isMember] of members.entries()) {
    if (!isMember) continue
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === BigInt(n - 1)) last[1] = BigInt(n)
    else ranges.push([BigInt(n), BigInt(n)])
  }
  return ranges
})
const holds = (of: ValueSet, n: bigint) => of.some(([min, max]) => min <= n && n <= max)
const hardware = (claims: Record<string, bigint>) => {
  const stated = Object.fromEntries(Object.entries(claims).map(([name, n]) => [name, measured(n)]))
  return office.sign({ schema: HARDWARE, claims: stated, terms: office.terms(device) })
}
const uptime = (epoch: bigint) => {
  return office.sign({ schema: UPTIME, claims: { epoch: measured(epoch) }, terms: office.terms(device) })
}

describe('sets of values', () => {
  it('intersect and complement as their members do', () => {
    fc.assert(
      fc.property(set, set, value, (a, b, n) => {
        expect(holds(intersect(a, b), n)).toBe(holds(a, n) && holds(b, n))
        expect(holds(complement(a), n)).toBe(!holds(a, n))
        expect(complement(complement(a))).toEqual(a)
        expect(isWithin(intersect(a, b), a)).toBe(true)
        expect(isWithin(a, b)).toBe(intersect(a, complement(b)).length === 0)
      }),
    )
    expect(complement(ANY_VALUE)).toEqual([])
    expect(complement([])).toEqual(ANY_VALUE)
  })

  it('are what a policy allows: its range, or the permitted values in it', () => {
    expect(valuesOf({})).toEqual(ANY_VALUE)
    expect(valuesOf({ min: 5n })).toEqual([[5n, MAX_UINT64]])
    expect(valuesOf({ min: 5n, anyOf: [9n, 4n, 7n, 9n] })).toEqual([
      [7n, 7n],
      [9n, 9n],
    ])
  })

  it('never grow by being made compact, and keep the true value', () => {
    const many: ValueSet = Array.from({ length: 80 }, (_, i) => [BigInt(i * 100), BigInt(i * 100 + (i % 7))])
    const kept = compact(many, 700n)
    expect(kept).toHaveLength(64)
    expect(isWithin(kept, many)).toBe(true)
    expect(holds(kept, 700n)).toBe(true)
    expect(complement(complement(kept))).toEqual(kept)
  })
})

describe('the share of machines that a range leaves', () => {
  const claims = schemas.flatMap((schema) => claimNames(schema).map((name) => [schema, name] as const))

  it.each(claims)('is known for %s %s: all for no bound, and never more for less', (schema, name) => {
    expect(hasSpread(name)).toBe(true)
    expect(shareOf(schema, name, ANY_VALUE)).toBe(1)
    const { grid } = claimDefinition(schema, name)
    const bound = fc.bigInt(0n, 2_000_000n).map((n) => gridBelow(grid, n))
    fc.assert(
      fc.property(bound, bound, bound, bound, (a, b, c, d) => {
        const [low, l, h, high] = [a, b, c, d].sort((x, y) => (x < y ? -1 : 1)) as [bigint, bigint, bigint, bigint]
        const [wide, narrow] = [shareOf(schema, name, [[low, high]]), shareOf(schema, name, [[l, h]])]
        expect(narrow > 0 && narrow <= wide && wide <= 1).toBe(true)
      }),
      { numRuns: 30 },
    )
  })

  it('about halves with each bisection, and is small for one value of many', () => {
    const vram = (gib: bigint) => shareOf(HARDWARE, 'vramMiB', [[gib * 1024n, MAX_UINT64]])
    expect(vram(1n)).toBeGreaterThan(0.8)
    expect(vram(24n)).toBeGreaterThan(0.3)
    expect(vram(80n)).toBeLessThan(0.3)
    expect(shareOf(HARDWARE, 'vramMiB', [[24_576n, 24_576n]])).toBeLessThan(0.01)
    expect(shareOf(HARDWARE, 'model', [[7n, 7n]])).toBe(1 / 32)
    expect(shareOf(HARDWARE, 'model', [[7n, MAX_UINT64]])).toBe(0.5)
    // half of all scores are near 0, the others anywhere
    expect(shareOf(REPUTATION, 'score', [[600n, MAX_UINT64]])).toBeCloseTo(0.24, 2)
    expect(shareOf(REPUTATION, 'score', [[0n, 0n]])).toBeGreaterThan(0.04)
    expect(shareOf(REPUTATION, 'score', [[0n, MAX_UINT64]])).toBe(1)
    expect(shareOf(UPTIME, 'uptimeMicro', [[990_000n, MAX_UINT64]])).toBeGreaterThan(0.4)
    expect(shareOf(UPTIME, 'epoch', [[20_500n, 20_500n]])).toBe(1)
  })
})

describe('what an audience was told', () => {
  const credential = hardware({ vramMiB: 24_576n })
  const telling = (claims: Record<string, ValueSet>, of = credential) => ({
    audience,
    credential: of,
    claims,
    outcome: 'answered' as const,
  })

  it('is the intersection of all ranges, of each device and schema', () => {
    const once = tell([], telling({ vramMiB: [[8192n, MAX_UINT64]] }), NOW)
    const twice = tell(once, telling({ vramMiB: [[0n, 49_152n]], gpuCount: [[1n, 1n]] }), NOW + 5)
    expect(twice).toEqual([
      {
        audience,
        schema: HARDWARE,
        device,
        part: 0n,
        claims: { vramMiB: [[8192n, 49_152n]], gpuCount: [[1n, 1n]] },
        answered: 2,
        declined: 0,
        last: NOW + 5,
      },
    ])
    expect(tell(twice, { ...telling({}), audience: 'did:web:other.example' }, NOW)).toHaveLength(2)
    expect(tell(twice, telling({}, uptime(20_500n)), NOW)).toHaveLength(2)
  })

  it('is about an epoch where the schema has epochs', () => {
    const told = [20_500n, 20_501n, 20_500n].reduce<Told[]>(
      (records, epoch) => tell(records, telling({}, uptime(epoch)), NOW),
      [],
    )
    expect(told.map(({ part, answered }) => [part, answered])).toEqual([
      [20_501n, 1],
      [20_500n, 2],
    ])
  })

  it('begins another record where a value has changed since, and keeps the first', () => {
    const before = tell([], telling({ vramMiB: [[16_384n, MAX_UINT64]] }), NOW)
    const smaller = hardware({ vramMiB: 8192n })
    const after = tell(before, telling({ vramMiB: [[0n, 12_288n]] }, smaller), NOW)
    expect(after.map(({ claims }) => claims.vramMiB)).toEqual([[[16_384n, MAX_UINT64]], [[0n, 12_288n]]])
    // each goes on where it was
    const again = tell(after, telling({ vramMiB: [[24_576n, MAX_UINT64]] }), NOW)
    expect(again.map(({ claims }) => claims.vramMiB)).toEqual([[[0n, 12_288n]], [[24_576n, MAX_UINT64]]])
  })

  it('is about one model of a mixed rig at a time', () => {
    const [first, second] = [7n, 9n].map((model) => {
      const claims = { model: { value: model, source: 'attested' as const } }
      return office.sign({ schema: HARDWARE, claims, terms: office.terms(device) })
    })
    const told = [first!, second!, first!].reduce<Told[]>((records, of) => tell(records, telling({}, of), NOW), [])
    expect(told.map(({ part, answered }) => [part, answered])).toEqual([
      [9n, 1],
      [7n, 2],
    ])
  })
})

describe('how many machines still fit', () => {
  const told = (schema: string, claims: Told['claims'], changes: Partial<Told> = {}): Told => {
    return { audience, schema, device, claims, answered: 1, declined: 0, last: NOW, ...changes }
  }
  const left = (...records: Told[]) => estimateFit(records, { audience, device })
  const vram = told(HARDWARE, { vramMiB: [[24_576n, MAX_UINT64]] })

  it('is all of them while nothing is told, and the product of the shares afterwards', () => {
    expect(left()).toBe(10_000)
    const share = shareOf(HARDWARE, 'vramMiB', [[24_576n, MAX_UINT64]])
    expect(left(vram)).toBeCloseTo(10_000 * share)
    const count = shareOf(HARDWARE, 'gpuCount', [[4n, MAX_UINT64]])
    expect(left(told(HARDWARE, { ...vram.claims, gpuCount: [[4n, MAX_UINT64]] }))).toBeCloseTo(10_000 * share * count)
  })

  it('counts what other audiences and other devices were told for nothing', () => {
    const elsewhere = told(HARDWARE, { vramMiB: [[0n, 0n]] })
    expect(left(vram, { ...elsewhere, audience: 'did:web:x.example' }, { ...elsewhere, device: 1n })).toBe(left(vram))
  })

  it("counts the holder's score for each device, since one pseudonym holds them together", () => {
    const score = told(REPUTATION, { score: [[900n, MAX_UINT64]] }, { device: sourceTerms(keys, office.did).device })
    expect(left(vram, score)).toBeCloseTo(left(vram) * shareOf(REPUTATION, 'score', [[900n, MAX_UINT64]]))
  })

  it('does not count a good epoch again, and counts one that tells something else', () => {
    const up = (epoch: bigint, min: bigint) =>
      told(UPTIME, { uptimeMicro: [[min, MAX_UINT64]], epoch: [[epoch, epoch]] }, { part: epoch })
    const month = Array.from({ length: 30 }, (_, i) => up(BigInt(20_500 + i), 990_000n))
    expect(left(...month)).toBeCloseTo(left(month[0]!))
    expect(left(...month, up(20_600n, 900_000n))).toBeCloseTo(left(month[0]!))
    const bad = told(UPTIME, { uptimeMicro: [[0n, 899_900n]] }, { part: 20_601n })
    expect(left(...month, bad)).toBeLessThan(left(...month) / 2)
  })

  it('is never raised by public figures, and lowered by them', () => {
    const figures = (machines: number, ranges: object[]) => {
      const claims = [{ schema: HARDWARE, claim: 'vramMiB', ranges }]
      return zPopulation.parse({ type: 'AssayPopulation', version: 1, epoch: 20_500, machines, claims })
    }
    const with24 = (population: ReturnType<typeof figures>) => estimateFit([vram], { audience, device, population })
    const all = { min: '24576', max: String(MAX_UINT64) }
    const small = { min: '0', max: '8192' }
    expect(with24(figures(1_000_000, [{ ...all, machines: 1000 }]))).toBe(left(vram))
    expect(with24(figures(1000, [{ ...all, machines: 1000 }]))).toBeCloseTo(left(vram) / 10)
    const few = figures(1_000_000, [
      { ...all, machines: 1 },
      { ...small, machines: 99 },
    ])
    expect(with24(few)).toBeCloseTo(100)
    expect(with24(figures(1_000_000, []))).toBe(left(vram))
  })

  it('is too few when four claims are pinned to three grid values each, though no one range is narrow', () => {
    const three = (name: string, at: bigint, step: bigint) => [name, { min: String(at), max: String(at + 2n * step) }]
    const claims = [
      three('vramMiB', 24_576n, 1024n),
      three('gops', 41_000n, 1000n),
      three('memoryMBps', 900_000n, 10_000n),
      three('hostRamMiB', 65_536n, 1024n),
    ]
    const credential = hardware({ vramMiB: 24_576n, gops: 41_000n, memoryMBps: 900_000n, hostRamMiB: 65_536n })
    const ask = (some: typeof claims) => {
      const policy = resolvePolicy({ schema: HARDWARE, claims: Object.fromEntries(some) })
      return assessAnswer({ told: [], audience, asked: [{ policy, credential }], now: NOW })
    }
    expect(ask(claims)).toMatchObject({ exceeds: true })
    expect(ask(claims).fit).toBeLessThan(1)
    // one alone is answered
    expect(ask(claims.slice(0, 1)).exceeds).toBe(false)
  })

  it('may be asked the same twice for nothing', () => {
    const policy = resolvePolicy({ schema: HARDWARE, claims: { vramMiB: { min: '24576' }, gpuCount: { min: '1' } } })
    const asked = [{ policy, credential: hardware({ vramMiB: 24_576n, gpuCount: 1n }) }]
    const first = assessAnswer({ told: [], audience, asked, now: NOW })
    const second = assessAnswer({ told: first.told, audience, asked, now: NOW })
    expect([first.exceeds, second.exceeds, second.fit]).toEqual([false, false, first.fit])
  })
})
