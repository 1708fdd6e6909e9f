import { fixJoin, type Join } from '../holder/index.ts'
import { claimOf } from '../protocol/claims.ts'
import { type AssayError, isAssayError } from '../protocol/errors.ts'
import { CONSTANTS } from '../reputation/model/constants.ts'
import type { InheritedSilence } from '../reputation/model/ledger.ts'
import type { JoinProposal } from '../reputation/policies/uptime-policy.ts'
import { hardwareOf, type StatedHardware } from './capability.ts'
import { chooseJoin, correctJoin } from './choose-join.ts'
import { presentProposal } from './present-proposal.ts'
import type { LedgerSession } from './session.ts'
import { type ProvableEpoch, provableEpoch } from './uptime-credential.ts'

/** The ledger's answer tells how the device can join; the epoch may end meanwhile. */
const ATTEMPTS = 3

export interface JoinedDevice {
  device: string
  joinEpoch: number
  /** The epoch that was proved, and counts already. */
  presented: ProvableEpoch | undefined
}

type Hardware = StatedHardware & { device: bigint }

/**
 * Joins a device to the ledger with the uptime of one of the last closed epochs. A pseudonym's first device joins with the
 * present epoch, or with up to three before it in which it was up; a later one with the next.
 * @returns undefined while no uptime of the last epochs can be proved
 */
export async function joinLedger(session: LedgerSession, hardware: Hardware): Promise<JoinedDevice | undefined> {
  const { wallet, audience, tell } = session
  const present = presentEpoch(session)
  const past = await lastProvable(session, hardware.device, present)
  if (past.length === 0) return undefined
  const { joinEpoch, inheritedSilence, proved } = await agreeOnJoin(session, { hardware, past, present })
  const device = String(hardware.device)
  await wallet.change((latest) => fixJoin(latest, { audience, device, joinEpoch, inheritedSilence }))
  tell({ kind: 'joined', device, joinEpoch })
  const presented = proved !== undefined && proved.epoch >= joinEpoch ? proved : undefined
  return { device, joinEpoch, presented }
}

/** The epoch that is open. Receipts of an epoch's last slot take a second more. */
export function presentEpoch({ clock, description }: Pick<LedgerSession, 'clock' | 'description'>): number {
  return Math.floor((clock() - 1) / description.epoch.seconds)
}

type Agreed = Pick<Join, 'joinEpoch' | 'inheritedSilence'> & { proved?: ProvableEpoch }

/** Proposes until the ledger accepts, or says how the device joined before. */
async function agreeOnJoin(
  session: LedgerSession,
  { hardware, past, present }: { hardware: Hardware; past: readonly ProvableEpoch[]; present: number },
): Promise<Agreed> {
  const { joins } = await session.wallet.read()
  const isFirst = !joins.some((join) => join.audience.did === session.audience.did)
  const isFree = claimOf(past[0]!.held.credential, 'inheritedSilence') === 0n
  const inheritedSilence: InheritedSilence = isFree ? 0 : CONSTANTS.inheritedSilenceEpochs
  let proposed = chooseJoin(past, { present, isFirst, inheritedSilence })
  for (let attempt = 1; ; attempt++) {
    const proved = past.find(({ epoch }) => epoch === proposed.joinEpoch) ?? past[0]!
    const refused = await propose(session, { hardware, join: proposed, proved })
    if (refused === undefined) return { ...proposed, inheritedSilence: proposed.inheritedSilence ?? 0, proved }
    const { code, detail } = refused
    if (code === 'firstEpochFixed') {
      return { joinEpoch: Number(detail.joinEpoch), inheritedSilence: Number(detail.inheritedSilence) }
    }
    if (attempt === ATTEMPTS) throw refused
    proposed = correctJoin(proposed, detail, inheritedSilence)
  }
}

/** The closed epochs with which a first device could join and of which something can be proved, the newest first. */
async function lastProvable(session: LedgerSession, device: bigint, present: number): Promise<ProvableEpoch[]> {
  const provable: ProvableEpoch[] = []
  for (let epoch = present - 1; epoch >= present - CONSTANTS.joinEpochsBack; epoch--) {
    const found = await provableEpoch(session, device, epoch)
    if (typeof found !== 'string') provable.push(found)
  }
  return provable
}

/** @returns the refusal, if any; what the ledger had already, from a delivery whose answer was lost, is none */
async function propose(
  session: LedgerSession,
  { hardware, join, proved }: { hardware: Hardware; join: JoinProposal; proved: ProvableEpoch },
): Promise<AssayError | undefined> {
  const { epoch, rungMicro } = proved
  try {
    await presentProposal(session, {
      kind: 'uptime',
      hardware: hardwareOf(hardware),
      uptime: { epoch, rungMicro },
      join,
    })
    return undefined
  } catch (error) {
    if (isAssayError(error, 'replayed')) return undefined
    if (isAssayError(error, 'joinInvalid') || isAssayError(error, 'firstEpochFixed')) return error
    throw error
  }
}
