import type { IssuerStore } from './issuer-store.ts'
import type { HeldDevices } from './messages.ts'

/**
 * Tells a holder which of its devices have these members, so that a wallet that was restored from its phrase finds its
 * machine. Nothing is told of other holders' devices.
 * @param holder the DID that asks, which the caller authenticated
 */
export async function findDevices(
  store: IssuerStore,
  { issuer, holder, members }: { issuer: string; holder: string; members: readonly string[] },
): Promise<HeldDevices> {
  const held = await store.transaction((tx) => tx.findHeldDevices(issuer, holder))
  const wanted = held.filter(({ members: of }) => members.length === 0 || of.some(({ id }) => members.includes(id)))
  return {
    devices: wanted.map(({ device, generation, members: of, seenAt }) => {
      return { device: String(device), generation, members: of, seenAt }
    }),
  }
}
