import { type HeldCredential, isDue } from '../holder/index.ts'
import { COMPUTE, HARDWARE } from '../protocol/claim-schemas.ts'
import { sourceOf } from '../protocol/claims.ts'
import { SOURCE_LEVEL } from '../protocol/sources.ts'
import type { Session } from './session.ts'

/** The holder's devices that were measured, newest first, each by the newest current credential that says so. */
export async function measuredDevices({
  wallet,
  registry,
  clock,
}: Pick<Session, 'wallet' | 'registry' | 'clock'>): Promise<HeldCredential['credential'][]> {
  const { view } = await registry.current()
  const time = { now: clock(), stepSeconds: view.stepSeconds }
  const measured = (await wallet.read()).credentials
    .map(({ credential }) => credential)
    .filter((credential) => {
      const isHardware = credential.schema === COMPUTE || credential.schema === HARDWARE
      return isHardware && sourceOf(credential, 'gops') >= SOURCE_LEVEL.measured && !isDue(credential, time)
    })
    .filter((credential) => {
      const { issuer, list, statusIndex } = credential
      return view.trustPath(credential) !== undefined && !view.isRevoked({ issuer, list }, statusIndex)
    })
    .sort((a, b) => b.issuedAt - a.issuedAt)
  return measured.filter(({ device }, i) => measured.findIndex((other) => other.device === device) === i)
}
