import { agentOfMachine, type HeldCredential, machineOf } from '../holder/index.ts'
import { UPTIME } from '../protocol/claim-schemas.ts'
import { claimOf } from '../protocol/claims.ts'
import { isAssayError } from '../protocol/errors.ts'
import { CONSTANTS, type RungMicro } from '../reputation/model/constants.ts'
import { obtainCredential } from './obtain-credential.ts'
import type { Session } from './session.ts'

/** An epoch of which something can be proved: the highest rung that the device passed. */
export interface ProvableEpoch {
  epoch: number
  rungMicro: RungMicro
  held: HeldCredential
}

/** The uptime of a device's epoch with its credential, which the wallet holds; or why nothing can be proved of it. */
export async function provableEpoch(session: Session, device: bigint, epoch: number): Promise<ProvableEpoch | string> {
  const held = await uptimeCredential(session, device, epoch)
  if (typeof held === 'string') return held
  const uptimeMicro = Number(claimOf(held.credential, 'uptimeMicro'))
  const rungMicro = CONSTANTS.rungsMicro.findLast((rung) => rung <= uptimeMicro)
  if (rungMicro !== undefined) return { epoch, rungMicro, held }
  return `up for ${uptimeMicro / 10_000} %, and ${CONSTANTS.rungsMicro[0] / 10_000} % is the least that counts`
}

/** The uptime credential of a device's epoch, from the wallet or the service; or why there is none. */
async function uptimeCredential(session: Session, device: bigint, epoch: number): Promise<HeldCredential | string> {
  const wallet = await session.wallet.read()
  const held = wallet.credentials.find(({ credential }) => {
    return (
      credential.schema === UPTIME && credential.device === device && claimOf(credential, 'epoch') === BigInt(epoch)
    )
  })
  if (held !== undefined) return held
  const machine = machineOf(wallet, device)
  if (machine === undefined) return 'this wallet does not know the machine, and so not its agent key'
  const evidence = { type: 'heartbeats' as const, epoch }
  try {
    return await obtainCredential(session, { ...agentOfMachine(wallet, machine), schema: UPTIME, evidence })
  } catch (error) {
    if (isAssayError(error, 'evidenceRejected')) return error.message
    // the machine was registered later, or came from another holder
    if (isAssayError(error, 'deviceBound') && Number(error.detail.firstEpoch) > epoch) return error.message
    throw error
  }
}
