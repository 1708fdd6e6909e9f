import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  COMPUTE,
  canHaveSource,
  claimDefinition,
  claimNames,
  claimSchema,
  HARDWARE,
  jobsSchema,
  REPUTATION,
  UPTIME,
} from '../../src/protocol/claim-schemas.ts'
import type { SourcedClaims } from '../../src/protocol/claims.ts'
import { MAX_UINT64, toField } from '../../src/protocol/field.ts'
import {
  assertOnGrid,
  failingClaim,
  type Policy,
  type PolicyInput,
  type PolicyJson,
  policyHash,
  policySlots,
  resolvePolicy,
  zPolicy,
  zPolicyInput,
} from '../../src/protocol/policy.ts'
import { poseidon } from '../../src/protocol/poseidon.ts'
import { packSources, SOURCE_LEVEL, type SourceName } from '../../src/protocol/sources.ts'

const schemas = [HARDWARE, COMPUTE, UPTIME, jobsSchema('market.example'), REPUTATION]
const bound = fc.oneof(fc.bigInt(0n, MAX_UINT64), fc.bigInt(0n, 3n), fc.constantFrom(0n, MAX_UINT64))
const sourcesOf = (schema: string, name: string) => {
  return (Object.keys(SOURCE_LEVEL) as SourceName[]).filter((source) => {
    return canHaveSource(claimDefinition(schema, name), source)
  })
}

/** Any policy: ranges and sources on some claims, permitted values on the first. */
const policy: fc.Arbitrary<Policy> = fc.constantFrom(...schemas).chain((schema) => {
  const names = claimNames(schema)
  const range = fc.tuple(fc.option(bound, { nil: undefined }), fc.option(bound, { nil: undefined })).map(([a, b]) => {
    const ordered = a !== undefined && b !== undefined && a > b ? { min: b, max: a } : { min: a, max: b }
    return Object.fromEntries(Object.entries(ordered).filter(([, value]) => value !== undefined))
  })
  const anyOf = fc.option(fc.array(bound, { minLength: 1, maxLength: 8 }), { nil: undefined })
  const picks = fc.array(fc.nat(2), { minLength: 8, maxLength: 8 })
  return fc
    .tuple(fc.subarray(names), fc.array(range, { minLength: 8, maxLength: 8 }), anyOf, picks)
    .map(([chosen, ranges, permitted, sources]) => {
      const sourceOf = (name: string, i: number) => {
        const allowed = sourcesOf(schema, name)
        return allowed[sources[i]! % allowed.length]!
      }
      const claims: Policy['claims'] = Object.fromEntries(
        chosen.map((name, i) => [name, { ...ranges[i]!, source: sourceOf(name, i) }]),
      )
      const first = names[0]!
      if (permitted !== undefined) claims[first] = { source: sourceOf(first, 7), ...claims[first], anyOf: permitted }
      return { schema, claims }
    })
})

const json = (value: Policy): PolicyJson =>
  JSON.parse(JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part)))
const messages = (error: { issues: { message: string }[] } | undefined) =>
  error?.issues.map((issue) => issue.message).join()

