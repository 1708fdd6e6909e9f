import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { COMPUTE, claimSchema, HARDWARE, jobsSchema, REPUTATION, UPTIME } from '../../src/protocol/claim-schemas.ts'
import { MAX_UINT64, toField } from '../../src/protocol/field.ts'
import {
  assertOnGrid,
  failingClaim,
  type Policy,
  type PolicyJson,
  policyHash,
  policySlots,
  zPolicy,
} from '../../src/protocol/policy.ts'
import { poseidon } from '../../src/protocol/poseidon.ts'

const schemas = [HARDWARE, COMPUTE, UPTIME, jobsSchema('market.example'), REPUTATION]
const bound = fc.oneof(fc.bigInt(0n, MAX_UINT64), fc.bigInt(0n, 3n), fc.constantFrom(0n, MAX_UINT64))

/** Any policy: ranges on some claims, permitted values on the first. */
const policy: fc.Arbitrary<Policy> = fc.constantFrom(...schemas).chain((schema) => {
  const names = claimSchema(schema).claims.flatMap((claim) => (claim === null ? [] : [claim.name]))
  const range = fc.tuple(fc.option(bound, { nil: undefined }), fc.option(bound, { nil: undefined })).map(([a, b]) => {
    const ordered = a !== undefined && b !== undefined && a > b ? { min: b, max: a } : { min: a, max: b }
    return Object.fromEntries(Object.entries(ordered).filter(([, value]) => value !== undefined))
  })
  const anyOf = fc.option(fc.array(bound, { minLength: 1, maxLength: 8 }), { nil: undefined })
  return fc
    .tuple(fc.subarray(names), fc.array(range, { minLength: 8, maxLength: 8 }), anyOf)
    .map(([chosen, ranges, permitted]) => {
      const claims: Policy['claims'] = Object.fromEntries(chosen.map((name, i) => [name, ranges[i]!]))
      if (permitted !== undefined) claims[names[0]!] = { ...claims[names[0]!], anyOf: permitted }
      return { schema, claims }
    })
})

const json = (value: Policy): PolicyJson =>
  JSON.parse(JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part)))

describe('policy', () => {
  it('comes back from its JSON', () => {
    fc.assert(
      fc.property(policy, (value) => {
        expect(zPolicy.parse(json(value))).toEqual(value)
      }),
    )
  })

  it.each([
    ['an unknown schema', { schema: 'urn:assay:schema:hardware:2', claims: {} }, 'must be a known claim schema'],
    [
      'a claim of another schema',
      { schema: COMPUTE, claims: { vramMiB: { min: '1024' } } },
      'the schema has no such claim',
    ],
    ['the name of an unused slot', { schema: COMPUTE, claims: { null: {} } }, 'the schema has no such claim'],
    ['min above max', { schema: COMPUTE, claims: { ramMiB: { min: '2048', max: '1024' } } }, 'min must not exceed max'],
    [
      'permitted values of a later claim',
      { schema: COMPUTE, claims: { ramMiB: { anyOf: ['1024'] } } },
      'anyOf is for the first claim of a schema alone',
    ],
    ['no permitted value', { schema: HARDWARE, claims: { model: { anyOf: [] } } }, '>=1 items'],
    ['nine permitted values', { schema: HARDWARE, claims: { model: { anyOf: Array(9).fill('1') } } }, '<=8 items'],
    [
      'a number in place of its decimal string',
      { schema: COMPUTE, claims: { ramMiB: { min: 1024 } } },
      'expected string',
    ],
    ['a bound of 2^64', { schema: COMPUTE, claims: { ramMiB: { max: String(2n ** 64n) } } }, 'must be less than 2^64'],
    ['a negative bound', { schema: COMPUTE, claims: { ramMiB: { min: '-1' } } }, 'must be a canonical decimal string'],
    ['a leading zero', { schema: COMPUTE, claims: { ramMiB: { min: '01' } } }, 'must be a canonical decimal string'],
    ['an unknown member', { schema: COMPUTE, claims: {}, not: [] }, '"not"'],
    ['an unknown member of a range', { schema: COMPUTE, claims: { ramMiB: { exact: '1' } } }, '"exact"'],
    [
      'a claim called toString',
      { schema: COMPUTE, claims: { toString: { min: '1' } } },
      'the schema has no such claim',
    ],
  ])('refuses %s', (_, value, message) => {
    expect(
      zPolicy
        .safeParse(value)
        .error?.issues.map((issue) => issue.message)
        .join(),
    ).toContain(message)
  })
})

