import { fixJoin, type Join, settle } from '../holder/index.ts'
import { type AssayError, claimOf, isAssayError, UPTIME } from '../protocol/index.ts'
import { CONSTANTS, type InheritedSilence, type JoinProposal, type RungMicro } from '../reputation/index.ts'
import { hardwareOf, type StatedHardware } from './capability.ts'
import { clock } from './effects.ts'
import { short } from './format.ts'
import { type LedgerSession, presentProposal } from './present-to-ledger.ts'
import { type ProvableEpoch, provableEpoch } from './uptime-credential.ts'

/** A first device joins with an epoch before the present one only if it was up for so much of it. */
const GOOD_RUNG: RungMicro = 950_000
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
  const { device } = hardware
  // receipts of an epoch's last slot take a second more
  const present = Math.floor((clock() - 1) / access.description.epoch.seconds)
  const past = await lastProvable(session, device, present)
  if (past.length === 0) return undefined
  const isFirst = !wallet().joins.some((join) => join.audience.did === audience.did)
  const inheritedSilence: InheritedSilence =
    claimOf(past[0]!.held.credential, 'inheritedSilence') === 0n ? 0 : CONSTANTS.inheritedSilenceEpochs
  let wanted: JoinProposal = isFirst
    ? { joinEpoch: firstJoinEpoch(past, present), inheritedSilence }
    : { joinEpoch: present + 1 }
  for (let attempt = 1; ; attempt++) {
    const proved = past.find(({ epoch }) => epoch === wanted.joinEpoch) ?? past[0]!
    const refused = await propose(session, { hardware, wanted, proved })
    if (refused !== undefined && isAssayError(refused, 'joinInvalid') && attempt < ATTEMPTS) {
      wanted = possibleJoin(refused, wanted, inheritedSilence)
      continue
    }
    if (refused !== undefined && !isAssayError(refused, 'firstEpochFixed')) throw refused
    const fixed = refused === undefined ? wanted : (refused.detail as unknown as JoinProposal)
    const join: Join = {
      audience,
      device: String(device),
      joinEpoch: Number(fixed.joinEpoch),
      inheritedSilence: Number(fixed.inheritedSilence ?? 0),
    }
    keep(fixJoin(wallet(), join))
    voice.say(`Device ${short(join.device)} is in the ledger: its uptime counts from epoch ${join.joinEpoch} on`)
    const counts = refused === undefined && proved.epoch >= join.joinEpoch
    if (counts) {
      const settled = { audience, schema: UPTIME, device: join.device, epoch: proved.epoch }
      keep(settle(wallet(), { ...settled, outcome: 'presented' }))
    }
    return { device: join.device, joinEpoch: join.joinEpoch, presented: counts ? proved : undefined }
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

function firstJoinEpoch(past: readonly ProvableEpoch[], present: number): number {
  let joinEpoch = present
  for (const { epoch, rungMicro } of past) if (epoch === joinEpoch - 1 && rungMicro >= GOOD_RUNG) joinEpoch = epoch
  return joinEpoch
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

/** The ledger knows whether the pseudonym has devices already: a restored wallet does not. */
function possibleJoin(refused: AssayError, wanted: JoinProposal, inheritedSilence: InheritedSilence): JoinProposal {
  const [earliest, latest] = [Number(refused.detail.earliest), Number(refused.detail.latest)]
  if (earliest === latest) return { joinEpoch: latest }
  return { joinEpoch: Math.min(latest, Math.max(earliest, wanted.joinEpoch)), inheritedSilence }
}
