import * as z from 'zod'
import { zSchemaUri } from '../../protocol/claim-schemas.ts'
import { zField, zSeconds, zUint64 } from '../../protocol/field.ts'
import { SOURCE_LEVEL, type SourceName, zSource } from '../../protocol/sources.ts'
import { CONSTANTS, type RungMicro } from './constants.ts'
import { zEpoch, zSettings } from './epochs.ts'

/** A pseudonym or device pseudonym as JSON carries it. It stays text here: the ledger compares it and no more. */
export const zPseudonym = z
  .string()
  .refine((text) => zField.safeParse(text).success, 'must be a canonical field element')

export const zRungMicro = z
  .int()
  .refine((value): value is RungMicro => (CONSTANTS.rungsMicro as readonly number[]).includes(value), 'must be a rung')

/** Whether a claim of this source can score: it was measured at least. `attested` counts no more than `measured`. */
export function canScore(source: SourceName): boolean {
  return SOURCE_LEVEL[source] >= CONSTANTS.minSourceLevel
}

/** The epochs of silence with which a first device begins: none, or what it inherits where it changed hands. */
export const zInheritedSilence = z.union([z.literal(0), z.literal(CONSTANTS.inheritedSilenceEpochs)])
export type InheritedSilence = z.output<typeof zInheritedSilence>

const accepted = {
  /** Unique in the ledger, and drawn by the service. */
  entryId: z.string().min(1).max(128),
  /** When the service accepted it, Unix seconds. */
  acceptedAt: zSeconds,
}

/**
 * A device joins the roster at its first accepted uptime, for good: its uptime counts from `joinEpoch` on. A pseudonym's
 * first device is in the roster from `joinEpoch − inheritedSilence` on; later ones join without inherited silence.
 */
export const zJoinEntry = z.strictObject({
  kind: z.literal('join'),
  ...accepted,
  devicePseudonym: zPseudonym,
  joinEpoch: zEpoch,
  inheritedSilence: zInheritedSilence,
})

/** A device leaves the roster for good, 7 epochs after it was asked: it counts no more from epoch `from` on. */
export const zRetireEntry = z.strictObject({
  kind: z.literal('retire'),
  ...accepted,
  devicePseudonym: zPseudonym,
  from: zEpoch,
})

/** A device was up for at least `rungMicro` millionths of one epoch. `gopsSource` is that of its hardware's throughput. */
export const zUptimeEntry = z.strictObject({
  kind: z.literal('uptime'),
  ...accepted,
  epoch: zEpoch,
  rungMicro: zRungMicro,
  devicePseudonym: zPseudonym,
  uptimeSource: zSource,
  gopsSource: zSource,
})

/** Ranges that a device proved about its hardware, by claim name, each with its least source, as policies state them. */
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
    source: zSource,
  }),
)

/** What a device can do. A capability is shown and searched for; it never scores. */
export const zHardwareEntry = z.strictObject({
  kind: z.literal('hardware'),
  ...accepted,
  devicePseudonym: zPseudonym,
  schema: zSchemaUri,
  ranges: zProvedRanges,
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
  source: zSource,
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
