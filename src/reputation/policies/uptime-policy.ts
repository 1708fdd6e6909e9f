import { z } from 'zod'
import { UPTIME } from '../../protocol/claim-schemas.ts'
import type { PolicyJson } from '../../protocol/policy.ts'
import { CONSTANTS } from '../model/constants.ts'
import { zEpoch } from '../model/epochs.ts'
import { zRungMicro } from '../model/ledger.ts'

/**
 * What a holder may propose about one epoch of one device: which epoch, the highest rung that it passes, and the device's
 * first epoch, which stays the same for good.
 */
export const zUptimeProposal = z
  .strictObject({ epoch: zEpoch, rungMicro: zRungMicro, firstEpoch: zEpoch })
  .refine(({ epoch, firstEpoch }) => firstEpoch <= epoch, 'firstEpoch must not lie after epoch')
export type UptimeProposal = z.output<typeof zUptimeProposal>

/**
 * The policy behind an uptime entry. The epoch is pinned. `firstEpoch` is a lower bound, because too early a one only costs
 * the holder silence, and too late a one would hide some.
 */
export function uptimePolicy({ epoch, rungMicro, firstEpoch }: UptimeProposal): PolicyJson {
  return {
    schema: UPTIME,
    claims: {
      epoch: { min: String(epoch), max: String(epoch) },
      uptimeMicro: { min: String(rungMicro) },
      firstEpoch: { min: String(firstEpoch) },
      assurance: { min: String(CONSTANTS.minAssurance) },
    },
  }
}
