import { z } from 'zod'
import { zSchemaUri } from '../../protocol/claim-schemas.ts'
import { zField, zSeconds, zUint64 } from '../../protocol/field.ts'
import { CONSTANTS, type RungMicro } from './constants.ts'
import { zEpoch, zSettings } from './epochs.ts'

/** A pseudonym or device pseudonym as JSON carries it. It stays text here: the ledger compares it and no more. */
export const zPseudonym = z
  .string()
  .refine((text) => zField.safeParse(text).success, 'must be a canonical field element')

export const zRungMicro = z
  .int()
  .refine((value): value is RungMicro => (CONSTANTS.rungsMicro as readonly number[]).includes(value), 'must be a rung')

/** 1 self-reported, 2 measured, 3 attested by the hardware's vendor. */
export const zAssurance = z.union([z.literal(1), z.literal(2), z.literal(3)])
export type Assurance = z.output<typeof zAssurance>

const accepted = {
  /** Unique in the ledger, and drawn by the service. */
  entryId: z.string().min(1).max(128),
  /** When the service took it, Unix seconds. */
  acceptedAt: zSeconds,
}

/** A device joins the roster at its first presentation; its first epoch is fixed from then on. */
export const zJoinEntry = z.strictObject({
  kind: z.literal('join'),
  ...accepted,
  devicePseudonym: zPseudonym,
  firstEpoch: zEpoch,
})

/** A device leaves the roster, for the future only and for good: it counts no more from epoch `from` on. */
export const zRetireEntry = z.strictObject({
  kind: z.literal('retire'),
  ...accepted,
  devicePseudonym: zPseudonym,
  from: zEpoch,
})

/** A device was up for at least `rungMicro` millionths of one epoch. `firstEpoch` is what it proved its first to be. */
export const zUptimeEntry = z.strictObject({
  kind: z.literal('uptime'),
  ...accepted,
  epoch: zEpoch,
  rungMicro: zRungMicro,
  devicePseudonym: zPseudonym,
  firstEpoch: zEpoch,
  uptimeAssurance: zAssurance,
  hardwareAssurance: zAssurance,
})

/** Ranges that a device proved about its hardware, by claim name, as policies state them. */
export const zProvedRanges = z.record(
  z.string().max(32),
  z.strictObject({
    min: z
      .string()
      .refine((text) => zUint64.safeParse(text).success)
      .optional(),
    max: z
      .string()
      .refine((text) => zUint64.safeParse(text).success)
      .optional(),
    anyOf: z
      .array(z.string().refine((text) => zUint64.safeParse(text).success))
      .min(1)
      .max(8)
      .optional(),
  }),
)

/** What a device can do. A capability is shown and searched for; it never scores. */
export const zHardwareEntry = z.strictObject({
  kind: z.literal('hardware'),
  ...accepted,
  devicePseudonym: zPseudonym,
  schema: zSchemaUri,
  ranges: zProvedRanges,
  assurance: zAssurance,
  provedAt: zSeconds,
  expires: zSeconds,
})

const zCount = z
  .int()
  .min(0)
  .max(Number.MAX_SAFE_INTEGER / 8)

/** Counters since the first week, as they stood at the end of `week`, for one marketplace (its schema's URI). */
export const zJobsEntry = z.strictObject({
  kind: z.literal('jobs'),
  ...accepted,
  marketplace: zSchemaUri,
  week: zEpoch,
  completed: zCount,
  failed: zCount,
  disputed: zCount,
  /** 0 when the ratings were not proved: unproved ratings are zero stars. */
  ratingSum: zCount,
  ratingCount: zCount,
  firstWeek: zEpoch,
  assurance: zAssurance,
})

export const zLedgerEntry = z.discriminatedUnion('kind', [
  zJoinEntry,
  zRetireEntry,
  zUptimeEntry,
  zHardwareEntry,
  zJobsEntry,
])

/** An epoch that counts for nobody and against nobody, by the service's signed list of outages. */
export const zVoidEpoch = z.strictObject({ epoch: zEpoch, declaredAt: zSeconds })

/** All that is known under one pseudonym. The order of the lists carries no meaning. */
export const zLedger = z.strictObject({
  pseudonym: zPseudonym,
  settings: zSettings,
  entries: z.array(zLedgerEntry),
  voids: z.array(zVoidEpoch),
})

export type JoinEntry = z.output<typeof zJoinEntry>
export type RetireEntry = z.output<typeof zRetireEntry>
export type RosterEntry = JoinEntry | RetireEntry
export type UptimeEntry = z.output<typeof zUptimeEntry>
export type HardwareEntry = z.output<typeof zHardwareEntry>
export type JobsEntry = z.output<typeof zJobsEntry>
export type LedgerEntry = z.output<typeof zLedgerEntry>
export type VoidEpoch = z.output<typeof zVoidEpoch>
export type ProvedRanges = z.output<typeof zProvedRanges>
export type Ledger = z.output<typeof zLedger>
