import { describe, expect, it } from 'vitest'
import { registryId, zGenesis } from '../../src/registry/index.ts'
import { genesis, id } from './world.ts'

const messages = (change: object) => zGenesis.safeParse({ ...genesis, ...change }).error?.issues.map((i) => i.message)

describe('protocol, registry: the genesis', () => {
  it('has the hash of its canonical form for an id, so any change makes another registry', () => {
    expect(registryId(genesis)).toBe(id)
    expect(registryId(Object.fromEntries(Object.entries(genesis).reverse()) as typeof genesis)).toBe(id)
    expect(registryId({ ...genesis, createdAt: genesis.createdAt + 1 })).not.toBe(id)
    expect(registryId({ ...genesis, witnessThreshold: 1 })).not.toBe(id)
    expect(id).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  it('wants more than half of the governors', () => {
    expect(messages({ governorThreshold: 1 })).toEqual(['governorThreshold must be more than half of the governors'])
    expect(messages({ governors: genesis.governors.slice(0, 2), governorThreshold: 1 })).toEqual([
      'governorThreshold must be more than half of the governors',
    ])
    expect(messages({ governors: genesis.governors.slice(0, 1), governorThreshold: 1 })).toBeUndefined()
  })

  it('wants thresholds that can be met, by signers who are each named once', () => {
    expect(messages({ governorThreshold: 4 })).toEqual(['governorThreshold must not exceed the number of governors'])
    expect(messages({ witnessThreshold: 4 })).toEqual(['witnessThreshold must not exceed the number of witnesses'])
    expect(messages({ witnessThreshold: 0 })).toHaveLength(1)
    const twice = [genesis.witnesses[0], genesis.witnesses[0]]
    expect(messages({ witnesses: twice })).toEqual(['must not name a DID twice'])
    expect(messages({ governors: ['nobody'], governorThreshold: 1 })).toEqual(['must be a DID'])
  })
})
