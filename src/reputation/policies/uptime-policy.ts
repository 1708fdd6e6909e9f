import * as z from 'zod'
import { UPTIME } from '../../protocol/claim-schemas.ts'
import type { PolicyJson } from '../../protocol/policy.ts'
import { zEpoch } from '../model/epochs.ts'
import { zInheritedSilence, zRungMicro } from '../model/ledger.ts'

/**
 * How a device joins: with which epoch, and for a pseudonym's first device the most epochs of silence that it inherits.
 * Later devices leave `inheritedSilence` out.
 */
export const zJoinProposal = z.strictObject({ joinEpoch: zEpoch, inheritedSilence: zInheritedSilence.optional() })
export type JoinProposal = z.output<typeof zJoinProposal>

/** What a holder may propose about one epoch of one device: which epoch, and the highest rung that it passes. */
export const zUptimeProposal = z.strictObject({
  epoch: zEpoch,
  rungMicro: zRungMicro,
  /** At a first device's joining: the bound on the silence that it inherits. */
  inheritedSilence: zInheritedSilence.optional(),
})
export type UptimeProposal = z.output<typeof zUptimeProposal>

/**
 * The policy behind an uptime entry. The epoch is pinned. How old the device is, is not asked: its uptime counts from its
 * joining on, whatever its past.
 */
export function uptimePolicy({ epoch, rungMicro, inheritedSilence }: UptimeProposal): PolicyJson {
  return {
    schema: UPTIME,
    claims: {
      epoch: { min: String(epoch), max: String(epoch), source: 'measured' },
      uptimeMicro: { min: String(rungMicro), source: 'measured' },
      ...(inheritedSilence === undefined
        ? {}
        : { inheritedSilence: { max: String(inheritedSilence), source: 'measured' } }),
    },
  }
}
