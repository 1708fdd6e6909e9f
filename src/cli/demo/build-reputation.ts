import { getScore, openLedger, presentEpochs, presentProposal, provableEpoch } from '../../client/index.ts'
import type { HeldCredential } from '../../holder/index.ts'
import { AssayError, COMPUTE, isAssayError, nameClaims, REPUTATION } from '../../protocol/index.ts'
import type { Explanation, Proposal } from '../../reputation/index.ts'
import { resolveKeys } from '../effects.ts'
import { closedEpoch, sleepUntil } from './keep-heartbeat.ts'
import { machineAgent, type Provider, pseudonymFor } from './provider.ts'
import { EPOCH_SECONDS } from './start-service.ts'
import type { Story } from './story.ts'

/**
 * Joins the ledger with the first epoch of the machine's uptime: from then on its silence counts. On a machine that was too
 * slow for that, `presentUptime` joins with a later one.
 */
export async function joinWithEpoch(story: Story, provider: Provider, epoch: number): Promise<void> {
  const found = await provableEpoch(provider.session, machineAgent(provider).device, epoch)
  if (typeof found === 'string') return
  const { rungMicro } = found
  await story.step('join the ledger', async () => {
    const join = { joinEpoch: epoch, inheritedSilence: 0 } as const
    const hardware = { schema: COMPUTE, ranges: { gops: { source: 'measured' } } } as const
    const proposal = { kind: 'uptime', hardware, uptime: { epoch, rungMicro }, join } as const
    const joined = await present(provider, proposal).then(
      ({ score }) => score.score,
      (error: unknown) => {
        if (!isAssayError(error, 'joinInvalid')) throw error
      },
    )
    const line =
      joined === undefined
        ? 'The first epoch is too long ago to join with it'
        : `Proved: a measured machine, up at least ${rungMicro / 10_000} % of epoch ${epoch}, and joined with it`
    return { value: undefined, line, detail: { epoch, rungMicro, joined: joined !== undefined } }
  })
}

/** Presents the measured machine and each other closed epoch of its uptime, in one presentation each. */
export async function presentUptime(
  story: Story,
  provider: Provider,
): Promise<{ newest: number; isInLedger: boolean }> {
  const newest = closedEpoch()
  const { presented, nothing } = await story.step('prove hardware and uptime', async () => {
    const value = await presentEpochs(await openLedger(provider.session, provider.prover))
    const epochs = value.presented.map(({ epoch, rungMicro }) => `at least ${rungMicro / 10_000} % of epoch ${epoch}`)
    const line = epochs.length === 0 ? 'No uptime to prove yet' : `Proved: the same machine, up ${epochs.join(', ')}`
    return { value, line, detail: { ...value } }
  })
  for (const { epoch, reason } of nothing)
    story.note(`Epoch ${epoch}: nothing to prove (${reason}); it counts as down.`)
  story.note('The service saw proofs and a pseudonym: no device, no issuer, no exact share.')
  const { joins } = await provider.session.wallet.read()
  return { newest: Math.max(newest, ...presented.map(({ epoch }) => epoch)), isInLedger: joins.length > 0 }
}

/** Waits until both epochs count, and asks over REST for the score, explained and signed. */
export async function queryScore(story: Story, provider: Provider, lastEpoch: number): Promise<Explanation> {
  const { reputation } = provider.session.description
  const pseudonym = pseudonymFor(provider, reputation)
  const explanation = await story.step('query the score', async () => {
    // an epoch counts once everyone had one more to submit
    await sleepUntil((lastEpoch + 2) * EPOCH_SECONDS + 1)
    const value = await getScore(provider.session.client, { pseudonym }, { ledger: reputation, resolveKeys })
    const { score, lower, upper } = value
    const line = `Score ${score} of 1000 (${lower} to ${upper}), signed by the service`
    const { change, forecast } = value
    return {
      value,
      line,
      detail: { score, lower, upper, change, forecast, limits: value.limits.map(({ code }) => code) },
    }
  })
  const { change, forecast } = explanation
  const causes = change.causes.map(({ sentence }) => sentence).join(' ')
  story.note(`Since the epoch before: ${change.score >= 0 ? '+' : ''}${change.score}. ${causes}`)
  if (forecast !== null) {
    const scores = forecast.scores.map(({ days, score }) => `${score} after ${days} epochs`).join(', ')
    story.note(`If things go on like this: ${scores}. (An epoch is a day at a real service.)`)
  }
  for (const { sentence } of explanation.limits.slice(0, 2)) story.note(sentence)
  return explanation
}

/** Proves a capability, and takes the score of that moment home as a credential. */
export async function takeScoreHome(story: Story, provider: Provider, ramMiB: bigint): Promise<HeldCredential> {
  return story.step('take the score as a credential', async () => {
    const ranges = {
      gops: { source: 'measured' as const },
      ramMiB: { min: String(ramMiB), source: 'selfReported' as const },
    }
    const answer = await present(provider, { kind: 'hardware', hardware: { schema: COMPUTE, ranges } })
    const value = answer.scoreCredential
    if (value === undefined) throw new AssayError('unavailable', 'The service gave no score credential')
    const { score } = nameClaims(REPUTATION, value.credential.claims)
    const line = `The score is a credential now: ${score}, provable anywhere`
    return { value, line, detail: { score: Number(score), credential: value.credential.id } }
  })
}

/** One presentation to the ledger, which answers with the score, and with the score as a credential. */
async function present({ session, prover }: Provider, proposal: Proposal) {
  const ledger = await openLedger(session, prover)
  return presentProposal(ledger, proposal, { scoreCredential: true })
}
