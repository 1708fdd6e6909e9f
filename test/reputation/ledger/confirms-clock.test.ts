import { describe, expect, it } from 'vitest'
import { AssayError, toBase64url } from '../../../src/protocol/index.ts'
import { confirmsClock } from '../../../src/reputation/ledger/confirms-clock.ts'
import { digest } from '../../shared/proof-fixture.ts'

const known = { registry: toBase64url(digest('a registry')), intervalSeconds: 300, stepSeconds: 3600 }
const root = (number: number) => ({ number, sub: 0, root: 1n })

const confirmed = (now: number, ...numbers: number[]) => {
  const roots = async () => ({ ...known, roots: numbers.map(root) })
  return confirmsClock({ roots, clock: () => now, limits: { skewSeconds: 20 } })
}

describe("the newest root confirms the service's clock", () => {
  it('within its interval and the skew around it, and no further', async () => {
    for (const now of [2980, 3000, 3299, 3320]) expect(await confirmed(now, 9, 10)).toBe(true)
    for (const now of [2979, 3321]) expect(await confirmed(now, 9, 10)).toBe(false)
  })

  it('not by an older one, nor without any', async () => {
    expect(await confirmed(3000, 9)).toBe(true)
    expect(await confirmed(3100, 9)).toBe(false)
    expect(await confirmed(3000)).toBe(false)
  })

  it('not while the registry is out of reach; another failure is not hidden', async () => {
    const failing = (error: Error) => confirmsClock({ clock: () => 3000, roots: () => Promise.reject(error) })
    expect(await failing(new AssayError('unavailable'))).toBe(false)
    await expect(failing(new Error('disk'))).rejects.toThrow('disk')
  })
})
