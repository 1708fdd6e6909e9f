import { firstEpochOf, fixFirstEpoch, isSettled, settle } from '../holder/index.ts'
import { isAssayError, marketplaceOf } from '../protocol/index.ts'
import { clock } from './effects.ts'
import { type LedgerSession, presentProposal } from './present-to-ledger.ts'

type Seven = [number, number, number, number, number, number, number]

export interface PresentedJobs {
  marketplace: string
  week: number
  known: boolean
}

/** Presents the jobs credentials that are not done with, the oldest week first: the ledger takes them in that order. */
export async function presentJobs(session: LedgerSession): Promise<PresentedJobs[]> {
  const { voice, audience, wallet, keep, access } = session
  const weekNow = Math.floor(clock() / (access.description.epoch.seconds * 7))
  const due = wallet()
    .credentials.map(({ credential }) => credential)
    .filter(({ schema, claims }) => marketplaceOf(schema) !== undefined && Number(claims[0]) < weekNow)
    .sort((a, b) => Number(a.claims[0]! - b.claims[0]!))
  const presented: PresentedJobs[] = []
  for (const { schema, device, claims } of due) {
    const marketplace = marketplaceOf(schema)!
    const [week, completed, failed, disputed, ratingSum, ratingCount, firstWeek] = claims
      .slice(0, 7)
      .map(Number) as Seven
    const name = { audience, schema, device: String(device), epoch: week }
    if (isSettled(wallet(), name)) continue
    const first = firstEpochOf(wallet(), audience, device) ?? firstWeek
    const counts = { completed, failed, disputed, ratingSum, ratingCount }
    const proposal = { kind: 'jobs' as const, jobs: { marketplace, week, firstWeek: first, counts } }
    const known = await presentProposal(session, proposal, `Proving the jobs of week ${week}`).then(
      () => false,
      (error: unknown) => {
        if (isAssayError(error, 'replayed') || isAssayError(error, 'sequenceStale')) return true
        throw error
      },
    )
    keep(settle(fixFirstEpoch(wallet(), audience, device, first), { ...name, outcome: 'presented' }))
    presented.push({ marketplace, week, known })
    voice.say(`Jobs at ${marketplace}, week ${week}: proved`)
  }
  return presented
}
