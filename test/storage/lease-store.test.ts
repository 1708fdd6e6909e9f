import { expect, it } from 'vitest'
import { createLeaseStore } from '../../src/storage/lease-store.ts'
import { describeOnEachDatabase } from '../shared/databases.ts'

describeOnEachDatabase('leases', (open) => {
  it('are one holder’s until they expire or are given back', async () => {
    const leases = createLeaseStore((await open()).db)
    const name = 'monitor'
    expect(await leases.take({ name, holder: 'a', now: 100, expiresAt: 115 })).toBe(true)
    expect(await leases.take({ name, holder: 'b', now: 105, expiresAt: 120 })).toBe(false)
    expect(await leases.take({ name, holder: 'a', now: 105, expiresAt: 120 })).toBe(true)
    expect(await leases.take({ name, holder: 'b', now: 120, expiresAt: 135 })).toBe(false)
    expect(await leases.take({ name, holder: 'b', now: 121, expiresAt: 136 })).toBe(true)
    await leases.release(name, 'a')
    expect(await leases.take({ name, holder: 'a', now: 122, expiresAt: 137 })).toBe(false)
    await leases.release(name, 'b')
    expect(await leases.take({ name, holder: 'a', now: 122, expiresAt: 137 })).toBe(true)
    expect(await leases.take({ name: 'other', holder: 'b', now: 122, expiresAt: 137 })).toBe(true)
  })

  it('are given to one of many who ask at once', async () => {
    const databases = await Promise.all(Array.from({ length: 3 }, open))
    const taken = await Promise.all(
      databases.flatMap(({ db }, i) => {
        const leases = createLeaseStore(db)
        return Array.from({ length: 5 }, (_, j) => {
          return leases.take({ name: 'race', holder: `${i}-${j}`, now: 100, expiresAt: 115 })
        })
      }),
    )
    expect(taken.filter((each) => each)).toHaveLength(1)
  })
})
