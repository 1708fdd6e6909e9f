import * as z from 'zod'
import { zSchemaUri } from '../../protocol/claim-schemas.ts'
import { zUint64 } from '../../protocol/field.ts'
import { intersect, type ValueSet } from './value-set.ts'

/** How many machines there are taken to be, where no public figures say that there are fewer. */
export const ASSUMED_MACHINES = 10_000

const zBucket = z.strictObject({ min: zUint64, max: zUint64, machines: z.int().min(0) })

/**
 * Public figures on the ranges that machines have proved: a histogram for each claim. Whoever publishes them counts only
 * claims that are measured or attested, and machines of 30 epochs or more, so that nobody can invent a crowd in a day; one
 * edition stands for a whole epoch, so that all wallets see the same. They may only lower an estimate.
 */
export const zPopulation = z.strictObject({
  type: z.literal('AssayPopulation'),
  version: z.literal(1),
  epoch: z.int().min(0),
  machines: z.int().min(1),
  claims: z
    .array(z.strictObject({ schema: zSchemaUri, claim: z.string().max(32), ranges: z.array(zBucket).max(1024) }))
    .max(256),
})
export type Population = z.output<typeof zPopulation>

/** The share of the counted machines that may lie in a set: those whose proved range meets it. 1 where nothing is counted. */
export function countedShare({ claims }: Population, schema: string, name: string, set: ValueSet): number {
  const ranges = claims.find((entry) => entry.schema === schema && entry.claim === name)?.ranges ?? []
  const all = ranges.reduce((sum, { machines }) => sum + machines, 0)
  if (all === 0) return 1
  const fitting = ranges.filter(({ min, max }) => intersect([[min, max]], set).length > 0)
  return fitting.reduce((sum, { machines }) => sum + machines, 0) / all
}