describe('policy hash', () => {
  it('is H10(7, H10(6, H10(5, schema, min), max), any) with permitted values, and tagged 8 without', () => {
    const min = [0n, 24_576n, 0n, 0n, 0n, 0n, 0n, 2n]
    const max = Array<bigint>(8).fill(MAX_UINT64)
    const ranges = poseidon([6n, poseidon([5n, toField(HARDWARE), ...min]), ...max])
    const claims = { vramMiB: { min: '24576' }, assurance: { min: '2' } }
    expect(policyHash(zPolicy.parse({ schema: HARDWARE, claims }))).toBe(
      poseidon([8n, ranges, ...Array<bigint>(8).fill(0n)]),
    )
    const models = zPolicy.parse({ schema: HARDWARE, claims: { ...claims, model: { anyOf: ['9', '4', '7'] } } })
    expect(policyHash(models)).toBe(poseidon([7n, ranges, 4n, 7n, 9n, 9n, 9n, 9n, 9n, 9n]))
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

  it('changes with any one bound, permitted value or the schema', () => {
    fc.assert(
      fc.property(policy, fc.nat(7), (value, slot) => {
        const { schema, min, max, any, free } = policySlots(value)
        const hash = (s: bigint, lo: bigint[], hi: bigint[], permitted: bigint[], f: bigint) => {
          return poseidon([7n + f, poseidon([6n, poseidon([5n, s, ...lo]), ...hi]), ...permitted])
        }
        expect(hash(schema, min, max, any, free)).toBe(policyHash(value))
        const others = [
          hash(schema + 1n, min, max, any, free),
          hash(schema, min.with(slot, min[slot]! + 1n), max, any, free),
          hash(schema, min, max.with(slot, max[slot]! - 1n), any, free),
          hash(schema, min, max, any.with(slot, any[slot]! + 1n), free),
          hash(schema, min, max, any, 1n - free),
        ]
        expect(others).not.toContain(policyHash(value))
        expect(new Set(others).size).toBe(5)
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
          const claims = { model: { anyOf: values }, vramMiB: { min: 1024n } }
          const reordered = { vramMiB: { min: 1024n }, model: { anyOf: shuffled } }
          expect(policyHash({ schema: HARDWARE, claims: reordered })).toBe(policyHash({ schema: HARDWARE, claims }))
        },
      ),
      { numRuns: 20 },
    )
  })

  it('takes a claim that is not named for one of any value', () => {
    const all = { ramMiB: { min: 0n, max: MAX_UINT64 } }
    expect(policyHash({ schema: COMPUTE, claims: all })).toBe(policyHash({ schema: COMPUTE, claims: {} }))
  })

  it('does not take permitted value 0 for no permitted values', () => {
    const zero = { model: { anyOf: [0n] } }
    expect(policyHash({ schema: HARDWARE, claims: zero })).not.toBe(policyHash({ schema: HARDWARE, claims: {} }))
  })
})

describe('meeting a policy', () => {
  it('fails at the first claim that lies outside, and nowhere else', () => {
    const claims = fc.array(bound, { minLength: 8, maxLength: 8 })
    fc.assert(
      fc.property(policy, claims, (value, held) => {
        const outside = claimSchema(value.schema).claims.flatMap((claim, slot) => {
          const range = claim === null ? undefined : value.claims[claim.name]
          const { min = 0n, max = MAX_UINT64, anyOf = [held[slot]!] } = range ?? {}
          return held[slot]! < min || held[slot]! > max || !anyOf.includes(held[slot]!) ? [claim!.name] : []
        })
        expect(failingClaim(value, held)).toBe(outside[0])
      }),
    )
  })

  it('counts both bounds in', () => {
    const value = zPolicy.parse({ schema: COMPUTE, claims: { ramMiB: { min: '1024', max: '2048' } } })
    const ram = (mib: bigint) => failingClaim(value, [0n, mib, 0n, 0n, 0n, 0n, 0n, 1n])
    expect([1023n, 1024n, 2048n, 2049n].map(ram)).toEqual(['ramMiB', undefined, undefined, 'ramMiB'])
  })
})

describe('the grid', () => {
  it('takes bounds on it and refuses all others, whichever bound they are', () => {
    const kind = fc.constantFrom('min', 'max')
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 9n), kind, (value, which) => {
        const check = () => assertOnGrid({ schema: COMPUTE, claims: { ramMiB: { [which]: value } } })
        if (value % 1024n === 0n) expect(check).not.toThrow()
        else {
          expect(check).toThrow(
            expect.objectContaining({
              code: 'policyOffGrid',
              message: `ramMiB lies on a grid of 1024, and the policy asks for ${value}`,
              detail: { claim: 'ramMiB' },
            }),
          )
        }
      }),
    )
  })

  it('leaves the greatest value to those who name no bound', () => {
    expect(() => assertOnGrid({ schema: COMPUTE, claims: { ramMiB: { max: MAX_UINT64 } } })).not.toThrow()
  })
})
