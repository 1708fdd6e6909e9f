import { describe, expect, test } from 'vitest'
import { COMPUTE } from '../../src/protocol/claim-schemas.ts'
import { FIELD_ORDER, MAX_UINT64 } from '../../src/protocol/field.ts'
import { zPolicy } from '../../src/protocol/policy.ts'
import { type Choices, type Inputs, inputsFor, plainChoices, resealed } from './scenario.ts'
import { expectRefusal, refusal } from './witness.ts'

const replaced = (values: bigint[], index: number, value: bigint): bigint[] => values.with(index, value)
const eight = (value: bigint): bigint[] => Array<bigint>(8).fill(value)

/** Wide open policy, so that one bound at a time is tried. */
const open = {
  minSources: Array<number>(8).fill(0),
  min: eight(0n),
  max: eight(MAX_UINT64),
  any: eight(0n),
  free: 1n,
} satisfies Partial<Choices>

describe('2. now <= expiresAt, which has 64 bits', () => {
  test.each<[string, Partial<Inputs>]>([
    ['the second of expiry', { now: plainChoices.expiresAt }],
    ['the first second', { now: 0n }],
    ['expiry at 2^64 - 1', { expiresAt: MAX_UINT64 }],
    ['now at 2^64 - 1', { expiresAt: MAX_UINT64, now: MAX_UINT64 }],
    ['both 0', { expiresAt: 0n, now: 0n }],
  ])('%s passes', async (_, changes) => {
    expect(await refusal(resealed(changes))).toEqual([])
  })

  const expiresAt = 'Unexpired: FitsBits(64)(expiresAt);'
  const difference = 'Unexpired: FitsBits(64)(expiresAt - now);'
  test.each<[string, Partial<Inputs>, string]>([
    ['one second after expiry', { now: plainChoices.expiresAt + 1n }, difference],
    ['now = 2^64', { now: 1n << 64n }, difference],
    ['now = 2^64 before a later expiry', { now: 1n << 64n, expiresAt: (1n << 64n) + 1n }, expiresAt],
    ['now 2^64 before expiry', { now: FIELD_ORDER - (1n << 64n), expiresAt: 0n }, difference],
    ['expiresAt = 2^64', { expiresAt: 1n << 64n }, expiresAt],
    ['expiresAt = p - 1', { expiresAt: FIELD_ORDER - 1n }, expiresAt],
  ])('%s fails', async (_, changes, line) => {
    await expectRefusal(resealed(changes), ['FitsBits', line, 'Presentation: Unexpired()(now, expiresAt);'])
  })

  test('expiry can not borrow from the status index in the packed message', async () => {
    const honest = inputsFor()
    const shifted = { expiresAt: honest.expiresAt + (1n << 64n), statusIndex: honest.statusIndex - 1n }
    await expectRefusal({ ...honest, ...shifted }, ['FitsBits', expiresAt])
  })
})

describe('3. the status bit', () => {
  const places = [0, 1, 127, 128, 70_123, 131_071]

  test.each(places)('index %i passes when every neighbour is revoked', async (statusIndex) => {
    const first = statusIndex - (statusIndex % 128)
    const word = Array.from({ length: 128 }, (_, j) => first + j)
    const revoked = [...word, (first + 128) % 131_072, (first + 131_071) % 131_072].filter((i) => i !== statusIndex)
    expect(await refusal(inputsFor({ statusIndex, revoked }))).toEqual([])
  })

  test.each(places)('index %i fails when it alone is revoked', async (statusIndex) => {
    await expectRefusal(inputsFor({ statusIndex, revoked: [statusIndex] }), ['StatusBit: revoked === 0;'])
  })

  test('the index can not borrow from the list in the packed message (17 bits)', async () => {
    const honest = inputsFor()
    const shifted = { statusIndex: honest.statusIndex + (1n << 17n), list: honest.list - 1n }
    await expectRefusal({ ...honest, ...shifted }, ['Num2Bits: lc1 === in;', 'StatusBit: signal indexBits'])
  })

  test.each([
    ['2^17', 1n << 17n],
    ['p - 1', FIELD_ORDER - 1n],
  ])('index %s fails although issuer and registry agree', async (_, statusIndex) => {
    await expectRefusal(resealed({ statusIndex }), ['Num2Bits: lc1 === in;', 'StatusBit: signal indexBits'])
  })

  test('a word of 128 bits passes, all set but the one', async () => {
    const statusWord = (1n << 128n) - 1n - (1n << (70_123n % 128n))
    expect(await refusal(resealed({ statusWord }))).toEqual([])
  })

  test.each([
    ['2^128', 1n << 128n],
    ['p - 1', FIELD_ORDER - 1n],
  ])('word %s fails although issuer and registry agree', async (_, statusWord) => {
    const levels = ['Num2Bits: lc1 === in;', 'WordBit: signal wordBits', 'StatusBit: signal revoked <== WordBit']
    await expectRefusal(resealed({ statusWord }), levels)
  })
})

