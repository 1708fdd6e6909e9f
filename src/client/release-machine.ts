import { credentialTerms, deviceOfMachine, type Wallet } from '../holder/index.ts'
import type { SignedRelease } from '../issuer/device-release.ts'
import { toBase64url } from '../protocol/bytes.ts'
import type { Clock, RandomBytes } from '../protocol/effects.ts'
import { jcsBytes } from '../protocol/jcs.ts'

export interface ReleaseOptions {
  /** The DID of the issuer in whose register the machine is. */
  issuer: string
  /** The number of the machine. */
  machine: number
  /** The binding of the machine that may have the members from now on: its holder knows it. */
  to: bigint
}

/**
 * Signs that the holder lets go of a machine and its members, in favour of one other binding. It works once, for seven days.
 * Source: docs/protocol.md, "Device register".
 */
export async function releaseMachine(
  wallet: Pick<Wallet, 'keys'>,
  { issuer, machine, to }: ReleaseOptions,
  { clock, randomBytes }: { clock: Clock; randomBytes: RandomBytes },
): Promise<SignedRelease> {
  const { holder, device, binding } = credentialTerms(wallet.keys, issuer, deviceOfMachine(wallet, machine))
  const release = {
    type: 'AssayDeviceRelease' as const,
    issuer,
    serial: toBase64url(randomBytes(16)),
    device: String(device),
    from: String(binding),
    to: String(to),
    issuedAt: clock(),
  }
  const signature = await wallet.keys.didKeyFor(issuer).sign(jcsBytes(release))
  return { release, signer: holder, signature: toBase64url(signature) }
}
