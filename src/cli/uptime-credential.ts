import { addCredential, agentOfMachine, type HeldCredential, machineOf } from '../holder/index.ts'
import { claimOf, isAssayError, UPTIME } from '../protocol/index.ts'
import { CONSTANTS, type RungMicro } from '../reputation/index.ts'
import { percent } from './format.ts'
import type { LedgerSession } from './present-to-ledger.ts'
import { requestCredential } from './request-credential.ts'

/** An epoch of which something can be proved: the highest rung that the device passed. */
export interface ProvableEpoch {
  epoch: number
  rungMicro: RungMicro
  held: HeldCredential
}

/** The uptime of a device's epoch with its credential, which the wallet keeps; or why nothing can be proved of it. */
export async function provableEpoch(
  session: LedgerSession,
  device: bigint,
  epoch: number,
): Promise<ProvableEpoch | string> {
  const held = await uptimeCredential(session, device, epoch)
  if (typeof held === 'string') return held
  const uptimeMicro = Number(claimOf(held.credential, 'uptimeMicro'))
  const rungMicro = CONSTANTS.rungsMicro.findLast((rung) => rung <= uptimeMicro)
  if (rungMicro === undefined)
    return `up for ${percent(uptimeMicro)}, and ${percent(CONSTANTS.rungsMicro[0])} is the least that counts`
  session.keep(addCredential(session.wallet(), held))
  return { epoch, rungMicro, held }
}

/** The uptime credential of a device's epoch, held or got now; or why there is none. */
async function uptimeCredential(
  session: LedgerSession,
  device: bigint,
  epoch: number,
): Promise<HeldCredential | string> {
  const { access, view, voice, wallet } = session
  const held = wallet().credentials.find(({ credential }) => {
    return (
      credential.schema === UPTIME && credential.device === device && claimOf(credential, 'epoch') === BigInt(epoch)
    )
  })
  if (held !== undefined) return held
  const machine = machineOf(wallet(), device)
  if (machine === undefined) return 'this wallet does not know the machine, and so not its agent key'
  const agent = agentOfMachine(wallet(), machine)
  const evidence = { type: 'heartbeats' as const, epoch }
  try {
    return await voice.progress(`Getting the uptime credential of epoch ${epoch}`, () =>
      requestCredential({ access, wallet: wallet(), view }, { ...agent, schema: UPTIME, evidence }),
    )
  } catch (error) {
    if (isAssayError(error, 'evidenceRejected')) return error.message
    // the machine was registered later, or came from another holder
    if (isAssayError(error, 'deviceBound') && Number(error.detail.firstEpoch) > epoch) return error.message
    throw error
  }
}