describe('policy', () => {
  it('comes back from its JSON', () => {
    fc.assert(
      fc.property(policy, (value) => {
        expect(zPolicy.parse(json(value))).toEqual(value)
      }),
    )
  })

  const measured = { source: 'measured' }
  const ram = (range: object) => ({ schema: COMPUTE, claims: { ramMiB: { ...measured, ...range } } })
  it.each([
    ['an unknown schema', { schema: 'urn:assay:schema:hardware:2', claims: {} }, 'must be a known claim schema'],
    ['a claim of another schema', { schema: COMPUTE, claims: { vramMiB: measured } }, 'the schema has no such claim'],
    ['the name of an unused slot', { schema: COMPUTE, claims: { null: measured } }, 'the schema has no such claim'],
    ['a claim called toString', { schema: COMPUTE, claims: { toString: measured } }, 'the schema has no such claim'],
    ['the claim that was', { schema: COMPUTE, claims: { assurance: measured } }, 'the schema has no such claim'],
    ['min above max', ram({ min: '2048', max: '1024' }), 'min must not exceed max'],
    [
      'min above max by one, at the top',
      ram({ min: String(MAX_UINT64), max: String(MAX_UINT64 - 1n) }),
      'min must not',
    ],
    [
      'permitted values of a later claim',
      { schema: COMPUTE, claims: { gops: { ...measured, anyOf: ['1'] } } },
      'anyOf is for',
    ],
    ['no permitted value', ram({ anyOf: [] }), '>=1 items'],
    ['nine permitted values', ram({ anyOf: Array(9).fill('1024') }), '<=8 items'],
    ['a permitted value of 2^64', ram({ anyOf: [String(2n ** 64n)] }), 'must be less than 2^64'],
    ['a number in place of its decimal string', ram({ min: 1024 }), 'expected string'],
    ['a max of 2^64', ram({ max: String(2n ** 64n) }), 'must be less than 2^64'],
    ['a min of 2^64', ram({ min: String(2n ** 64n) }), 'must be less than 2^64'],
    ['a negative bound', ram({ min: '-1' }), 'must be a canonical decimal string'],
    ['a leading zero', ram({ min: '01' }), 'must be a canonical decimal string'],
    ['an unknown member', { schema: COMPUTE, claims: {}, not: [] }, '"not"'],
    ['an unknown member of a range', ram({ exact: '1' }), '"exact"'],
    ['no source', { schema: COMPUTE, claims: { ramMiB: { min: '1024' } } }, 'expected one of "selfReported"'],
    ['a source of undefined', ram({ source: undefined }), 'expected one of "selfReported"'],
    ['a source by its level', ram({ source: 2 }), 'expected one of "selfReported"'],
    ['another word for a source', ram({ source: 'verified' }), 'expected one of "selfReported"'],
    [
      'attested RAM, which nobody attests',
      ram({ source: 'attested' }),
      'can only be selfReported or measured, never attested',
    ],
    [
      'measured cores, which nobody measures',
      { schema: COMPUTE, claims: { cores: measured } },
      'can only be selfReported, never measured',
    ],
  ])('refuses %s', (_, value, message) => {
    expect(messages(zPolicy.safeParse(value).error)).toContain(message)
  })
})

describe('the policy that a verifier writes', () => {
  it('gets each source that it leaves out: measured', () => {
    const input: PolicyInput = {
      schema: COMPUTE,
      claims: { ramMiB: { min: '1024' }, cores: { min: '4', source: 'selfReported' } },
    }
    expect(resolvePolicy(input)).toEqual({
      schema: COMPUTE,
      claims: { ramMiB: { min: 1024n, source: 'measured' }, cores: { min: 4n, source: 'selfReported' } },
    })
    const blank = { schema: COMPUTE, claims: { ramMiB: { min: '1024', source: undefined } } } as unknown as PolicyInput
    expect(resolvePolicy(blank).claims.ramMiB!.source).toBe('measured')
  })

  it('has its sources resolved for good: what comes out is a policy, and resolves to itself', () => {
    fc.assert(
      fc.property(policy, (value) => {
        expect(resolvePolicy(json(value))).toEqual(value)
        expect(zPolicyInput.parse(json(value))).toEqual(value)
        expect(zPolicy.parse(json(resolvePolicy(json(value))))).toEqual(value)
      }),
      { numRuns: 30 },
    )
  })

  it('must say so where a claim can only be self-reported', () => {
    const ask = (name: string) => () => resolvePolicy({ schema: HARDWARE, claims: { [name]: { min: '0' } } })
    const onlyStated = claimNames(HARDWARE).filter((name) => sourcesOf(HARDWARE, name).join() === 'selfReported')
    expect(onlyStated).toEqual(['powerLimitW'])
    expect(ask('powerLimitW')).toThrow(
      expect.objectContaining({
        code: 'malformed',
        message: expect.stringContaining('can only be selfReported: say so with source'),
      }),
    )
    for (const name of claimNames(HARDWARE).filter((other) => other !== 'powerLimitW')) expect(ask(name)).not.toThrow()
  })

  it('asks for measured VRAM unless it says otherwise', () => {
    const vram = { schema: HARDWARE, claims: { vramMiB: { min: '24576' } } }
    expect(policySlots(resolvePolicy(vram)).minSources).toEqual([0, 2, 0, 0, 0, 0, 0, 0])
    expect(policyHash(resolvePolicy(vram))).not.toBe(
      policyHash(resolvePolicy({ ...vram, claims: { vramMiB: { min: '24576', source: 'selfReported' } } })),
    )
  })
})

