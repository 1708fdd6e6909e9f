import { fixJoin, type Join, settle } from '../holder/index.ts'
import { type AssayError, claimOf, isAssayError, UPTIME } from '../protocol/index.ts'
import { CONSTANTS, type InheritedSilence, type JoinProposal } from '../reputation/index.ts'
import { hardwareOf, type StatedHardware } from './capability.ts'
import { chooseJoin, correctJoin } from './choose-join.ts'
import { clock } from './effects.ts'
import { short } from './format.ts'
import { type LedgerSession, presentProposal } from './present-to-ledger.ts'
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
  const { voice, wallet, keep, audience, access } = session
  // receipts of an epoch's last slot take a second more
  const present = Math.floor((clock() - 1) / access.description.epoch.seconds)
  const past = await lastProvable(session, hardware.device, present)
  if (past.length === 0) return undefined
  const { joinEpoch, inheritedSilence, proved } = await agreeOnJoin(session, { hardware, past, present })
  const device = String(hardware.device)
  keep(fixJoin(wallet(), { audience, device, joinEpoch, inheritedSilence }))
  voice.say(`Device ${short(device)} is in the ledger: its uptime counts from epoch ${joinEpoch} on`)
  if (proved === undefined || proved.epoch < joinEpoch) return { device, joinEpoch, presented: undefined }
  keep(settle(wallet(), { audience, schema: UPTIME, device, epoch: proved.epoch, outcome: 'presented' }))
  return { device, joinEpoch, presented: proved }
}

type Agreed = Pick<Join, 'joinEpoch' | 'inheritedSilence'> & { proved?: ProvableEpoch }

/** Proposes until the ledger takes it, or says how the device joined before. */
async function agreeOnJoin(
  session: LedgerSession,
  { hardware, past, present }: { hardware: Hardware; past: readonly ProvableEpoch[]; present: number },
): Promise<Agreed> {
  const isFirst = !session.wallet().joins.some((join) => join.audience.did === session.audience.did)
  const isFree = claimOf(past[0]!.held.credential, 'inheritedSilence') === 0n
  const inheritedSilence: InheritedSilence = isFree ? 0 : CONSTANTS.inheritedSilenceEpochs
  let wanted = chooseJoin(past, { present, isFirst, inheritedSilence })
  for (let attempt = 1; ; attempt++) {
    const proved = past.find(({ epoch }) => epoch === wanted.joinEpoch) ?? past[0]!
    const refused = await propose(session, { hardware, wanted, proved })
    if (refused === undefined) return { ...wanted, inheritedSilence: wanted.inheritedSilence ?? 0, proved }
    const { code, detail } = refused
    if (code === 'firstEpochFixed') {
      return { joinEpoch: Number(detail.joinEpoch), inheritedSilence: Number(detail.inheritedSilence) }
    }
    if (attempt === ATTEMPTS) throw refused
    wanted = correctJoin(wanted, detail, inheritedSilence)
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
  { hardware, wanted, proved }: { hardware: Hardware; wanted: JoinProposal; proved: ProvableEpoch },
): Promise<AssayError | undefined> {
  const { epoch, rungMicro } = proved
  const uptime = { epoch, rungMicro }
  const proposal = { kind: 'uptime' as const, hardware: hardwareOf(hardware), uptime, join: wanted }
  try {
    await presentProposal(session, proposal, `Joining the ledger with the uptime of epoch ${epoch}`)
    return undefined
  } catch (error) {
    if (isAssayError(error, 'replayed')) return undefined
    if (isAssayError(error, 'joinInvalid') || isAssayError(error, 'firstEpochFixed')) return error
    throw error
  }
}
