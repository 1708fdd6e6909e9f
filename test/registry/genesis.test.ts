import { describe, expect, it } from 'vitest'
import { registryId, zGenesis } from '../../src/registry/index.ts'
import { genesis, id, makeWitness } from './world.ts'

const messages = (change: object) => zGenesis.safeParse({ ...genesis, ...change }).error?.issues.map((i) => i.message)

describe('protocol, registry: the genesis', () => {
  it('has the hash of its canonical form for an id, so any change makes another registry', () => {
    expect(registryId(genesis)).toBe(id)
    expect(registryId(Object.fromEntries(Object.entries(genesis).reverse()) as typeof genesis)).toBe(id)
    expect(registryId({ ...genesis, createdAt: genesis.createdAt + 1 })).not.toBe(id)
    expect(registryId({ ...genesis, witnessThreshold: 3 })).not.toBe(id)
    expect(registryId({ ...genesis, intervalSeconds: 60 })).not.toBe(id)
    expect(id).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  it.each(['governor', 'witness'] as const)('wants a majority of each: %s', (role) => {
    const many = role === 'governor' ? 'governors' : 'witnesses'
    const threshold = `${role}Threshold`
    const majority = `must be more than half of the ${many}, and not more than all`
    const four = Array.from({ length: 4 }, (_, i) => makeWitness(`${role} of four ${i}`))
    const names = four.map(({ did, address }) => (role === 'governor' ? did : { did, address }))
    for (const count of [1, 2, 5]) expect(messages({ [many]: names, [threshold]: count })).toEqual([majority])
    for (const count of [3, 4]) expect(messages({ [many]: names, [threshold]: count })).toBeUndefined()
    expect(messages({ [many]: names.slice(0, 1), [threshold]: 1 })).toBeUndefined()
  })

  it('wants thresholds that can be met, by signers who are each named once', () => {
    expect(messages({ witnessThreshold: 0 })).toHaveLength(2)
    const [first, second, third] = genesis.witnesses
    expect(messages({ witnesses: [first, { ...second, did: first!.did }, third] })).toEqual([
      'must not name a DID twice',
    ])
    expect(messages({ witnesses: [first, { ...second, address: first!.address }, third] })).toEqual([
      'must not name an address twice',
    ])
    expect(messages({ governors: ['nobody'], governorThreshold: 1 })?.[0]).toBe('must be a DID')
  })

  it('names each signer in the one spelling of its DID', () => {
    const web = 'did:web:governor.example'
    const spelled = [web, `${web}%3A443`, 'did:web:Governor.example']
    expect(messages({ governors: spelled.slice(0, 1), governorThreshold: 1 })).toBeUndefined()
    for (const other of spelled.slice(1)) {
      expect(messages({ governors: [web, other], governorThreshold: 2 })).toEqual([
        'must be a DID in its canonical form',
      ])
    }
    const jwk = (text: string) => `did:jwk:${Buffer.from(text).toString('base64url')}`
    const x = 'A'.repeat(43)
    const canonical = jwk(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`)
    const other = jwk(`{"kty":"OKP","crv":"Ed25519","x":"${x}"}`)
    expect(messages({ governors: [canonical], governorThreshold: 1 })).toBeUndefined()
    expect(messages({ governors: [canonical, other], governorThreshold: 2 })).toEqual([
      'must be a DID in its canonical form',
    ])
  })
})
