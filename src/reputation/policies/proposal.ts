import * as z from 'zod'
import type { PolicyJson } from '../../protocol/policy.ts'
import type { Replay } from '../../protocol/proof-request.ts'
import { zEpoch } from '../model/epochs.ts'
import { hardwarePolicy, zHardwareProposal } from './hardware-policy.ts'
import { jobsPolicy, zJobsProposal } from './jobs-policy.ts'
import { uptimePolicy, zJoinProposal, zUptimeProposal } from './uptime-policy.ts'

/**
 * What a holder asks the reputation service to request of it: a device's hardware with an epoch of its uptime, its hardware
 * alone (a capability), or its jobs at a marketplace. An uptime counts only beside the hardware of the same device. With its
 * first uptime a device joins: `join` says how.
 */
export const zProposal = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('uptime'),
    hardware: zHardwareProposal,
    uptime: zUptimeProposal.omit({ inheritedSilence: true }),
    join: zJoinProposal.optional(),
  }),
  z.strictObject({ kind: z.literal('hardware'), hardware: zHardwareProposal }),
  z.strictObject({ kind: z.literal('jobs'), jobs: zJobsProposal }),
])
export type Proposal = z.output<typeof zProposal>
/** A proposal as JSON carries it. */
export type ProposalInput = z.input<typeof zProposal>

/** The part of a proof request that follows from a proposal; the service adds audience, nonce, times and signature. */
export interface ProposedRequest {
  purpose: string
  policies: PolicyJson[]
  /** At most one acceptance a device (for jobs: a source) and period; absent for a capability, which may be renewed. */
  replay?: Replay
  sameDevice: boolean
}

const JOIN_PURPOSE = 'reputation/join/'

/**
 * Turns a proposal into the request that the service is ready to sign. Only what these functions make is ever signed.
 * @throws AssayError `policyOffGrid`
 */
export function proposedRequest(proposal: Proposal): ProposedRequest {
  if (proposal.kind === 'jobs') {
    const { marketplace, week } = proposal.jobs
    return {
      purpose: `reputation/jobs/${marketplace}`,
      policies: [jobsPolicy(proposal.jobs)],
      replay: { key: 'devicePseudonym', period: `week/${week}` },
      sameDevice: false,
    }
  }
  const hardware = hardwarePolicy(proposal.hardware)
  if (proposal.kind === 'hardware') return { purpose: 'reputation/hardware', policies: [hardware], sameDevice: false }
  const { uptime, join } = proposal
  return {
    purpose: join === undefined ? 'reputation/uptime' : `${JOIN_PURPOSE}${join.joinEpoch}`,
    policies: [hardware, uptimePolicy({ ...uptime, inheritedSilence: join?.inheritedSilence })],
    replay: { key: 'devicePseudonym', period: `epoch/${uptime.epoch}` },
    sameDevice: true,
  }
}

/** The epoch with which a device joins, by the purpose of the request; undefined for any other purpose. */
export function joinEpochOf(purpose: string): number | undefined {
  const text = purpose.startsWith(JOIN_PURPOSE) ? purpose.slice(JOIN_PURPOSE.length) : ''
  return /^(0|[1-9][0-9]{0,9})$/.test(text) ? zEpoch.safeParse(Number(text)).data : undefined
}