describe('4. list, source cap and place in the registry', () => {
  test.each([0n, (1n << 32n) - 1n])('list %i passes', async (list) => {
    expect(await refusal(resealed({ list }))).toEqual([])
  })

  test('the list can not borrow from the cap in the packed leaf (32 bits)', async () => {
    const honest = inputsFor({ ...open, sources: Array(8).fill(1) })
    const shifted = resealed({ list: honest.list + (1n << 32n), sourceCap: honest.sourceCap - 1n }, honest)
    expect(shifted.registryRoot).toBe(honest.registryRoot)
    await expectRefusal(shifted, ['FitsBits', 'RegistryLeaf: FitsBits(32)(list);'])
  })

  test.each([
    ['2^32', 1n << 32n],
    ['p - 1', FIELD_ORDER - 1n],
  ])('list %s fails although issuer and registry agree', async (_, list) => {
    await expectRefusal(resealed({ list }), ['FitsBits', 'RegistryLeaf: FitsBits(32)(list);'])
  })

  test.each([0, 1, 16_384, 32_766, 32_767])('place %i passes', async (registryIndex) => {
    expect(await refusal(inputsFor({ registryIndex }))).toEqual([])
  })

  test.each([
    ['2^15 more', 32_768n],
    ['5 less than p', FIELD_ORDER - 10n],
  ])('a place %s fails (15 bits)', async (_, shift) => {
    const honest = inputsFor()
    const inputs = { ...honest, registryIndex: honest.registryIndex + shift }
    await expectRefusal(inputs, ['Num2Bits: lc1 === in;', 'Presentation: signal registryIndexBits'])
  })
})

