import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assertDeviceHeld } from '../../src/issuer/device-register.ts'
import {
  type Decision,
  type DeviceClaim,
  type DeviceRecord,
  decideRegistration,
  defaultRegisterRules,
  type Registration,
} from '../../src/issuer/index.ts'
import { DAY, EPOCH, NOW } from './fixture.ts'

const rules = defaultRegisterRules
const record: DeviceRecord = {
  device: 1n,
  binding: 100n,
  agentKey: 'a',
  generation: 0,
  firstEpoch: EPOCH - 400,
  inheritedSilence: 0,
  source: 2,
  boundAt: NOW - 400 * DAY,
  seenAt: NOW - DAY,
}
const when = { measuredAt: NOW, epoch: EPOCH, now: NOW }
const request: Registration = { device: 1n, binding: 200n, agentKey: 'b', generation: 0, source: 2, ...when }
const decide = (current?: DeviceRecord, claim?: DeviceClaim, change: Partial<Registration> = {}, agreed = false) =>
  decideRegistration(current, claim, { ...request, ...change }, agreed, rules)
const claimed = (claimedAt: number): DeviceClaim => ({ device: 1n, binding: 200n, claimedAt })
const rebound = { ...request, firstEpoch: EPOCH + 1, inheritedSilence: 30, boundAt: NOW, seenAt: NOW }

