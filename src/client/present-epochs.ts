import { isSettled, joinOf, type Settled, settle } from '../holder/index.ts'
import { UPTIME } from '../protocol/claim-schemas.ts'
import { isAssayError } from '../protocol/errors.ts'
import { hardwareOf, type StatedHardware } from './capability.ts'
import { joinLedger, presentEpoch } from './join-ledger.ts'
import { measuredDevices } from './measured-devices.ts'
import { presentProposal } from './present-proposal.ts'
import type { LedgerSession } from './session.ts'
import { type ProvableEpoch, provableEpoch } from './uptime-credential.ts'

/** Epochs looked back on in one go; a service forgets older ones anyway. */
const MAX_EPOCHS = 400

export interface PresentedEpoch {
  device: string
  epoch: number
  /** The rung that was proved, in millionths. */
  rungMicro: number
  /** Whether the ledger had it already, from a delivery whose answer was lost. */
  known: boolean
}

export interface PresentedEpochs {
  /** Devices that joined the ledger now: their uptime counts from an epoch on. */
  joined: { device: string; joinEpoch: number }[]
  presented: PresentedEpoch[]
  /** Epochs in which nothing could be proved: nobody watched, or the device was up for less than half. */
  nothing: { device: string; epoch: number; reason: string }[]
}

type Hardware = StatedHardware & { device: bigint }

/**
 * For each measured device: joins the ledger where it has not, gets the uptime credential of every closed epoch that is not
 * done with, and presents it at the highest rung that it passes, with the device's hardware beside it.
 */
export async function presentEpochs(session: LedgerSession): Promise<PresentedEpochs> {
  const result: PresentedEpochs = { joined: [], presented: [], nothing: [] }
  for (const hardware of await measuredDevices(session)) {
    if (!(await isInLedger(session, hardware, result))) continue
    const due = await dueEpochs(session, hardware)
    for (const [done, epoch] of due.entries()) {
      session.tell({ kind: 'epoch', device: String(hardware.device), epoch, done, total: due.length })
      await presentOne(session, { hardware, epoch, result })
    }
  }
  return result
}

async function isInLedger(session: LedgerSession, hardware: Hardware, result: PresentedEpochs): Promise<boolean> {
  const { wallet, audience, tell } = session
  if (joinOf(await wallet.read(), audience, hardware.device) !== undefined) return true
  const joined = await joinLedger(session, hardware)
  if (joined === undefined) {
    tell({ kind: 'notJoined', device: String(hardware.device) })
    return false
  }
  const { device, joinEpoch, presented } = joined
  result.joined.push({ device, joinEpoch })
  if (presented !== undefined) await finish(session, { device, proved: presented, known: false, result })
  return true
}

/** Closed epochs from the device's joining on that are not done with, the oldest first. */
async function dueEpochs(session: LedgerSession, { device }: { device: bigint }): Promise<number[]> {
  const { audience } = session
  const wallet = await session.wallet.read()
  const { joinEpoch } = joinOf(wallet, audience, device)!
  const last = presentEpoch(session) - 1
  const start = Math.max(joinEpoch, last - MAX_EPOCHS + 1)
  const epochs = Array.from({ length: Math.max(0, last - start + 1) }, (_, i) => start + i)
  return epochs.filter((epoch) => !isSettled(wallet, { audience, schema: UPTIME, device: String(device), epoch }))
}

async function presentOne(
  session: LedgerSession,
  { hardware, epoch, result }: { hardware: Hardware; epoch: number; result: PresentedEpochs },
): Promise<void> {
  const device = String(hardware.device)
  const proved = await provableEpoch(session, hardware.device, epoch)
  if (typeof proved === 'string') {
    result.nothing.push({ device, epoch, reason: proved })
    session.tell({ kind: 'epochEmpty', device, epoch, reason: proved })
    await remember(session, { device, epoch, outcome: 'nothing' })
    return
  }
  const { rungMicro } = proved
  try {
    await presentProposal(session, { kind: 'uptime', hardware: hardwareOf(hardware), uptime: { epoch, rungMicro } })
    await finish(session, { device, proved, known: false, result })
  } catch (error) {
    // an earlier delivery was accepted, though its answer never came here
    if (!isAssayError(error, 'replayed')) throw error
    await finish(session, { device, proved, known: true, result })
  }
}

async function finish(
  session: LedgerSession,
  { device, proved, known, result }: { device: string; proved: ProvableEpoch; known: boolean; result: PresentedEpochs },
): Promise<void> {
  const { epoch, rungMicro } = proved
  await remember(session, { device, epoch, outcome: 'presented' })
  result.presented.push({ device, epoch, rungMicro, known })
  session.tell({ kind: 'epochProved', device, epoch, rungMicro })
}

async function remember(
  { wallet, audience }: LedgerSession,
  settled: Pick<Settled, 'device' | 'epoch' | 'outcome'>,
): Promise<void> {
  await wallet.change((latest) => settle(latest, { audience, schema: UPTIME, ...settled }))
}