describe('4 and 5. minSource <= source <= cap, all of two bits', () => {
  const slots = [0, 1, 2, 3, 4, 5, 6, 7]
  const only = (slot: number, level: bigint): bigint[] => replaced(eight(0n), slot, level)
  const base = () => inputsFor(open)
  const capWidth = 'SourceBounds: FitsBits(2)(cap);'
  const sourceWidth = 'SourceBounds: FitsBits(2)(sources[i]);'
  const minimumWidth = 'SourceBounds: FitsBits(2)(minimums[i]);'
  const atLeast = 'SourceBounds: FitsBits(2)(sources[i] - minimums[i]);'
  const atMost = 'SourceBounds: FitsBits(2)(cap - sources[i]);'
  const bounds = (sources: bigint[], policyMinSources: bigint[], sourceCap: bigint) =>
    resealed({ sources, policyMinSources, sourceCap }, base())
  const among = (slot: number, [source, minimum, cap]: readonly bigint[]) =>
    bounds(only(slot, source!), only(slot, minimum!), cap!)

  /** Every source, minimum and cap of two bits. */
  const triples = [0n, 1n, 2n, 3n].flatMap((source) =>
    [0n, 1n, 2n, 3n].flatMap((minimum) => [0n, 1n, 2n, 3n].map((cap) => [source, minimum, cap] as const)),
  )
  test.each(triples)('source %i, minimum %i, cap %i: as the order says', async (source, minimum, cap) => {
    const refused = await refusal(among(6, [source, minimum, cap]))
    if (minimum <= source && source <= cap) expect(refused).toEqual([])
    else expect(refused).toContain(source < minimum ? atLeast : atMost)
  })

  test.each(slots)('claim %i on both bounds passes, one level off either fails', async (slot) => {
    expect(await refusal(among(slot, [2n, 2n, 2n]))).toEqual([])
    await expectRefusal(among(slot, [1n, 2n, 2n]), ['FitsBits', atLeast])
    await expectRefusal(among(slot, [2n, 2n, 1n]), ['FitsBits', atMost])
  })

  test.each<[string, bigint, bigint, bigint, string]>([
    ['a cap of 4', 2n, 0n, 4n, capWidth],
    ['a cap of p - 1', 2n, 0n, FIELD_ORDER - 1n, capWidth],
    ['a source of 4 under a cap of 3', 4n, 3n, 3n, sourceWidth],
    ['a source of p - 1', FIELD_ORDER - 1n, 0n, 2n, sourceWidth],
    ['a minimum of 4', 3n, 4n, 3n, minimumWidth],
    ['a minimum of p - 1, one below 0', 2n, FIELD_ORDER - 1n, 2n, minimumWidth],
  ])('%s fails although issuer, registry and policy agree', async (_, source, minimum, cap, line) => {
    await expectRefusal(among(3, [source, minimum, cap]), ['FitsBits', line, 'Presentation: sourceBounds.'])
  })

  test('minimums (2, 1) can not be opened as (-2, 2): the self-reported claim stays refused', async () => {
    const asked = bounds([1n, 2n, 0n, 0n, 0n, 0n, 0n, 0n], [2n, 1n, 0n, 0n, 0n, 0n, 0n, 0n], 2n)
    const opened = { ...asked, policyMinSources: [FIELD_ORDER - 2n, 2n, 0n, 0n, 0n, 0n, 0n, 0n] }
    expect(resealed(opened, opened).policy).toBe(asked.policy)
    await expectRefusal(asked, ['FitsBits', atLeast])
    await expectRefusal(opened, ['FitsBits', minimumWidth])
  })

  test('sources (1, 1) can not be opened as (5, 0), nor borrow from the list in the packed message', async () => {
    const signedOnes = bounds([1n, 1n, 0n, 0n, 0n, 0n, 0n, 0n], eight(0n), 2n)
    await expectRefusal({ ...signedOnes, sources: only(0, 5n) }, ['FitsBits', sourceWidth])
    const honest = bounds(only(0, 1n), eight(0n), 2n)
    const shifted = { ...honest, sources: only(0, 2n), list: honest.list - (1n << 32n) + FIELD_ORDER }
    await expectRefusal(shifted, ['FitsBits', 'RegistryLeaf: FitsBits(32)(list);'])
  })
})

