import { AssayError } from '../../protocol/errors.ts'
import { ledgerEpochAt } from '../model/epochs.ts'
import type { JoinEntry, UptimeEntry } from '../model/ledger.ts'
import { joinEpochs, mayJoin, type RosterDevice } from '../model/roster.ts'
import type { ScoreState } from '../model/score-state.ts'
import type { UptimeProposal } from './uptime-policy.ts'

/** How a device would join. */
export interface Joining extends Pick<UptimeProposal, 'inheritedSilence'> {
  joinEpoch: number | undefined
  /** Whether the registry's newest root confirms the service's clock. */
  clockConfirmed: boolean
}

/**
 * The join of a device that the roster does not hold yet, and its first proof where that counts.
 * @throws AssayError `joinInvalid`, `registryStale` (the clock is not confirmed)
 */
export function joinWith(state: ScoreState, proof: UptimeEntry, joining: Joining): [JoinEntry, ...UptimeEntry[]] {
  const { settings, roster } = state
  const { entryId, acceptedAt, devicePseudonym, epoch } = proof
  const isFirst = roster.devices.length === 0
  const possible = { ...joinEpochs(ledgerEpochAt(settings, acceptedAt), isFirst) }
  const { joinEpoch, clockConfirmed } = joining
  if (joinEpoch === undefined) throw new AssayError('joinInvalid', 'The device has not joined yet', possible)
  if (isFirst && joining.inheritedSilence === undefined) {
    throw new AssayError('joinInvalid', 'The first device proves how much silence it inherits', possible)
  }
  const inheritedSilence = isFirst ? joining.inheritedSilence! : 0
  if (!mayJoin(settings, roster.devices.length, { joinEpoch, inheritedSilence, acceptedAt })) {
    throw new AssayError('joinInvalid', undefined, possible)
  }
  if (!clockConfirmed) {
    throw new AssayError('registryStale', "No device joins while the service's clock and the newest root's differ")
  }
  const id = `${entryId}/join`
  const join = { kind: 'join' as const, entryId: id, acceptedAt, devicePseudonym, joinEpoch, inheritedSilence }
  return epoch < joinEpoch ? [join] : [join, proof]
}

/** @throws AssayError `firstEpochFixed` when the device joined otherwise */
export function assertSameJoin(
  { joinEpoch, firstEpoch }: RosterDevice,
  proposed: Pick<Joining, 'joinEpoch' | 'inheritedSilence'>,
): void {
  const inheritedSilence = joinEpoch - firstEpoch
  const isSame =
    (proposed.joinEpoch ?? joinEpoch) === joinEpoch &&
    (proposed.inheritedSilence ?? inheritedSilence) === inheritedSilence
  if (!isSame) throw new AssayError('firstEpochFixed', undefined, { joinEpoch, inheritedSilence })
}
