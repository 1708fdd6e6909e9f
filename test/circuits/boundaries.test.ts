import { describe, expect, test } from 'vitest'
import { FIELD_ORDER, MAX_UINT64 } from '../../src/protocol/field.ts'
import { type Choices, type Inputs, inputsFor, plainChoices, resealed } from './scenario.ts'
import { expectRefusal, refusal } from './witness.ts'

const replaced = (values: bigint[], index: number, value: bigint): bigint[] => values.with(index, value)
const eight = (value: bigint): bigint[] => Array<bigint>(8).fill(value)

/** Wide open policy, so that one bound at a time is tried. */
const open = { min: eight(0n), max: eight(MAX_UINT64), any: eight(0n), free: 1n } satisfies Partial<Choices>

describe('2. now <= expiresAt, both 64 bits', () => {
  test.each<[string, Partial<Inputs>]>([
    ['the second of expiry', { now: plainChoices.expiresAt }],
    ['the first second', { now: 0n }],
    ['expiry at 2^64 - 1', { expiresAt: MAX_UINT64 }],
    ['now at 2^64 - 1', { expiresAt: MAX_UINT64, now: MAX_UINT64 }],
    ['both 0', { expiresAt: 0n, now: 0n }],
  ])('%s passes', async (_, changes) => {
    expect(await refusal(resealed(changes))).toEqual([])
  })

  const now = 'Unexpired: FitsBits(64)(now);'
  const expiresAt = 'Unexpired: FitsBits(64)(expiresAt);'
  const difference = 'Unexpired: FitsBits(64)(expiresAt - now);'
  test.each<[string, Partial<Inputs>, string]>([
    ['one second after expiry', { now: plainChoices.expiresAt + 1n }, difference],
    ['now = 2^64', { now: 1n << 64n }, now],
    ['now = p - 1, one before 0', { now: FIELD_ORDER - 1n }, now],
    ['now = 2^64 before a later expiry', { now: 1n << 64n, expiresAt: (1n << 64n) + 1n }, now],
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

describe('4. list, assurance cap and place in the registry', () => {
  test.each([0n, (1n << 32n) - 1n])('list %i passes', async (list) => {
    expect(await refusal(resealed({ list }))).toEqual([])
  })

  test('the list can not borrow from the cap in the packed leaf (32 bits)', async () => {
    const honest = inputsFor()
    const shifted = resealed({
      list: honest.list + (1n << 32n),
      assuranceCap: honest.assuranceCap - 1n,
      claims: replaced(honest.claims, 7, 1n),
      policyMin: eight(0n),
    })
    await expectRefusal(shifted, ['FitsBits', 'RegistryLeaf: FitsBits(32)(list);'])
  })

  test.each([
    ['2^32', 1n << 32n],
    ['p - 1', FIELD_ORDER - 1n],
  ])('list %s fails although issuer and registry agree', async (_, list) => {
    await expectRefusal(resealed({ list }), ['FitsBits', 'RegistryLeaf: FitsBits(32)(list);'])
  })

  test.each([
    [0n, 0n],
    [2n, 2n],
    [2n, 3n],
    [0n, 255n],
    [255n, 255n],
  ])('assurance %i under cap %i passes', async (assurance, assuranceCap) => {
    const claims = replaced(plainChoices.claims, 7, assurance)
    expect(await refusal(inputsFor({ ...open, claims, assuranceCap }))).toEqual([])
  })

  const difference = 'AssuranceCap: FitsBits(8)(cap - assurance);'
  const cap = 'AssuranceCap: FitsBits(8)(cap);'
  test.each<[string, bigint, bigint, string]>([
    ['one above the cap', 3n, 2n, difference],
    ['1 under cap 0', 1n, 0n, difference],
    ['256 under cap 255', 256n, 255n, difference],
    ['2 under cap 256', 2n, 256n, cap],
    ['2 under cap p - 1', 2n, FIELD_ORDER - 1n, cap],
    ['2^64 - 1 under cap 255', MAX_UINT64, 255n, difference],
  ])('assurance %s fails', async (_, assurance, assuranceCap, line) => {
    const claims = replaced(plainChoices.claims, 7, assurance)
    const inputs = resealed({ claims, assuranceCap }, inputsFor(open))
    await expectRefusal(inputs, ['FitsBits', line, 'Presentation: AssuranceCap()(claims[7], assuranceCap);'])
  })

  test.each([0, 1, 4094, 4095])('place %i passes', async (registryIndex) => {
    expect(await refusal(inputsFor({ registryIndex }))).toEqual([])
  })

  test.each([
    ['2^12 more', 4096n],
    ['5 less than p', FIELD_ORDER - 10n],
  ])('a place %s fails (12 bits)', async (_, shift) => {
    const honest = inputsFor()
    const inputs = { ...honest, registryIndex: honest.registryIndex + shift }
    await expectRefusal(inputs, ['Num2Bits: lc1 === in;', 'Presentation: signal registryIndexBits'])
  })
})

describe('5. min <= claim <= max, all 64 bits', () => {
  const value = 1000n
  const claims = [...eight(value).slice(0, 7), 2n]
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
    ['min = 2^64', { policyMin: replaced(open.min, 3, 1n << 64n) }, 'InRange: FitsBits(n)(min);'],
    ['min = p - 1, one below 0', { policyMin: replaced(open.min, 3, FIELD_ORDER - 1n) }, 'InRange: FitsBits(n)(min);'],
    ['max = 2^64', { policyMax: replaced(open.max, 3, 1n << 64n) }, 'InRange: FitsBits(n)(max);'],
    ['max = p - 1', { policyMax: replaced(open.max, 3, FIELD_ORDER - 1n) }, 'InRange: FitsBits(n)(max);'],
  ])('%s fails', async (_, changes, line) => {
    await expectRefusal(resealed(changes, base()), ['FitsBits', line, range])
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
