import { z } from 'zod'
import { zMember, zMemberId } from '../protocol/device.ts'
import { zField } from '../protocol/field.ts'
import type { IssuerStore } from './issuer-store.ts'

/** The body of `POST /v1/devices/find`: the members that the holder sees, none to be told all of its devices. */
export const zDeviceQuery = z.strictObject({ members: z.array(zMemberId).max(64) })

/** The holder's devices, each with the members and the generation of its agent key on record. */
export const zHeldDevices = z.strictObject({
  devices: z.array(
    z.strictObject({
      device: zField.transform(String),
      generation: z.int().min(0),
      members: z.array(zMember),
      /** When it was last seen, in seconds. */
      seenAt: z.int().min(0),
    }),
  ),
})
export type HeldDevices = z.output<typeof zHeldDevices>

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