describe('policy hash', () => {
  it('is H10(7, H10(6, H11(5, schema, sources, min), max), any) with permitted values, and tagged 8 without', () => {
    const min = [0n, 24_576n, 0n, 0n, 0n, 0n, 0n, 0n]
    const max = Array<bigint>(8).fill(MAX_UINT64)
    const hash = (sources: bigint, ...last: bigint[]) => {
      const [tag, ...any] = last as [bigint, ...bigint[]]
      return poseidon([tag, poseidon([6n, poseidon([5n, toField(HARDWARE), sources, ...min]), ...max]), ...any])
    }
    const claims = { vramMiB: { min: '24576', source: 'measured' } } as const
    expect(policyHash(zPolicy.parse({ schema: HARDWARE, claims }))).toBe(
      hash(2n << 2n, 8n, ...Array<bigint>(8).fill(0n)),
    )
    const model = { anyOf: ['9', '4', '7'], source: 'attested' } as const
    expect(policyHash(zPolicy.parse({ schema: HARDWARE, claims: { ...claims, model } }))).toBe(
      hash((2n << 2n) + 3n, 7n, 4n, 7n, 9n, 9n, 9n, 9n, 9n, 9n),
    )
  })

  it('is injective on the normalised form, and depends on nothing else', () => {
    const text = (value: Policy) =>
      JSON.stringify(policySlots(value), (_, part) => (typeof part === 'bigint' ? String(part) : part))
    const widest = { min: 0n, max: MAX_UINT64 }
    const spelledOut = ({ schema, claims }: Policy): Policy => {
      const entries = Object.entries(claims).map(([name, range]) => [name, { ...widest, ...range }] as const)
      return { schema, claims: Object.fromEntries(entries.reverse()) }
    }
    const pair = fc.oneof(
      fc.tuple(policy, policy),
      policy.map((value) => [value, spelledOut(value)] as const),
    )
    fc.assert(
      fc.property(pair, ([a, b]) => {
        expect(policyHash(a) === policyHash(b)).toBe(text(a) === text(b))
      }),
      { numRuns: 40 },
    )
    fc.assert(
      fc.property(policy, (value) => {
        expect(text(spelledOut(value))).toBe(text(value))
      }),
    )
  })

  it('changes with any one bound, source, permitted value or the schema', () => {
    fc.assert(
      fc.property(policy, fc.nat(7), (value, slot) => {
        const { schema, minSources, min, max, any, free } = policySlots(value)
        const hash = (s: bigint, lo: bigint[], hi: bigint[], permitted: bigint[], f: bigint, sources = minSources) => {
          const lower = poseidon([5n, s, packSources(sources), ...lo])
          return poseidon([7n + f, poseidon([6n, lower, ...hi]), ...permitted])
        }
        expect(hash(schema, min, max, any, free)).toBe(policyHash(value))
        const others = [
          hash(schema + 1n, min, max, any, free),
          hash(schema, min.with(slot, min[slot]! + 1n), max, any, free),
          hash(schema, min, max.with(slot, max[slot]! - 1n), any, free),
          hash(schema, min, max, any.with(slot, any[slot]! + 1n), free),
          hash(schema, min, max, any, 1n - free),
          hash(schema, min, max, any, free, minSources.with(slot, (minSources[slot]! + 1) % 4)),
        ]
        expect(others).not.toContain(policyHash(value))
        expect(new Set(others).size).toBe(6)
      }),
      { numRuns: 10 },
    )
  })

  it('ignores the order and repetition of permitted values, and the order of claims', () => {
    const permitted = fc.uniqueArray(fc.bigInt(0n, 20n), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(
        permitted.chain((values) =>
          fc.tuple(fc.constant(values), fc.shuffledSubarray([...values, ...values], { minLength: values.length })),
        ),
        ([values, shuffled]) => {
          fc.pre(values.every((value) => shuffled.includes(value)))
          const vramMiB = { min: 1024n, source: 'measured' } as const
          const claims = { model: { anyOf: values, source: 'selfReported' } as const, vramMiB }
          const reordered = { vramMiB, model: { ...claims.model, anyOf: shuffled } }
          expect(policyHash({ schema: HARDWARE, claims: reordered })).toBe(policyHash({ schema: HARDWARE, claims }))
        },
      ),
      { numRuns: 20 },
    )
  })

  it('takes a claim that is not named for one of any value and source', () => {
    const unbounded = policySlots({ schema: COMPUTE, claims: {} })
    const all = policySlots({ schema: COMPUTE, claims: { ramMiB: { min: 0n, max: MAX_UINT64, source: 'measured' } } })
    // a claim that is named has a source, whatever its value
    expect(all).toEqual({ ...unbounded, minSources: [2, 0, 0, 0, 0, 0, 0, 0] })
    expect(unbounded.minSources).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
  })

  it('does not take permitted value 0 for no permitted values', () => {
    const model = { source: 'selfReported' } as const
    const hash = (claims: Policy['claims']) => policyHash({ schema: HARDWARE, claims })
    expect(hash({ model: { ...model, anyOf: [0n] } })).not.toBe(hash({ model }))
  })
})

