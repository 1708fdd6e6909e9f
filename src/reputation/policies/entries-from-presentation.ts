import { jobsSchema } from '../../protocol/claim-schemas.ts'
import { AssayError } from '../../protocol/errors.ts'
import type { Policy } from '../../protocol/policy.ts'
import { ledgerEpochAt, weekOf } from '../model/epochs.ts'
import type { HardwareEntry, LedgerEntry, UptimeEntry } from '../model/ledger.ts'
import type { RosterDevice } from '../model/roster.ts'
import type { ScoreState } from '../model/score-state.ts'
import { type AcceptedPolicy, readAcceptedPolicy } from './accepted-policy.ts'
import { assertSameJoin, joinWith } from './join-roster.ts'
import { joinEpochOf } from './proposal.ts'

/** One proof of a verified presentation: the policy that it met, and the device pseudonym that it showed. */
export interface VerifiedProof {
  policy: Policy
  devicePseudonym: bigint
}

/** What the ledger needs to know of a verified presentation besides its proofs. */
export interface AcceptedPresentation {
  /** Unique per presentation; the entries' ids start with it. */
  id: string
  /** The request's purpose: it says with which epoch a device joins. */
  purpose: string
  /** Unix seconds. */
  acceptedAt: number
  /** The request's `now`: the moment of which the proofs speak. */
  provedAt: number
  /** How long a proved capability is shown, in seconds. */
  capabilityLifetime: number
  /** Whether the registry's newest root confirms the service's clock: without, no device joins. */
  clockConfirmed: boolean
}

/**
 * Turns a verified presentation into ledger entries, a device's join before its first proof. `state` is the pseudonym's
 * score state (`emptyState` for a new one); it is not changed: apply the entries once they are stored. The uptime with
 * which a device joins may lie before the epoch with which it joins: then it is not entered.
 * @throws AssayError `policyNotAccepted`, `joinInvalid`, `registryStale` (no device joins now), `firstEpochFixed`,
 *   `epochBeforeJoin`, `epochOpen`, `sequenceStale`, `conflict`
 */
export function entriesFromPresentation(
  state: ScoreState,
  proofs: readonly VerifiedProof[],
  acceptance: AcceptedPresentation,
): LedgerEntry[] {
  const read = proofs.map(({ policy, devicePseudonym }) => ({
    accepted: readAcceptedPolicy(policy),
    devicePseudonym: String(devicePseudonym),
  }))
  return read.flatMap(({ accepted, devicePseudonym }, i): LedgerEntry[] => {
    const common = { entryId: `${acceptance.id}/${i}`, acceptedAt: acceptance.acceptedAt }
    if (accepted.kind === 'hardware') return [hardwareEntry(accepted, devicePseudonym, common, acceptance)]
    if (accepted.kind === 'jobs') return [jobsEntry(state, accepted, common)]
    const beside = read.flatMap((other) => {
      const isBeside = other.accepted.kind === 'hardware' && other.devicePseudonym === devicePseudonym
      return isBeside ? [other.accepted as HardwareAccepted] : []
    })
    const proof = uptimeEntry(state, { accepted, devicePseudonym, hardware: beside[0], common })
    const device = state.byDevice.get(devicePseudonym)
    const joinEpoch = joinEpochOf(acceptance.purpose)
    if (device === undefined) return joinWith(state, proof, { ...acceptance, joinEpoch, ...accepted })
    assertSameJoin(device, { joinEpoch, inheritedSilence: accepted.inheritedSilence })
    assertCounts(device, proof)
    return [proof]
  })
}

type HardwareAccepted = Extract<AcceptedPolicy, { kind: 'hardware' }>
type UptimeAccepted = Extract<AcceptedPolicy, { kind: 'uptime' }>
type Common = Pick<LedgerEntry, 'entryId' | 'acceptedAt'>

function hardwareEntry(
  { schema, ranges }: HardwareAccepted,
  devicePseudonym: string,
  common: Common,
  { provedAt, capabilityLifetime }: AcceptedPresentation,
): HardwareEntry {
  return {
    kind: 'hardware',
    ...common,
    devicePseudonym,
    schema,
    ranges,
    provedAt,
    expires: provedAt + capabilityLifetime,
  }
}

function uptimeEntry(
  { settings }: ScoreState,
  {
    accepted: { epoch, rungMicro },
    devicePseudonym,
    hardware,
    common,
  }: { accepted: UptimeAccepted; devicePseudonym: string; hardware: HardwareAccepted | undefined; common: Common },
): UptimeEntry {
  if (hardware === undefined) {
    throw new AssayError('policyNotAccepted', "Uptime counts only beside a proof of the same device's hardware")
  }
  if (epoch >= ledgerEpochAt(settings, common.acceptedAt)) throw new AssayError('epochOpen', undefined, { epoch })
  const gopsSource = hardware.ranges.gops!.source
  return { kind: 'uptime', ...common, epoch, rungMicro, devicePseudonym, uptimeSource: 'measured', gopsSource }
}

function assertCounts({ joinEpoch, retiredAt }: RosterDevice, { epoch }: UptimeEntry): void {
  if (epoch < joinEpoch) throw new AssayError('epochBeforeJoin', undefined, { joinEpoch })
  if (retiredAt !== null && epoch >= retiredAt) {
    throw new AssayError('conflict', 'The device had retired by that epoch', { retiredAt })
  }
}

function jobsEntry(
  state: ScoreState,
  { marketplace, week, firstWeek, counts }: Extract<AcceptedPolicy, { kind: 'jobs' }>,
  common: Common,
): LedgerEntry {
  const uri = jobsSchema(marketplace)
  if (week >= weekOf(ledgerEpochAt(state.settings, common.acceptedAt))) {
    throw new AssayError('epochOpen', 'The week has not closed yet', { week })
  }
  const last = state.jobs.get(uri)?.at(-1)?.entry
  if (last !== undefined && week <= last.week) {
    throw new AssayError('sequenceStale', `Week ${last.week} of this marketplace has been accepted already`, {
      week: last.week,
    })
  }
  if (last !== undefined && last.firstWeek !== firstWeek) {
    throw new AssayError('firstEpochFixed', 'The first week of a marketplace is fixed', { firstWeek: last.firstWeek })
  }
  for (const name of ['completed', 'failed', 'disputed', 'ratingCount'] as const) {
    if (last !== undefined && counts[name] < last[name]) {
      throw new AssayError('conflict', `The counter ${name} is cumulative and can't fall`, { [name]: last[name] })
    }
  }
  const ratingSum = counts.ratingSum ?? 0
  return { kind: 'jobs', ...common, marketplace: uri, week, firstWeek, ...counts, ratingSum, source: 'measured' }
}
