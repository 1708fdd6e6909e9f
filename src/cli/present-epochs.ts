import { type HeldCredential, isSettled, joinOf, settle } from '../holder/index.ts'
import { COMPUTE, HARDWARE, isAssayError, SOURCE_LEVEL, sourceOf, UPTIME } from '../protocol/index.ts'
import { hardwareOf, type StatedHardware } from './capability.ts'
import { clock } from './effects.ts'
import { percent, short } from './format.ts'
import { joinLedger } from './join-ledger.ts'
import { type LedgerSession, presentProposal } from './present-to-ledger.ts'
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

export interface EpochsResult {
  /** Devices that joined the ledger now: their uptime counts from an epoch on. */
  joined: { device: string; joinEpoch: number }[]
  presented: PresentedEpoch[]
  /** Epochs in which nothing could be proved: nobody watched, or the device was up for less than half. */
  nothing: { device: string; epoch: number; reason: string }[]
}

/** A device that was measured, by the credential that says so; of several, the newest. */
export function measuredDevices({ wallet, view }: LedgerSession): HeldCredential['credential'][] {
  const now = clock()
  const fit = wallet()
    .credentials.map(({ credential }) => credential)
    .filter((credential) => {
      const isHardware = credential.schema === COMPUTE || credential.schema === HARDWARE
      return isHardware && sourceOf(credential, 'gops') >= SOURCE_LEVEL.measured && credential.expiresAt >= now
    })
    .filter((credential) => {
      const { issuer, list, statusIndex } = credential
      return view.trustPath(credential) !== undefined && !view.isRevoked({ issuer, list }, statusIndex)
    })
    .sort((a, b) => b.issuedAt - a.issuedAt)
  return fit.filter(({ device }, i) => fit.findIndex((other) => other.device === device) === i)
}

/**
 * For each measured device: joins the ledger where it has not, gets the uptime credential of every closed epoch that is not
 * done with, and presents it at the highest rung that it passes, with the device's hardware beside it.
 */
export async function presentEpochs(session: LedgerSession): Promise<EpochsResult> {
  const result: EpochsResult = { joined: [], presented: [], nothing: [] }
  for (const hardware of measuredDevices(session)) {
    if (!(await isInLedger(session, hardware, result))) continue
    for (const epoch of dueEpochs(session, hardware)) await presentEpoch(session, { hardware, epoch, result })
  }
  return result
}

type Hardware = StatedHardware & { device: bigint }

async function isInLedger(session: LedgerSession, hardware: Hardware, result: EpochsResult): Promise<boolean> {
  const { wallet, audience, voice } = session
  if (joinOf(wallet(), audience, hardware.device) !== undefined) return true
  const joined = await joinLedger(session, hardware)
  if (joined === undefined) {
    const device = short(String(hardware.device))
    voice.say(`Device ${device}: no uptime of the last epochs can be proved yet, and with one it joins the ledger`)
    return false
  }
  const { device, joinEpoch, presented } = joined
  result.joined.push({ device, joinEpoch })
  if (presented !== undefined) tellPresented(session, { device, proved: presented, known: false, result })
  return true
}

/** Closed epochs from the device's joining on that are not done with, the oldest first. */
function dueEpochs({ access, wallet, audience }: LedgerSession, { device }: { device: bigint }): number[] {
  const { joinEpoch } = joinOf(wallet(), audience, device)!
  // receipts of an epoch's last slot take a second more
  const last = Math.floor((clock() - 1) / access.description.epoch.seconds) - 1
  const start = Math.max(joinEpoch, last - MAX_EPOCHS + 1)
  const epochs = Array.from({ length: Math.max(0, last - start + 1) }, (_, i) => start + i)
  return epochs.filter((epoch) => {
    return !isSettled(wallet(), { audience, schema: UPTIME, device: String(device), epoch })
  })
}

async function presentEpoch(
  session: LedgerSession,
  { hardware, epoch, result }: { hardware: Hardware; epoch: number; result: EpochsResult },
): Promise<void> {
  const { voice, wallet, keep, audience } = session
  const device = String(hardware.device)
  const name = { audience, schema: UPTIME, device, epoch }
  const proved = await provableEpoch(session, hardware.device, epoch)
  if (typeof proved === 'string') {
    result.nothing.push({ device, epoch, reason: proved })
    voice.say(`Epoch ${epoch}: nothing to prove (${proved})`)
    keep(settle(wallet(), { ...name, outcome: 'nothing' }))
    return
  }
  const { rungMicro } = proved
  const proposal = { kind: 'uptime' as const, hardware: hardwareOf(hardware), uptime: { epoch, rungMicro } }
  const known = await presentProposal(session, proposal, `Proving the uptime of epoch ${epoch}`).then(
    () => false,
    (error: unknown) => {
      // an earlier delivery was taken, though its answer never came here
      if (isAssayError(error, 'replayed')) return true
      throw error
    },
  )
  keep(settle(wallet(), { ...name, outcome: 'presented' }))
  tellPresented(session, { device, proved, known, result })
}

function tellPresented(
  { voice }: LedgerSession,
  {
    device,
    proved: { epoch, rungMicro },
    known,
    result,
  }: { device: string; proved: ProvableEpoch; known: boolean; result: EpochsResult },
): void {
  result.presented.push({ device, epoch, rungMicro, known })
  voice.say(`Epoch ${epoch}: proved up for at least ${percent(rungMicro)} of it (device ${short(device)})`)
}
