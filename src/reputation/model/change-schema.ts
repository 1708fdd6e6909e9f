import * as z from 'zod'
import { zSeconds } from '../../protocol/field.ts'

/** Why the score is another one than at the last horizon. `points` of all causes add up to the change before rounding. */
const zCause = z.strictObject({
  code: z.enum(['epoch', 'age', 'jobs', 'late', 'roster', 'voids']),
  sentence: z.string(),
  points: z.number(),
})

/** How the score came from what it was while the epoch before was the newest that counts. */
export const zChange = z.strictObject({
  /** The last moment of the horizon before. */
  since: zSeconds,
  /** How much the score gained since then. */
  score: z.int().min(-1000).max(1000),
  causes: z.array(zCause),
})

export type ChangeCause = z.output<typeof zCause>
export type Change = z.output<typeof zChange>
