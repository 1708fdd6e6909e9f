import { COMPUTE, HARDWARE, marketplaceOf, UPTIME } from '../../protocol/claim-schemas.ts'
import { AssayError, type ErrorDetail } from '../../protocol/errors.ts'
import { type Policy, type PolicyJson, policyHash, zPolicy } from '../../protocol/policy.ts'
import { policyJson } from '../../protocol/proof-request.ts'
import { type HardwareProposal, hardwarePolicy, zHardwareProposal } from './hardware-policy.ts'
import { type JobsProposal, jobsPolicy, zJobsProposal } from './jobs-policy.ts'
import { type UptimeProposal, uptimePolicy, zUptimeProposal } from './uptime-policy.ts'

/** What a policy of the service's list stands for. */
export type AcceptedPolicy =
  | ({ kind: 'uptime' } & UptimeProposal)
  | ({ kind: 'hardware' } & HardwareProposal)
  | ({ kind: 'jobs' } & JobsProposal)

/**
 * Reads a policy of the service's own list back into what it stands for. Since the list is made by functions, the reading is
 * right exactly when making the policy anew gives the same one.
 * @throws AssayError `policyNotAccepted` for a policy that is not in the list
 */
export function readAcceptedPolicy(policy: Policy): AcceptedPolicy {
  const { schema } = policy
  const [accepted, remade] = (() => {
    if (schema === UPTIME) return readUptime(policy)
    if (schema === HARDWARE || schema === COMPUTE) return readHardware(policy, schema)
    const marketplace = marketplaceOf(schema)
    return marketplace === undefined ? refuse(schema) : readJobs(policy, marketplace)
  })()
  return policyHash(zPolicy.parse(remade)) === policyHash(policy) ? accepted : refuse(schema)
}

function refuse(schema: string, detail: ErrorDetail = {}): never {
  throw new AssayError('policyNotAccepted', undefined, { schema, ...detail })
}

const bound = (policy: Policy, claim: string, side: 'min' | 'max' = 'min'): number | undefined => {
  const value = policy.claims[claim]?.[side]
  return value === undefined ? undefined : Number(value)
}

function readUptime(policy: Policy): [AcceptedPolicy, PolicyJson] {
  const parsed = zUptimeProposal.safeParse({
    epoch: bound(policy, 'epoch'),
    rungMicro: bound(policy, 'uptimeMicro'),
    inheritedSilence: bound(policy, 'inheritedSilence', 'max'),
  })
  if (!parsed.success) return refuse(policy.schema)
  return [{ kind: 'uptime', ...parsed.data }, uptimePolicy(parsed.data)]
}

function readHardware(policy: Policy, schema: HardwareProposal['schema']): [AcceptedPolicy, PolicyJson] {
  const parsed = zHardwareProposal.safeParse({ schema, ranges: policyJson(policy).claims })
  if (!parsed.success) return refuse(schema)
  return [{ kind: 'hardware', ...parsed.data }, hardwarePolicy(parsed.data)]
}

function readJobs(policy: Policy, marketplace: string): [AcceptedPolicy, PolicyJson] {
  const parsed = zJobsProposal.safeParse({
    marketplace,
    week: bound(policy, 'epoch'),
    firstWeek: bound(policy, 'firstEpoch'),
    counts: {
      completed: bound(policy, 'completed'),
      failed: bound(policy, 'failed'),
      disputed: bound(policy, 'disputed'),
      ratingSum: bound(policy, 'ratingSum') ?? null,
      ratingCount: bound(policy, 'ratingCount'),
    },
  })
  if (!parsed.success) return refuse(policy.schema)
  return [{ kind: 'jobs', ...parsed.data }, jobsPolicy(parsed.data)]
}
