import type { ErrorDetail } from '../protocol/index.ts'
import { CONSTANTS, type InheritedSilence, type JoinProposal, type RungMicro } from '../reputation/index.ts'

/** A first device joins with an epoch before the present one only if it was up for so much of it. */
const GOOD_RUNG: RungMicro = 950_000

/** A closed epoch of which uptime can be proved. */
export interface PastEpoch {
  epoch: number
  rungMicro: RungMicro
}

/**
 * How a device proposes to join in the present epoch. A pseudonym's first device joins with it, or as early as it was up
 * without a break: each epoch more is an epoch of age, and a bad one costs more than that. A later device joins with the
 * next epoch.
 * @param past the last closed epochs of which something can be proved, the newest first
 */
export function chooseJoin(
  past: readonly PastEpoch[],
  { present, isFirst, inheritedSilence }: { present: number; isFirst: boolean; inheritedSilence: InheritedSilence },
): JoinProposal {
  if (!isFirst) return { joinEpoch: present + 1 }
  let joinEpoch = present
  for (const { epoch, rungMicro } of past) {
    const isNext = epoch === joinEpoch - 1 && epoch >= present - CONSTANTS.joinEpochsBack
    if (isNext && rungMicro >= GOOD_RUNG) joinEpoch = epoch
  }
  return { joinEpoch, inheritedSilence }
}

/**
 * Another proposal after a refusal (`joinInvalid`), by the facts that came with it. The ledger knows whether the pseudonym
 * has devices already, which a restored wallet does not, and the epoch may have ended meanwhile.
 */
export function correctJoin(
  refused: JoinProposal,
  facts: ErrorDetail,
  inheritedSilence: InheritedSilence,
): JoinProposal {
  const [earliest, latest] = [Number(facts.earliest), Number(facts.latest)]
  if (earliest === latest) return { joinEpoch: latest }
  return { joinEpoch: Math.min(latest, Math.max(earliest, refused.joinEpoch)), inheritedSilence }
}
