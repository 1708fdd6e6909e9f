import * as z from 'zod'
import { zSeconds } from '../../protocol/field.ts'
import { zSource } from '../../protocol/sources.ts'
import { zChange } from './change-schema.ts'
import { zEpoch } from './epochs.ts'
import { zForecast } from './forecast-schema.ts'
import { zProvedRanges, zPseudonym, zRungMicro } from './ledger.ts'

const zShare = z.number().min(0).max(1)
const zHours = z.number().min(0)
const zPoints = z.int().min(0).max(1000)
const zEntryId = z.string().min(1).max(128)

/** What holds the score down, and by how many points: what lifting this alone would add. */
export const zLimit = z.strictObject({
  code: z.enum(['unscored', 'young', 'silence', 'downtime', 'priorDowntime', 'jobs']),
  sentence: z.string(),
  points: z.number().min(0),
})

const zCounts = z.strictObject({
  completed: z.int().min(0),
  failed: z.int().min(0),
  disputed: z.int().min(0),
  ratingSum: z.int().min(0),
  ratingCount: z.int().min(0),
})

const zWeighed = {
  entryId: zEntryId,
  /** What it stands for: model hours of uptime, or a share of the marketplace's slow average. */
  weight: z.number().min(0),
  /** How much less it weighs than the newest. */
  decay: zShare,
  /** When it weighs half of what it weighs now, Unix seconds. */
  halvesAt: z.int().min(0),
  /** What the score, before rounding, would lose without it. */
  points: z.number(),
  reason: z.string(),
}

const zUptimeContribution = z.strictObject({
  ...zWeighed,
  kind: z.literal('uptime'),
  epoch: zEpoch,
  rung: zRungMicro,
  /** Of its hardware's throughput. */
  source: zSource,
})

/** `epoch` is the last epoch of the week. `counts` is what the counters gained. */
const zJobsContribution = z.strictObject({
  ...zWeighed,
  kind: z.literal('jobs'),
  epoch: zEpoch,
  counts: zCounts,
  source: zSource,
})

/** The answer to "why this score?": all that it was made of, from the ledger alone. The service signs it. */
export const zExplanation = z.strictObject({
  modelVersion: z.int(),
  constantsHash: z.string(),
  pseudonym: zPseudonym,
  t: zSeconds,
  horizon: z.int(),
  /** Hash of every entry accepted by t, and of the void epochs. */
  ledgerRoot: z.string(),
  score: zPoints,
  lower: zPoints,
  upper: zPoints,
  change: zChange,
  /** Null while the pseudonym is unscored. */
  forecast: zForecast.nullable(),
  evidenceHours: zHours,
  /** From here on the roster counts: silence that the first device inherits comes before `joinEpoch`. */
  firstEpoch: zEpoch.nullable(),
  /** From here on the pseudonym ages. */
  joinEpoch: zEpoch.nullable(),
  ageDays: z.number().min(0),
  maturity: zShare,
  upHours: zHours,
  downHours: zHours,
  silentHours: zHours,
  priorDownHours: zHours,
  uptimeFactor: zShare,
  jobsFactor: zShare,
  attestedShare: zShare,
  limits: z.array(zLimit),
  devices: z.array(
    z.strictObject({
      devicePseudonym: zPseudonym,
      firstEpoch: zEpoch,
      joinEpoch: zEpoch,
      retiredAt: zEpoch.nullable(),
      /** Decayed share proved up, of the epochs that count. */
      upShare: zShare,
      silentEpochs: z.int().min(0),
      /** How its hardware's throughput was obtained, by its newest proof that counts; null without one. */
      source: zSource.nullable(),
    }),
  ),
  contributions: z.array(z.discriminatedUnion('kind', [zUptimeContribution, zJobsContribution])),
  jobs: z.array(
    z.strictObject({
      marketplace: z.string(),
      /** Entries that count. */
      weeks: z.int().min(1),
      /** How good the newest interval was, for the slow and for the fast average. */
      q: zShare,
      c: zShare,
      slow: zShare,
      fast: zShare,
      /** Intervals that completed more jobs than count. */
      capped: z.int().min(0),
    }),
  ),
  pending: z.array(
    z.strictObject({ entryId: zEntryId, kind: z.enum(['uptime', 'jobs']), epoch: zEpoch, countsAt: z.int().min(0) }),
  ),
  ignored: z.array(
    z.strictObject({
      entryId: zEntryId,
      reason: z.enum([
        'alreadyJoined',
        'joinInvalid',
        'retirementInvalid',
        'selfReported',
        'unknownDevice',
        'beforeJoin',
        'afterRetirement',
        'voidEpoch',
        'superseded',
        'expired',
      ]),
    }),
  ),
  capabilities: z.array(
    z.strictObject({
      devicePseudonym: zPseudonym,
      schema: z.string(),
      ranges: zProvedRanges,
      provedAt: zSeconds,
      expires: zSeconds,
      scored: z.literal(false),
    }),
  ),
})

export type Explanation = z.output<typeof zExplanation>
export type Limit = z.output<typeof zLimit>