describe('the device register', () => {
  it('enters a device at its first measurement, in the present epoch', () => {
    const { measuredAt: _, epoch: __, now: ___, ...kept } = request
    const expected = { ...kept, firstEpoch: EPOCH, inheritedSilence: 0, boundAt: NOW, seenAt: NOW }
    expect(decide()).toEqual({ kind: 'registered', record: expected })
  })

  it('knows its holder again, upgrades it, and never downgrades it', () => {
    const own = { binding: 100n, agentKey: 'a' }
    expect(decide(record, undefined, own)).toEqual({ kind: 'kept', record: { ...record, seenAt: NOW } })
    const upgraded = { ...record, source: 3, seenAt: NOW }
    expect(decide(record, undefined, { ...own, source: 3 })).toEqual({ kind: 'kept', record: upgraded })
    expect(decide(upgraded, undefined, own)).toEqual({ kind: 'kept', record: upgraded })
  })

  it('lets the holder change its agent key to one of a newer generation, and no one else', () => {
    const change = { binding: 100n, agentKey: 'b', generation: 1 }
    const changed = { ...record, agentKey: 'b', generation: 1, seenAt: NOW }
    expect(decide(record, undefined, change, true)).toEqual({ kind: 'kept', record: changed })
    expect(decide(record, undefined, { ...change, generation: 0 }, true)).toEqual({ kind: 'outdated' })
    expect(decide(changed, undefined, { binding: 100n, agentKey: 'a', generation: 0 }, true)).toEqual({
      kind: 'outdated',
    })
    expect(decide(record, undefined, change)).toMatchObject({ kind: 'claimed' })
  })

  it('rebinds with the old holder’s agreement, at once, with 30 epochs of silence', () => {
    const { measuredAt: _, epoch: __, now: ___, ...expected } = rebound
    expect(decide(record, undefined, {}, true)).toEqual({ kind: 'rebound', record: expected })
    expect(decide({ ...record, source: 3 }, undefined, {}, true)).toMatchObject({ record: { source: 2 } })
  })

  it('lets a higher source displace, with the same silence', () => {
    const { measuredAt: _, epoch: __, now: ___, ...expected } = { ...rebound, source: 3 }
    expect(decide(record, undefined, { source: 3 })).toEqual({ kind: 'rebound', record: expected })
  })

  it('rebinds on a measurement that is younger than the binding which it ends, and on no other', () => {
    for (const [change, agreed] of [
      [{ source: 3 }, false],
      [{}, true],
    ] as const) {
      expect(decide(record, undefined, { ...change, measuredAt: record.boundAt }, agreed)).toEqual({ kind: 'stale' })
      const younger = { ...change, measuredAt: record.boundAt + 1 }
      expect(decide(record, undefined, younger, agreed)).toMatchObject({ kind: 'rebound' })
    }
  })

  it('refuses a lower source without keeping its claim', () => {
    expect(decide({ ...record, source: 3 })).toEqual({ kind: 'refused' })
    expect(decide({ ...record, source: 3 }, claimed(NOW - 30 * DAY))).toEqual({ kind: 'refused' })
  })

  it('keeps a newcomer’s wish, which may take hold 7 days later to the second', () => {
    const silent = { ...record, seenAt: NOW - 8 * DAY }
    expect(decide(silent)).toEqual({ kind: 'claimed', claim: claimed(NOW), at: NOW + 7 * DAY })
    const wish = claimed(NOW - 7 * DAY + 1)
    expect(decide(silent, wish)).toEqual({ kind: 'claimed', claim: wish, at: NOW + 1 })
    expect(decide(silent, claimed(NOW - 7 * DAY))).toMatchObject({ kind: 'rebound', record: { binding: 200n } })
  })

  it('starts the delay anew when the holder showed evidence since', () => {
    const wish = claimed(NOW - 8 * DAY)
    const seen = (seenAt: number) => decide({ ...record, seenAt }, wish)
    expect(seen(wish.claimedAt)).toMatchObject({ kind: 'rebound' })
    expect(seen(wish.claimedAt + 1)).toEqual({ kind: 'claimed', claim: claimed(NOW), at: NOW + 7 * DAY })
  })

  it('keeps inherited silence for good, and never adds it up', () => {
    const { record: once } = decide(record, undefined, {}, true) as { record: DeviceRecord }
    expect(once.inheritedSilence).toBe(30)
    const later = { binding: 200n, measuredAt: NOW + DAY, now: NOW + DAY }
    expect(decide(once, undefined, later, true)).toMatchObject({ kind: 'kept', record: { inheritedSilence: 30 } })
    const twice = decide(once, undefined, { ...later, binding: 300n, agentKey: 'c' }, true)
    expect(twice).toMatchObject({ kind: 'rebound', record: { inheritedSilence: 30 } })
  })

  it('never lets an epoch be credited to two holders', () => {
    const before = { device: 1n, binding: 100n, agentKey: 'a', epoch: EPOCH }
    expect(assertDeviceHeld(record, before)).toBe(record)
    const { record: after } = decide(record, undefined, {}, true) as Extract<Decision, { kind: 'rebound' }>
    expect(() => assertDeviceHeld(after, before)).toThrow('The device is bound to another holder')
    const use = { device: 1n, binding: 200n, agentKey: 'b', epoch: EPOCH }
    expect(() => assertDeviceHeld(after, use)).toThrow('The device was not bound to this holder in that epoch')
    expect(assertDeviceHeld(after, { ...use, epoch: EPOCH + 1 })).toBe(after)
    expect(() => assertDeviceHeld(after, { ...use, epoch: EPOCH + 1, agentKey: 'a' })).toThrow(
      'The device is registered with another agent key, of generation 0',
    )
    expect(() => assertDeviceHeld(undefined, use)).toThrow('The device is not in the register: have it measured first')
  })

  it('keeps its promises in whatever order holders come', () => {
    const step = fc.record({
      wait: fc.constantFrom(0, 1, DAY, 6 * DAY, 7 * DAY, 8 * DAY),
      who: fc.integer({ min: 0, max: 2 }),
      source: fc.integer({ min: 2, max: 3 }),
      agreed: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let now = NOW
        let current: DeviceRecord | undefined
        const claims = new Map<bigint, DeviceClaim>()
        // What the rules say, told apart from how they are computed: when each newcomer last began to wait.
        const lastShown = new Map<bigint, number>()
        for (const { wait, who, source, agreed } of steps) {
          now += wait
          const epoch = Math.floor(now / DAY)
          const binding = BigInt(100 + who)
          const before: DeviceRecord | undefined = current
          const key = { agentKey: `${who}`, generation: 0 }
          const registration = { device: 1n, binding, ...key, source, measuredAt: now, epoch, now }
          const decision = decideRegistration(before, claims.get(binding), registration, agreed, rules)
          if (decision.kind === 'claimed') {
            claims.set(binding, decision.claim)
            expect(decision.at).toBeGreaterThan(now)
          }
          if (decision.kind === 'rebound') {
            const waited = now - (claims.get(binding)?.claimedAt ?? now) >= 7 * DAY
            const silent = (lastShown.get(before!.binding) ?? 0) <= (claims.get(binding)?.claimedAt ?? -1)
            expect(agreed || source > before!.source || (waited && silent)).toBe(true)
            expect(decision.record).toMatchObject({ firstEpoch: epoch + 1, inheritedSilence: 30 })
            expect(now).toBeGreaterThan(before!.boundAt)
            claims.clear()
          }
          if (decision.kind === 'kept') {
            expect(before!.binding).toBe(binding)
            expect(decision.record).toMatchObject({ firstEpoch: before!.firstEpoch, boundAt: before!.boundAt })
            expect(decision.record.source).toBeGreaterThanOrEqual(before!.source)
          }
          if (decision.kind === 'registered') expect(before).toBeUndefined()
          if ('record' in decision) {
            current = decision.record
            lastShown.set(binding, now)
            expect(current).toMatchObject({ binding, agentKey: `${who}`, seenAt: now })
          } else {
            expect(before!.binding).not.toBe(binding)
          }
        }
      }),
      { numRuns: 500 },
    )
  })
})
