import * as z from 'zod'
import { zSchemaUri } from '../protocol/claim-schemas.ts'
import { zMembers } from '../protocol/device.ts'
import { zAudience } from '../protocol/did.ts'
import { zField } from '../protocol/field.ts'
import { zRegistryId } from '../protocol/proof-request.ts'
import { MAX_TOLD, zTold } from './budget/told.ts'

/**
 * A machine of the holder's. Its id follows from the phrase and `number`; `generation` is that of its agent key; `members`
 * are its GPUs as they were seen last.
 */
export const zMachine = z.strictObject({
  number: z.int().min(0).max(1_000_000),
  generation: z.int().min(0).max(1_000_000),
  members: zMembers,
})
export type Machine = z.output<typeof zMachine>

/** Which registry the holder trusts, by the hash of its genesis, and where services publish it. */
export const zPinnedRegistry = z.strictObject({
  registryId: zRegistryId,
  serviceUrls: z
    .array(z.url({ protocol: /^https?$/ }))
    .min(1)
    .max(16),
})
export type PinnedRegistry = z.output<typeof zPinnedRegistry>

/** How a device joined a ledger under a pseudonym: with which epoch, and with how many epochs of inherited silence. Fixed for good. */
export const zJoin = z.strictObject({
  audience: zAudience,
  device: zField.transform(String),
  joinEpoch: z.int().min(0),
  inheritedSilence: z.int().min(0),
})
export type Join = z.output<typeof zJoin>

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
  machines: z.array(zMachine).max(100_000),
  joins: z.array(zJoin).max(100_000),
  credentials: z.array(z.string().max(131_072)).max(100_000),
  settled: z.array(zSettled).max(1_000_000),
  told: z.array(zTold).max(MAX_TOLD),
})
/** The state as JSON carries it. */
export type WalletState = z.input<typeof zWalletState>
