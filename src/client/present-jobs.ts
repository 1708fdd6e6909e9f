import { isSettled, settle } from '../holder/index.ts'
import { marketplaceOf } from '../protocol/claim-schemas.ts'
import { claimOf, sourceOf } from '../protocol/claims.ts'
import { isAssayError } from '../protocol/errors.ts'
import { SOURCE_LEVEL } from '../protocol/sources.ts'
import type { JobsProposal } from '../reputation/policies/jobs-policy.ts'
import { presentProposal } from './present-proposal.ts'
import type { LedgerSession } from './session.ts'

export interface PresentedJobs {
  marketplace: string
  week: number
  known: boolean
}

interface JobsCredential {
  schema: string
  device: bigint
  claims: readonly bigint[]
  sources: readonly number[]
}

/** Presents the jobs credentials that are not done with, the oldest week first: the ledger accepts them in that order. */
export async function presentJobs(session: LedgerSession): Promise<PresentedJobs[]> {
  const { audience, wallet, tell } = session
  const presented: PresentedJobs[] = []
  for (const { credential, week } of await closedWeeks(session)) {
    const { schema, device } = credential
    const name = { audience, schema, device: String(device), epoch: week }
    if (isSettled(await wallet.read(), name)) continue
    const proposal = proposalOf(credential)
    const known = await presentWeek(session, proposal)
    await wallet.change((latest) => settle(latest, { ...name, outcome: 'presented' }))
    presented.push({ marketplace: proposal.marketplace, week, known })
    tell({ kind: 'jobsProved', marketplace: proposal.marketplace, week })
  }
  return presented
}

async function closedWeeks({ wallet, clock, description }: LedgerSession) {
  const weekNow = Math.floor(clock() / (description.epoch.seconds * 7))
  return (await wallet.read()).credentials
    .map(({ credential }) => credential)
    .filter((credential) => marketplaceOf(credential.schema) !== undefined && isMeasured(credential))
    .map((credential) => ({ credential, week: Number(claimOf(credential, 'epoch')) }))
    .filter(({ week }) => week < weekNow)
    .sort((a, b) => a.week - b.week)
}

/** The ledger accepts counters that a marketplace's own records show, and all of one credential have one source. */
function isMeasured(credential: JobsCredential): boolean {
  return sourceOf(credential, 'completed') >= SOURCE_LEVEL.measured
}

function proposalOf(credential: JobsCredential): JobsProposal {
  const value = (claim: string) => Number(claimOf(credential, claim))
  const counts = {
    completed: value('completed'),
    failed: value('failed'),
    disputed: value('disputed'),
    ratingSum: value('ratingSum'),
    ratingCount: value('ratingCount'),
  }
  return {
    marketplace: marketplaceOf(credential.schema)!,
    week: value('epoch'),
    firstWeek: value('firstEpoch'),
    counts,
  }
}

/** @returns whether the ledger had it already, from a delivery whose answer was lost */
async function presentWeek(session: LedgerSession, jobs: JobsProposal): Promise<boolean> {
  try {
    await presentProposal(session, { kind: 'jobs', jobs })
    return false
  } catch (error) {
    if (isAssayError(error, 'replayed') || isAssayError(error, 'sequenceStale')) return true
    const fixed = isAssayError(error, 'firstEpochFixed') ? Number(error.detail.firstWeek) : Number.NaN
    // an earlier first week, stated before, is true of the counters, too
    if (!(fixed < jobs.firstWeek)) throw error
    return presentWeek(session, { ...jobs, firstWeek: fixed })
  }
}
