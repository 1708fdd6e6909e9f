import type { HeldCredential } from '../holder/index.ts'
import { AssayError } from '../protocol/errors.ts'
import type { HardwareProposal } from '../reputation/policies/hardware-policy.ts'
import { hardwareOf } from './capability.ts'
import { measuredDevices } from './measured-devices.ts'
import { presentProposal } from './present-proposal.ts'
import type { LedgerSession } from './session.ts'
import { zErrorCode } from './transport.ts'

/**
 * Presents what the hardware of the holder's newest measured device can do, as a capability that others may search for.
 * @param choose which ranges to prove of a credential
 * @throws AssayError `credentialMissing`, and what `presentProposal` throws
 */
export async function presentHardware(
  session: LedgerSession,
  choose: (credential: HeldCredential['credential']) => HardwareProposal,
): Promise<HardwareProposal> {
  const hardware = choose(await newestDevice(session))
  await presentProposal(session, { kind: 'hardware', hardware })
  return hardware
}

/**
 * Gets the score as a credential: presents that the newest measured device was measured, and no more.
 * @throws AssayError `credentialMissing`, what `presentProposal` throws, and why the service issues none
 */
export async function obtainScoreCredential(session: LedgerSession): Promise<HeldCredential> {
  const hardware = hardwareOf(await newestDevice(session))
  const { scoreCredential, credentialRefusal } = await presentProposal(
    session,
    { kind: 'hardware', hardware },
    { scoreCredential: true },
  )
  if (scoreCredential !== undefined) return scoreCredential
  const code = zErrorCode.safeParse(credentialRefusal?.code).data ?? 'unavailable'
  throw new AssayError(code, credentialRefusal?.message ?? 'The service gave no credential')
}

async function newestDevice(session: LedgerSession): Promise<HeldCredential['credential']> {
  const [device] = await measuredDevices(session)
  if (device !== undefined) return device
  throw new AssayError('credentialMissing', 'The wallet holds no measured, current hardware credential')
}
