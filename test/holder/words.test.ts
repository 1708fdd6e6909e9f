import { describe, expect, it } from 'vitest'
import { isDue } from '../../src/holder/renewal.ts'
import { leastSourceWords, rangeWords, setWords, valueWords } from '../../src/holder/value-words.ts'
import { COMPUTE, claimDefinition, HARDWARE, UPTIME } from '../../src/protocol/claim-schemas.ts'
import { MAX_UINT64 } from '../../src/protocol/field.ts'
import { NOW, STEP } from './fixture.ts'

describe('values in plain words', () => {
  const ram = claimDefinition(COMPUTE, 'ramMiB')

  it('have their unit, where it says something', () => {
    expect(valueWords(ram, 8192n)).toBe('8192 MiB')
    expect(valueWords(claimDefinition(UPTIME, 'uptimeMicro'), 999_900n)).toBe('99.99 %')
    expect(valueWords(claimDefinition(UPTIME, 'epoch'), 20_500n)).toBe('20500')
    expect(valueWords(claimDefinition(HARDWARE, 'model'), 7n)).toBe('7')
    expect(valueWords(claimDefinition(HARDWARE, 'computeCapability'), 89n)).toBe('89')
    const virtual = claimDefinition(COMPUTE, 'virtual')
    expect([0n, 1n].map((value) => valueWords(virtual, value))).toEqual(['no', 'yes'])
    expect(virtual.label).toBe('virtual machine')
    expect([rangeWords(virtual, { min: 1n }), rangeWords(virtual, { max: 0n })]).toEqual(['yes', 'no'])
  })

  it('and ranges, where no bound is none', () => {
    expect(rangeWords(ram, {})).toBe('any value')
    expect(rangeWords(ram, { min: 0n, max: MAX_UINT64 })).toBe('any value')
    expect(rangeWords(ram, { min: 1024n })).toBe('at least 1024 MiB')
    expect(rangeWords(ram, { max: 1024n })).toBe('at most 1024 MiB')
    expect(rangeWords(ram, { max: 0n })).toBe('exactly 0 MiB')
    expect(rangeWords(ram, { min: 1024n, max: 1024n })).toBe('exactly 1024 MiB')
    expect(rangeWords(ram, { min: 1024n, anyOf: [2048n, 1024n, 2048n] })).toBe(
      'at least 1024 MiB, and one of 2048 MiB, 1024 MiB',
    )
  })

  it('and sets, by the grid values in them', () => {
    expect(setWords(ram, [[1n, 2047n]])).toBe('exactly 1024 MiB')
    expect(
      setWords(ram, [
        [0n, 1023n],
        [4096n, MAX_UINT64],
      ]),
    ).toBe('exactly 0 MiB, or at least 4096 MiB')
    expect(setWords(ram, [[1n, 1023n]])).toBe('no value')
  })

  it('and sources, none of them called verified', () => {
    expect(leastSourceWords(COMPUTE, 'ramMiB', 'selfReported')).toBe('self-reported or measured')
    expect(leastSourceWords(HARDWARE, 'model', 'measured')).toBe("attested by the hardware's vendor")
  })
})

describe('renewal', () => {
  it('is due one step before a credential expires', () => {
    const credential = { expiresAt: NOW + 2 * STEP }
    const due = (now: number) => isDue(credential, { now, stepSeconds: STEP })
    expect([due(NOW), due(NOW + STEP - 1), due(NOW + STEP), due(NOW + 5 * STEP)]).toEqual([false, false, true, true])
  })
})
