import { z } from 'zod'
import type { PolicyJson } from '../../protocol/policy.ts'
import type { Replay } from '../../protocol/proof-request.ts'
import { hardwarePolicy, zHardwareProposal } from './hardware-policy.ts'
import { jobsPolicy, zJobsProposal } from './jobs-policy.ts'
import { uptimePolicy, zUptimeProposal } from './uptime-policy.ts'

/**
 * What a holder asks the reputation service to request of it: a device's hardware with an epoch of its uptime, its hardware
 * alone (a capability), or its jobs at a marketplace. An uptime counts only beside the hardware of the same device.
 */
export const zProposal = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('uptime'), hardware: zHardwareProposal, uptime: zUptimeProposal }),
  z.strictObject({ kind: z.literal('hardware'), hardware: zHardwareProposal }),
  z.strictObject({ kind: z.literal('jobs'), jobs: zJobsProposal }),
])
export type Proposal = z.output<typeof zProposal>

/** The part of a proof request that follows from a proposal; the service adds audience, nonce, times and signature. */
export interface ProposedRequest {
  purpose: string
  policies: PolicyJson[]
  /** At most one acceptance a device (for jobs: a source) and period; absent for a capability, which may be renewed. */
  replay?: Replay
  sameDevice: boolean
}

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
  return {
    purpose: 'reputation/uptime',
    policies: [hardware, uptimePolicy(proposal.uptime)],
    replay: { key: 'devicePseudonym', period: `epoch/${proposal.uptime.epoch}` },
    sameDevice: true,
  }
}
