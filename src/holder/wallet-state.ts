import { z } from 'zod'
import { zSchemaUri } from '../protocol/claim-schemas.ts'
import { zGpuUuid, zMachineId } from '../protocol/device.ts'
import { zAudience } from '../protocol/did.ts'
import { zField } from '../protocol/field.ts'
import { zRegistryId } from '../protocol/proof-request.ts'

/** A machine or GPU of the holder's, as its credentials identify it. */
export const zDevice = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('gpu'), uuid: zGpuUuid }),
  z.strictObject({ kind: z.literal('machine'), id: zMachineId }),
])
export type Device = z.output<typeof zDevice>

/** Which registry the holder trusts, by the hash of its genesis, and where services publish it. */
export const zPinnedRegistry = z.strictObject({
  registryId: zRegistryId,
  serviceUrls: z
    .array(z.url({ protocol: /^https?$/ }))
    .min(1)
    .max(16),
})
export type PinnedRegistry = z.output<typeof zPinnedRegistry>

/** The first epoch F that a pseudonym has stated for a device: it is stated once, and the same ever after. */
export const zFirstEpoch = z.strictObject({
  audience: zAudience,
  device: zField.transform(String),
  firstEpoch: z.int().min(0),
})
export type FirstEpoch = z.output<typeof zFirstEpoch>

/**
 * That an epoch of a device (or a week of a marketplace) is done with for an audience: presented, or closed with nothing
 * in it that could be.
 */
export const zSettled = z.strictObject({
  audience: zAudience,
  schema: zSchemaUri,
  device: zField.transform(String),
  epoch: z.int().min(0),
  outcome: z.enum(['presented', 'nothing']),
})
export type Settled = z.output<typeof zSettled>

/** What a wallet file holds, as JSON. Keys are not stored: they are derived from the phrase. */
export const zWalletState = z.strictObject({
  type: z.literal('AssayWallet'),
  version: z.literal(1),
  phrase: z.string().max(512),
  registry: zPinnedRegistry.optional(),
  devices: z.array(zDevice).max(100_000),
  firstEpochs: z.array(zFirstEpoch).max(100_000),
  credentials: z.array(z.string().max(131_072)).max(100_000),
  settled: z.array(zSettled).max(1_000_000),
})
export type WalletState = z.output<typeof zWalletState>
