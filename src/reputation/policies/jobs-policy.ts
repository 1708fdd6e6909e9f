import * as z from 'zod'
import { jobsSchema, zMarketplace } from '../../protocol/claim-schemas.ts'
import type { PolicyJson } from '../../protocol/policy.ts'
import { CONSTANTS } from '../model/constants.ts'
import { zEpoch } from '../model/epochs.ts'

const zCount = z.int().min(0).max(1e15)

/** Counters as the credential of that week states them. `ratingSum` may be left unproved (null): then all are zero stars. */
export const zJobsCounts = z
  .strictObject({
    completed: zCount,
    failed: zCount,
    disputed: zCount,
    ratingSum: zCount.nullable(),
    ratingCount: zCount,
  })
  .refine(
    ({ ratingSum, ratingCount }) => (ratingSum ?? 0) <= ratingCount * CONSTANTS.jobs.maxStars,
    'ratingSum must not exceed five stars a rating',
  )

/** What a holder may propose about its jobs at one marketplace up to the end of a week. */
export const zJobsProposal = z
  .strictObject({ marketplace: zMarketplace, week: zEpoch, firstWeek: zEpoch, counts: zJobsCounts })
  .refine(({ week, firstWeek }) => firstWeek <= week, 'firstWeek must not lie after week')
export type JobsProposal = z.output<typeof zJobsProposal>

const source = 'measured' as const
const exactly = (value: number) => ({ min: String(value), max: String(value), source })

/**
 * The policy behind a jobs entry. The counters are pinned, not bounded: someone who could understate completed jobs, or
 * overstate failed ones, could save them up for a week in which they serve better.
 */
export function jobsPolicy({ marketplace, week, firstWeek, counts }: JobsProposal): PolicyJson {
  return {
    schema: jobsSchema(marketplace),
    claims: {
      epoch: exactly(week),
      completed: exactly(counts.completed),
      failed: exactly(counts.failed),
      disputed: exactly(counts.disputed),
      ...(counts.ratingSum === null ? {} : { ratingSum: exactly(counts.ratingSum) }),
      ratingCount: exactly(counts.ratingCount),
      firstEpoch: { min: String(firstWeek), source },
    },
  }
}
