import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  backOffMs,
  defaultHeartbeatSettings,
  drawMoment,
  epochAt,
  epochClosesAt,
  epochOfSlot,
  requireClosedEpoch,
  slotAt,
  slotsOfEpoch,
  zHeartbeatSettings,
} from '../../../src/evidence/index.ts'
import { seededRandom } from '../random.ts'

const someSettings = fc
  .record({
    slotSeconds: fc.integer({ min: 1, max: 600 }),
    slotsPerEpoch: fc.integer({ min: 20, max: 2000 }),
    replyWindowMs: fc.integer({ min: 20, max: 999 }),
  })
  .map((settings) => zHeartbeatSettings.parse(settings))
const moment = fc.integer({ min: 0, max: 4_000_000_000 })

describe('HB-1 slots and epochs', () => {
  test('by default a slot is a minute, an epoch a day, and a reply has two seconds', () => {
    expect(zHeartbeatSettings.parse(defaultHeartbeatSettings)).toEqual(defaultHeartbeatSettings)
    expect(epochAt(defaultHeartbeatSettings, 86_400 * 20_000)).toBe(20_000)
  })

  test('epoch = floor(t / (slotSeconds · slotsPerEpoch)), and agrees with the slot', () => {
    fc.assert(
      fc.property(someSettings, moment, fc.integer({ min: 0, max: 999 }), (settings, now, ms) => {
        const slot = slotAt(settings, now * 1000 + ms)
        const epoch = epochAt(settings, now)
        expect(slot * settings.slotSeconds).toBeLessThanOrEqual(now)
        expect((slot + 1) * settings.slotSeconds).toBeGreaterThan(now)
        expect(epochOfSlot(settings, slot)).toBe(epoch)
        const { firstSlot, lastSlot } = slotsOfEpoch(settings, epoch)
        expect(lastSlot - firstSlot + 1).toBe(settings.slotsPerEpoch)
        expect(slot >= firstSlot && slot <= lastSlot).toBe(true)
        expect([epochOfSlot(settings, firstSlot - 1), epochOfSlot(settings, lastSlot + 1)]).toEqual([
          epoch - 1,
          epoch + 1,
        ])
      }),
    )
  })

  test('an epoch is open until a second after its end', () => {
    fc.assert(
      fc.property(someSettings, moment, (settings, now) => {
        const epoch = epochAt(settings, now)
        const closesAt = epochClosesAt(settings, epoch)
        expect(closesAt).toBe((epoch + 1) * settings.slotSeconds * settings.slotsPerEpoch + 1)
        expect(() => requireClosedEpoch(settings, epoch, closesAt)).not.toThrow()
        expect(() => requireClosedEpoch(settings, epoch, closesAt - 1)).toThrow(
          expect.objectContaining({ code: 'epochOpen', message: `Epoch ${epoch} closes in 1 s` }),
        )
      }),
    )
  })

  test.each([
    [{ slotSeconds: 1, slotsPerEpoch: 19, replyWindowMs: 100 }],
    [{ slotSeconds: 0.5, slotsPerEpoch: 20, replyWindowMs: 100 }],
    [{ slotSeconds: 1, slotsPerEpoch: 20, replyWindowMs: 1000 }],
    [{ slotSeconds: 1, slotsPerEpoch: 20, replyWindowMs: 100, more: 1 }],
  ])('%j is refused', (settings) => {
    expect(zHeartbeatSettings.safeParse(settings).success).toBe(false)
  })
})

describe('the moment of a challenge', () => {
  test('lies in the slot, not in the past, and leaves room for the reply', () => {
    fc.assert(
      fc.property(
        someSettings,
        fc.nat({ max: 10_000_000 }),
        fc.integer({ min: -5000, max: 700_000 }),
        fc.string(),
        (s, slot, late, seed) => {
          const [startMs, endMs] = [slot * s.slotSeconds * 1000, (slot + 1) * s.slotSeconds * 1000]
          const notBeforeMs = startMs + late
          const at = drawMoment(s, slot, notBeforeMs, seededRandom(seed))
          if (notBeforeMs > endMs - s.replyWindowMs) expect(at).toBeUndefined()
          else {
            expect(at).toBeGreaterThanOrEqual(Math.max(startMs, notBeforeMs))
            expect(at! + s.replyWindowMs).toBeLessThanOrEqual(endMs)
          }
        },
      ),
    )
  })

  test('differs from slot to slot and spreads over all of it', () => {
    const random = seededRandom('spread')
    const offsets = Array.from({ length: 1000 }, (_, slot) => {
      return drawMoment(defaultHeartbeatSettings, slot, 0, random)! - slot * 60_000
    })
    expect(new Set(offsets).size).toBeGreaterThan(950)
    for (let tenth = 0; tenth < 10; tenth++) {
      const inside = offsets.filter((offset) => Math.floor(offset / 5800.1) === tenth).length
      expect(inside).toBeGreaterThan(60)
      expect(inside).toBeLessThan(140)
    }
  })

  test('is decided by every bit of chance: the extremes reach both ends', () => {
    const at = (byte: number) =>
      drawMoment(defaultHeartbeatSettings, 7, 0, (length) => new Uint8Array(length).fill(byte))
    expect(at(0)).toBe(420_000)
    expect(at(255)).toBe(478_000)
  })
})

describe('back-off', () => {
  test('doubles up to the longest, less at most half at random', () => {
    const backOff = { firstMs: 100, longestMs: 3000 }
    const bounds = [100, 200, 400, 800, 1600, 3000, 3000]
    for (const [attempts, full] of bounds.entries()) {
      expect(backOffMs(attempts, backOff, () => Uint8Array.of(0))).toBe(full / 2)
      expect(backOffMs(attempts, backOff, () => Uint8Array.of(255))).toBeLessThanOrEqual(full)
      expect(backOffMs(attempts, backOff, () => Uint8Array.of(255))).toBeGreaterThan(full * 0.99)
    }
    expect(backOffMs(5000, backOff, () => Uint8Array.of(0))).toBe(1500)
  })
})