describe('meeting a policy', () => {
  const held: fc.Arbitrary<SourcedClaims> = fc.record({
    claims: fc.array(bound, { minLength: 8, maxLength: 8 }),
    sources: fc.array(fc.nat(3), { minLength: 8, maxLength: 8 }),
  })

  it('fails at the first claim whose source or value will not do, and nowhere else', () => {
    fc.assert(
      fc.property(policy, held, (value, { claims, sources }) => {
        const missing = claimSchema(value.schema).claims.flatMap((claim, slot) => {
          const range = claim === null ? undefined : value.claims[claim.name]
          if (range === undefined) return []
          const { min = 0n, max = MAX_UINT64, anyOf = [claims[slot]!], source } = range
          if (sources[slot]! < SOURCE_LEVEL[source]) return [{ claim: claim!.name, misses: 'source' }]
          const outside = claims[slot]! < min || claims[slot]! > max || !anyOf.includes(claims[slot]!)
          return outside ? [{ claim: claim!.name, misses: 'range' }] : []
        })
        expect(failingClaim(value, { claims, sources })).toEqual(missing[0])
      }),
    )
  })

  it('counts both bounds in', () => {
    const value = resolvePolicy({ schema: COMPUTE, claims: { ramMiB: { min: '1024', max: '2048' } } })
    const ram = (mib: bigint, source = 2) => {
      return failingClaim(value, { claims: [mib, 0n, 0n, 0n, 0n, 0n, 0n, 0n], sources: [source, 0, 0, 0, 0, 0, 0, 0] })
    }
    const outside = { claim: 'ramMiB', misses: 'range' }
    expect([1023n, 1024n, 2048n, 2049n].map((mib) => ram(mib))).toEqual([outside, undefined, undefined, outside])
    expect([0, 1, 2, 3].map((source) => ram(1024n, source)?.misses)).toEqual(['source', 'source', undefined, undefined])
  })
})

describe('the grid', () => {
  const source = 'measured' as const

  it('takes bounds on it and refuses all others, whichever bound they are', () => {
    const kind = fc.constantFrom('min', 'max', 'anyOf')
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 9n), kind, (value, which) => {
        const bounds = which === 'anyOf' ? { anyOf: [0n, value] } : { [which]: value }
        const check = () => assertOnGrid({ schema: COMPUTE, claims: { ramMiB: { ...bounds, source } } })
        if (value % 1024n === 0n) expect(check).not.toThrow()
        else {
          expect(check).toThrow(
            expect.objectContaining({
              code: 'policyOffGrid',
              message: `ramMiB lies on multiples of 1024, and the policy asks for ${value}`,
              detail: { claim: 'ramMiB' },
            }),
          )
        }
      }),
    )
  })

  it('has two significant digits for throughputs', () => {
    const check = (min: bigint) => () => assertOnGrid({ schema: HARDWARE, claims: { gops: { min, source } } })
    for (const min of [99n, 41_000_000n]) expect(check(min)).not.toThrow()
    expect(check(41_900_000n)).toThrow('gops lies on 2 significant digits, and the policy asks for 41900000')
  })

  it('leaves the greatest value to those who name no bound', () => {
    expect(() => assertOnGrid({ schema: COMPUTE, claims: { ramMiB: { max: MAX_UINT64, source } } })).not.toThrow()
  })
})
