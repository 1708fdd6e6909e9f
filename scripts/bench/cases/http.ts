import { createBenchHolder } from '../http/holder.ts'
import { startService } from '../http/start-service.ts'
import { type Call, measureRate } from '../measure-rate.ts'
import type { CaseOptions, Row } from '../row.ts'

/** Requests under way at a time. */
const AT_ONCE = 8

/** How many calls a batch, and how many batches count. */
const plans = {
  full: { credentials: [50, 8], proofs: [8, 8], retries: [64, 8], scores: [100, 8] },
  quick: { credentials: [10, 2], proofs: [2, 2], retries: [6, 2], scores: [20, 2] },
} as const

/**
 * What one service answers in a second over real HTTP: its own process, the embedded database with every commit synced,
 * this process as the only client. Calls are made beforehand; on few cores, sending them still takes its part.
 */
export async function benchHttp({ quick, say }: CaseOptions): Promise<Row[]> {
  const plan = plans[quick ? 'quick' : 'full']
  say('HTTP: starting a service')
  const service = await startService()
  try {
    const holder = await createBenchHolder(service.url)
    const rows: Row[] = []
    const measure = async (name: string, what: string, [batch, batches]: readonly [number, number], calls: Call[]) => {
      say(`HTTP: ${name}, ${batches} batches of ${batch}`)
      const figure = await measureRate(calls, { batch, atOnce: AT_ONCE })
      const note = `a sample is a batch of ${batch}, ${Math.min(batch, AT_ONCE)} at a time`
      rows.push({ case: 'http', name, unit: '/s', assay: { what, ...figure }, note })
    }
    const total = ([batch, batches]: readonly [number, number]) => batch * (batches + 1)

    const credentials: Call[] = []
    for (let i = 0; i < total(plan.credentials); i++) credentials.push(await holder.credentialCall())
    const issuing = 'POST /v1/credentials: each another device, self-reported, signed by DID and agent'
    await measure('issue credentials', issuing, plan.credentials, credentials)

    say(`HTTP: proving ${total(plan.proofs)} presentations to be verified`)
    const proofs = await holder.presentations(total(plan.proofs))
    const verifying = 'POST /v1/presentations/verify: one proof each, every one new, every check'
    await measure('verify presentations', verifying, plan.proofs, proofs)

    const retries = Array.from({ length: total(plan.retries) }, (_, i) => proofs[i % proofs.length]!)
    const repeating = 'the same again: exact retries, which get the stored answer without a pairing'
    await measure('repeat verifications', repeating, plan.retries, retries)

    const { pseudonym, epochs } = service
    const scores = Array.from({ length: total(plan.scores) }, () => holder.scoreCall(pseudonym))
    const scoring = `GET /v1/reputation/{pseudonym}: explained and signed, over ${epochs} epochs of one device`
    await measure('answer scores', scoring, plan.scores, scores)
    return rows
  } finally {
    await service.stop()
  }
}
