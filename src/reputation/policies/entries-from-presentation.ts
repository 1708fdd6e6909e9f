import { jobsSchema } from '../../protocol/claim-schemas.ts'
import { AssayError } from '../../protocol/errors.ts'
import type { Policy } from '../../protocol/policy.ts'
import { CONSTANTS } from '../model/constants.ts'
import { epochAt, weekOf } from '../model/epochs.ts'
import type { HardwareEntry, LedgerEntry } from '../model/ledger.ts'
import type { ScoreState } from '../model/score-state.ts'
import { type AcceptedPolicy, readAcceptedPolicy } from './accepted-policy.ts'

/** One proof of a verified presentation: the policy that it met, and the device pseudonym that it showed. */
export interface VerifiedProof {
  policy: Policy
  devicePseudonym: bigint
}

/** What the ledger needs to know of a verified presentation besides its proofs. */
export interface Acceptance {
  /** Unique per presentation; the entries' ids start with it. */
  id: string
  /** Unix seconds. */
  acceptedAt: number
  /** The request's `now`: the moment of which the proofs speak. */
  provedAt: number
  /** How long a proved capability is shown, in seconds. */
  capabilityLifetime: number
}

/**
 * Turns a verified presentation into ledger entries, a device's join before its first proof. `state` is the pseudonym's
 * score state (`emptyState` for a new one); it is not changed: apply the entries once they are stored.
 * @throws AssayError `policyNotAccepted`, `firstEpochFixed`, `epochOpen`, `sequenceStale`, `conflict`
 */
export function entriesFromPresentation(
  state: ScoreState,
  proofs: readonly VerifiedProof[],
  acceptance: Acceptance,
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
    return uptimeEntries(state, accepted, devicePseudonym, beside[0], common)
  })
}

type HardwareAccepted = Extract<AcceptedPolicy, { kind: 'hardware' }>
type Common = Pick<LedgerEntry, 'entryId' | 'acceptedAt'>

function hardwareEntry(
  { schema, assurance, ranges }: HardwareAccepted,
  devicePseudonym: string,
  common: Common,
  { provedAt, capabilityLifetime }: Acceptance,
): HardwareEntry {
  const expires = provedAt + capabilityLifetime
  return { kind: 'hardware', ...common, devicePseudonym, schema, ranges, assurance, provedAt, expires }
}

function uptimeEntries(
  state: ScoreState,
  accepted: Extract<AcceptedPolicy, { kind: 'uptime' }>,
  devicePseudonym: string,
  hardware: HardwareAccepted | undefined,
  common: Common,
): LedgerEntry[] {
  const { epoch, rungMicro, firstEpoch } = accepted
  if (hardware === undefined) {
    throw new AssayError('policyNotAccepted', "Uptime counts only beside a proof of the same device's hardware")
  }
  if (epoch >= epochAt(state.settings, common.acceptedAt)) throw new AssayError('epochOpen', undefined, { epoch })
  const device = state.byDevice.get(devicePseudonym)
  assertFirstEpoch(device?.firstEpoch, firstEpoch)
  if (firstEpoch < state.settings.genesisEpoch) {
    const { genesisEpoch } = state.settings
    throw new AssayError('conflict', 'The first epoch lies before the first that this service knows', { genesisEpoch })
  }
  const retiredAt = device?.retiredAt ?? null
  if (retiredAt !== null && epoch >= retiredAt) {
    throw new AssayError('conflict', 'The device had retired by that epoch', { retiredAt })
  }
  const assurances = { uptimeAssurance: CONSTANTS.minAssurance, hardwareAssurance: hardware.assurance }
  const proof: LedgerEntry = {
    kind: 'uptime',
    ...common,
    epoch,
    rungMicro,
    devicePseudonym,
    firstEpoch,
    ...assurances,
  }
  if (device !== undefined) return [proof]
  return [{ kind: 'join', ...common, entryId: `${common.entryId}/join`, devicePseudonym, firstEpoch }, proof]
}

function jobsEntry(
  state: ScoreState,
  { marketplace, week, firstWeek, counts }: Extract<AcceptedPolicy, { kind: 'jobs' }>,
  common: Common,
): LedgerEntry {
  const uri = jobsSchema(marketplace)
  if (week >= weekOf(epochAt(state.settings, common.acceptedAt))) {
    throw new AssayError('epochOpen', 'The week has not closed yet', { week })
  }
  const last = state.jobs.get(uri)?.at(-1)?.entry
  if (last !== undefined && week <= last.week) {
    throw new AssayError('sequenceStale', `Week ${last.week} of this marketplace has been accepted already`, {
      week: last.week,
    })
  }
  assertFirstEpoch(last?.firstWeek, firstWeek)
  for (const name of ['completed', 'failed', 'disputed', 'ratingCount'] as const) {
    if (last !== undefined && counts[name] < last[name]) {
      throw new AssayError('conflict', `The counter ${name} is cumulative and can't fall`, { [name]: last[name] })
    }
  }
  const ratingSum = counts.ratingSum ?? 0
  const assurance = CONSTANTS.minAssurance
  return { kind: 'jobs', ...common, marketplace: uri, week, firstWeek, ...counts, ratingSum, assurance }
}

function assertFirstEpoch(fixed: number | undefined, proposed: number): void {
  if (fixed !== undefined && fixed !== proposed)
    throw new AssayError('firstEpochFixed', undefined, { firstEpoch: fixed })
}
