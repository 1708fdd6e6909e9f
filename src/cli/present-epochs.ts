import { addCredential, firstEpochOf, fixFirstEpoch, type HeldCredential, isSettled, settle } from '../holder/index.ts'
import { COMPUTE, HARDWARE, isAssayError, UPTIME } from '../protocol/index.ts'
import { CONSTANTS, type RungMicro } from '../reputation/index.ts'
import { hardwareOf } from './capability.ts'
import { clock } from './effects.ts'
import { percent, short } from './format.ts'
import { type LedgerSession, presentProposal } from './present-to-ledger.ts'
import { requestCredential } from './request-credential.ts'

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
  presented: PresentedEpoch[]
  /** Epochs in which nothing could be proved: nobody watched, or the device was up for less than half. */
  nothing: { device: string; epoch: number; reason: string }[]
}

/** A device that was measured, by the credential that says so; of several, the newest. */
export function measuredDevices({ wallet, view }: LedgerSession): HeldCredential['credential'][] {
  const now = clock()
  const fit = wallet()
    .credentials.map(({ credential }) => credential)
    .filter(({ schema, claims, expiresAt }) => {
      return (schema === COMPUTE || schema === HARDWARE) && claims[7]! >= 2n && expiresAt >= now
    })
    .filter((credential) => {
      const { issuer, list, statusIndex } = credential
      return view.trustPath(credential) !== undefined && !view.isRevoked({ issuer, list }, statusIndex)
    })
    .sort((a, b) => b.issuedAt - a.issuedAt)
  return fit.filter(({ device }, i) => fit.findIndex((other) => other.device === device) === i)
}

/**
 * For each measured device: gets the uptime credential of every closed epoch that is not done with, and presents it at the
 * highest rung that it passes, with the device's hardware beside it.
 */
export async function presentEpochs(session: LedgerSession): Promise<EpochsResult> {
  const result: EpochsResult = { presented: [], nothing: [] }
  for (const hardware of measuredDevices(session)) {
    for (const epoch of dueEpochs(session, hardware)) await presentEpoch(session, hardware, epoch, result)
  }
  return result
}

/** Closed epochs of a device that are not done with, the oldest first. */
function dueEpochs({ access, wallet, audience }: LedgerSession, { device }: { device: bigint }): number[] {
  const { seconds } = access.description.epoch
  const measured = wallet().credentials.filter(({ credential }) => {
    return credential.device === device && credential.schema !== UPTIME && credential.claims[7]! >= 2n
  })
  const since = Math.min(...measured.map(({ credential }) => Math.floor(credential.issuedAt / seconds)))
  const first = firstEpochOf(wallet(), audience, device) ?? since
  // receipts of an epoch's last slot take a second more
  const last = Math.floor((clock() - 1) / seconds) - 1
  const start = Math.max(first, last - MAX_EPOCHS + 1)
  const epochs = Array.from({ length: Math.max(0, last - start + 1) }, (_, i) => start + i)
  return epochs.filter((epoch) => {
    return !isSettled(wallet(), { audience, schema: UPTIME, device: String(device), epoch })
  })
}

async function presentEpoch(
  session: LedgerSession,
  { device, schema }: { device: bigint; schema: string },
  epoch: number,
  result: EpochsResult,
): Promise<void> {
  const { voice, wallet, keep, audience } = session
  const name = { audience, schema: UPTIME, device: String(device), epoch }
  const skip = (reason: string) => {
    result.nothing.push({ device: name.device, epoch, reason })
    voice.say(`Epoch ${epoch}: nothing to prove (${reason})`)
    keep(settle(wallet(), { ...name, outcome: 'nothing' }))
  }
  const held = await uptimeCredential(session, device, epoch)
  if (typeof held === 'string') return skip(held)
  const { claims } = held.credential
  const [uptimeMicro, firstSeen] = [Number(claims[3]), Number(claims[5])]
  const rungMicro: RungMicro | undefined = CONSTANTS.rungsMicro.findLast((rung) => rung <= uptimeMicro)
  if (rungMicro === undefined)
    return skip(`up for ${percent(uptimeMicro)}, and ${percent(CONSTANTS.rungsMicro[0])} is the least that counts`)
  keep(addCredential(wallet(), held))
  const proposed = firstEpochOf(wallet(), audience, device) ?? firstSeen
  const { firstEpoch, known } = await presentUptime(session, { schema, epoch, rungMicro, firstEpoch: proposed })
  keep(settle(fixFirstEpoch(wallet(), audience, device, firstEpoch), { ...name, outcome: 'presented' }))
  result.presented.push({ device: name.device, epoch, rungMicro, known })
  voice.say(`Epoch ${epoch}: proved up for at least ${percent(rungMicro)} of it (device ${short(name.device)})`)
}

interface UptimeToPresent {
  schema: string
  epoch: number
  rungMicro: RungMicro
  firstEpoch: number
}

async function presentUptime(
  session: LedgerSession,
  wanted: UptimeToPresent,
): Promise<{ firstEpoch: number; known: boolean }> {
  const { schema, ...uptime } = wanted
  const proposal = { kind: 'uptime' as const, hardware: hardwareOf({ schema }), uptime }
  try {
    await presentProposal(session, proposal, `Proving the uptime of epoch ${uptime.epoch}`)
    return { firstEpoch: uptime.firstEpoch, known: false }
  } catch (error) {
    // an earlier delivery was taken, though its answer never came here
    if (isAssayError(error, 'replayed')) return { firstEpoch: uptime.firstEpoch, known: true }
    const fixed = isAssayError(error, 'firstEpochFixed') ? Number(error.detail.firstEpoch) : Number.NaN
    // a restored wallet has forgotten what it stated; an earlier first epoch is true of the device, too
    if (!(fixed < uptime.firstEpoch)) throw error
    return presentUptime(session, { ...wanted, firstEpoch: fixed })
  }
}

/** The uptime credential of a device's epoch, held or got now; or why there is none. */
async function uptimeCredential(
  session: LedgerSession,
  device: bigint,
  epoch: number,
): Promise<HeldCredential | string> {
  const { access, view, voice, wallet } = session
  const held = wallet().credentials.find(({ credential }) => {
    return credential.schema === UPTIME && credential.device === device && credential.claims[0] === BigInt(epoch)
  })
  if (held !== undefined) return held
  const agentKey = wallet().keys.agentKeyFor(device)
  const evidence = { type: 'heartbeats' as const, epoch }
  try {
    return await voice.progress(`Getting the uptime credential of epoch ${epoch}`, () =>
      requestCredential({ access, wallet: wallet(), view }, { schema: UPTIME, device, agentKey, evidence }),
    )
  } catch (error) {
    if (isAssayError(error, 'evidenceRejected')) return error.message
    throw error
  }
}