describe('5. min <= claim <= max, so that claims have 64 bits', () => {
  const value = 1000n
  const claims = eight(value)
  const base = () => inputsFor({ ...open, claims })
  const range = 'Presentation: InRange(64)(policyMin[i], claims[i], policyMax[i]);'
  const slots = [0, 1, 2, 3, 4, 5, 6, 7]

  test('every claim on both bounds at once passes', async () => {
    expect(await refusal(inputsFor({ ...open, claims, min: claims, max: claims }))).toEqual([])
  })

  test.each(slots)('claim %i one below min fails', async (i) => {
    const inputs = resealed({ policyMin: replaced(base().policyMin, i, claims[i]! + 1n) }, base())
    await expectRefusal(inputs, ['FitsBits', 'InRange: FitsBits(n)(value - min);', range])
  })

  test.each(slots)('claim %i one above max fails', async (i) => {
    const inputs = resealed({ policyMax: replaced(base().policyMax, i, claims[i]! - 1n) }, base())
    await expectRefusal(inputs, ['FitsBits', 'InRange: FitsBits(n)(max - value);', range])
  })

  test('claim, min and max at 2^64 - 1 pass', async () => {
    const top = replaced(claims, 3, MAX_UINT64)
    expect(await refusal(inputsFor({ ...open, claims: top, min: replaced(open.min, 3, MAX_UINT64) }))).toEqual([])
  })

  test.each<[string, Partial<Inputs>, string]>([
    ['claim = 2^64', { claims: replaced(claims, 3, 1n << 64n) }, 'InRange: FitsBits(n)(value - min);'],
    ['claim = p - 1', { claims: replaced(claims, 3, FIELD_ORDER - 1n) }, 'InRange: FitsBits(n)(value - min);'],
    [
      'claim = 2^64 over a min of 1',
      { claims: replaced(claims, 3, 1n << 64n), policyMin: replaced(open.min, 3, 1n) },
      'InRange: FitsBits(n)(max - value);',
    ],
    ['min = 2^64', { policyMin: replaced(open.min, 3, 1n << 64n) }, 'InRange: FitsBits(n)(value - min);'],
    ['max = p - 1', { policyMax: replaced(open.max, 3, FIELD_ORDER - 1n) }, 'InRange: FitsBits(n)(max - value);'],
  ])('%s fails', async (_, changes, line) => {
    await expectRefusal(resealed(changes, base()), ['FitsBits', line, range])
  })

  // What the header says it assumes: without these assumptions a claim below 0 would pass.
  test.each<[string, Partial<Inputs>]>([
    ['min = p - 1', { policyMin: replaced(open.min, 3, FIELD_ORDER - 1n) }],
    ['max = 2^64', { policyMax: replaced(open.max, 3, 1n << 64n) }],
  ])('%s is left to the parser of policies', async (_, changes) => {
    expect(await refusal(resealed(changes, base()))).toEqual([])
    const { policyMin, policyMax } = { ...base(), ...changes }
    const ram = { min: String(policyMin[3]), max: String(policyMax[3]), source: 'selfReported' }
    expect(zPolicy.safeParse({ schema: COMPUTE, claims: { ramMiB: ram } }).success).toBe(false)
  })
})

describe('6. permitted values of claim 0', () => {
  const permitted = [3n, 5n, 8n, 13n, 21n, 34n, 55n, 89n]
  const claim0 = (value: bigint) => replaced(plainChoices.claims, 0, value)
  const product = 'PermittedValue: product[n] === 0;'

  test.each(permitted)('%i of eight passes', async (value) => {
    expect(await refusal(inputsFor({ claims: claim0(value), any: permitted }))).toEqual([])
  })

  test.each([0n, 1n, 4n, 88n, 90n, MAX_UINT64])('%i, which is none of them, fails', async (value) => {
    await expectRefusal(inputsFor({ claims: claim0(value), any: permitted }), [product])
  })

  test('a single permitted value repeats, so that model 0 is not admitted', async () => {
    expect(await refusal(inputsFor({ claims: claim0(5n), any: eight(5n) }))).toEqual([])
    await expectRefusal(inputsFor({ claims: claim0(0n), any: eight(5n) }), [product])
  })

  test('padding by 0 gives another policy', async () => {
    const wanted = inputsFor({ claims: claim0(0n), any: eight(5n) })
    await expectRefusal({ ...wanted, policyAny: replaced(eight(0n), 0, 5n) }, ['Presentation: policyHash === policy;'])
  })

  test.each([0n, 77n, MAX_UINT64])('claim 0 = %i passes where it is free', async (value) => {
    expect(await refusal(inputsFor({ ...open, claims: claim0(value) }))).toEqual([])
  })

  test('leaving claim 0 free gives another policy', async () => {
    const wanted = inputsFor({ claims: claim0(0n), any: eight(5n) })
    await expectRefusal({ ...wanted, policyFree: 1n }, ['Presentation: policyHash === policy;'])
    await expectRefusal({ ...wanted, policyFree: 1n, policyAny: eight(0n) }, ['Presentation: policyHash === policy;'])
  })

  test.each([
    ['2', 2n],
    ['p - 1', FIELD_ORDER - 1n],
    ['p - 6, whose tag would be 1', FIELD_ORDER - 6n],
  ])('free = %s fails although the hash agrees', async (_, policyFree) => {
    const inputs = resealed({ policyFree }, inputsFor(open))
    await expectRefusal(inputs, ['PermittedValue: free * (free - 1) === 0;'])
  })
})
