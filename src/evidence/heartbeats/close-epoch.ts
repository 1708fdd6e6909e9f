import { AssayError } from '../../protocol/errors.ts'
import type { HeartbeatReceipt } from './messages.ts'
import { epochOfSlot } from './settings.ts'

/** How one device did in one epoch. Slots without a receipt are unknown and in neither count. */
export interface EpochUptime {
  epoch: number
  upSlots: number
  downSlots: number
}

/** The share of known slots that were up, in millionths, rounded down. */
export function shareMicro(upSlots: number, downSlots: number): number {
  return Math.floor((upSlots * 1_000_000) / (upSlots + downSlots))
}

/**
 * Counts one monitor's receipts of one device in one epoch. Does not ask whether the epoch is over
 * (`requireClosedEpoch`), nor check signatures (`verifyReceipt`).
 * @throws AssayError `evidenceRejected` when no slot is known, so that there is nothing to certify, or when the receipts
 * are of several epochs, devices or monitors; `conflict` when two are of the same slot.
 */
export function closeEpoch(
  receipts: readonly HeartbeatReceipt[],
  slotsPerEpoch: number,
): EpochUptime & { uptimeMicro: number } {
  const [first] = receipts
  if (first === undefined)
    throw new AssayError('evidenceRejected', 'No slot of the epoch is known, so it has no uptime')
  const epoch = epochOfSlot({ slotsPerEpoch }, first.slot)
  for (const { slot, device, monitor } of receipts) {
    const same = device === first.device && monitor === first.monitor && epochOfSlot({ slotsPerEpoch }, slot) === epoch
    if (!same) throw new AssayError('evidenceRejected', 'The receipts are not of one device, monitor and epoch')
  }
  if (new Set(receipts.map(({ slot }) => slot)).size !== receipts.length) {
    throw new AssayError('conflict', 'Two receipts are of the same slot')
  }
  const upSlots = receipts.filter(({ ok }) => ok).length
  const downSlots = receipts.length - upSlots
  return { epoch, upSlots, downSlots, uptimeMicro: shareMicro(upSlots, downSlots) }
}
