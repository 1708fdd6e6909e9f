import * as z from 'zod'
import type { RandomBytes } from '../../protocol/effects.ts'
import { AssayError } from '../../protocol/errors.ts'

/**
 * How time is cut. Slots count from the Unix epoch; `slotsPerEpoch` of them make an epoch, at least 20. A reply must come
 * within `replyWindowMs` of its challenge, and that window always ends inside the slot.
 */
export const zHeartbeatSettings = z
  .strictObject({
    slotSeconds: z.int().min(1).max(86_400),
    slotsPerEpoch: z.int().min(20).max(1_000_000),
    replyWindowMs: z.int().min(20).max(60_000),
  })
  .refine(({ slotSeconds, replyWindowMs }) => replyWindowMs < slotSeconds * 1000, 'the reply window must fit the slot')

export type HeartbeatSettings = z.output<typeof zHeartbeatSettings>

/** A slot a minute, an epoch a day, two seconds to reply. */
export const defaultHeartbeatSettings: HeartbeatSettings = { slotSeconds: 60, slotsPerEpoch: 1440, replyWindowMs: 2000 }

/** The slot of a moment, in milliseconds since the Unix epoch. */
export function slotAt({ slotSeconds }: Pick<HeartbeatSettings, 'slotSeconds'>, nowMs: number): number {
  return Math.floor(nowMs / (slotSeconds * 1000))
}

/** The epoch of a slot. */
export function epochOfSlot({ slotsPerEpoch }: Pick<HeartbeatSettings, 'slotsPerEpoch'>, slot: number): number {
  return Math.floor(slot / slotsPerEpoch)
}

/** The epoch of a moment, in seconds since the Unix epoch: floor(t / (slotSeconds · slotsPerEpoch)). */
export function epochAt({ slotSeconds, slotsPerEpoch }: HeartbeatSettings, now: number): number {
  return Math.floor(now / (slotSeconds * slotsPerEpoch))
}

/** The first and the last slot of an epoch. */
export function slotsOfEpoch({ slotsPerEpoch }: Pick<HeartbeatSettings, 'slotsPerEpoch'>, epoch: number) {
  return { firstSlot: epoch * slotsPerEpoch, lastSlot: (epoch + 1) * slotsPerEpoch - 1 }
}

/** When every receipt of an epoch is in: its end, and a second for the last one to be written. */
export function epochClosesAt({ slotSeconds, slotsPerEpoch }: HeartbeatSettings, epoch: number): number {
  return (epoch + 1) * slotSeconds * slotsPerEpoch + 1
}

/** @throws AssayError `epochOpen` while receipts of the epoch may still come. */
export function requireClosedEpoch(settings: HeartbeatSettings, epoch: number, now: number): void {
  const closesAt = epochClosesAt(settings, epoch)
  if (now >= closesAt) return
  throw new AssayError('epochOpen', `Epoch ${epoch} closes in ${closesAt - now} s`, { epoch, closesAt })
}

/**
 * The moment in a slot at which to challenge: uniform, unpredictable, not before `notBeforeMs`, and early enough for the
 * reply window to end with the slot. Undefined when no such moment is left.
 */
export function drawMoment(
  { slotSeconds, replyWindowMs }: HeartbeatSettings,
  slot: number,
  notBeforeMs: number,
  randomBytes: RandomBytes,
): number | undefined {
  const slotMs = slotSeconds * 1000
  const earliest = Math.max(slot * slotMs, notBeforeMs)
  const choices = (slot + 1) * slotMs - replyWindowMs - earliest + 1
  if (choices < 1) return undefined
  const bytes = randomBytes(4)
  const word = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0)
  return earliest + Math.floor((word / 2 ** 32) * choices)
}
