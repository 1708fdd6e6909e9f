import { fixJoin, type HeldCredential, joinOf, sourceTerms, verifyCredential } from '../../holder/index.ts'
import { COMPUTE, claimOf, nameClaims, REPUTATION } from '../../protocol/index.ts'
import { CONSTANTS, type Explanation, type Proposal, verifyExplanation } from '../../reputation/index.ts'
import { resolveKeys } from '../effects.ts'
import { sleepUntil } from './keep-heartbeat.ts'
import { answerRequest, type Provider, pseudonymFor } from './provider.ts'
import { EPOCH_SECONDS } from './start-service.ts'
import type { Story } from './story.ts'

/**
 * Presents the measured machine and each epoch of its uptime to the reputation service, in one presentation each. With
 * the first of them the machine joins the ledger: from then on its silence counts.
 */
export async function presentUptime(story: Story, provider: Provider, epochs: HeldCredential[]): Promise<void> {
  for (const { credential } of epochs) {
    const epoch = Number(claimOf(credential, 'epoch'))
    const uptimeMicro = Number(claimOf(credential, 'uptimeMicro'))
    const rungMicro = CONSTANTS.rungsMicro.findLast((rung) => rung <= uptimeMicro)
    if (rungMicro === undefined) {
      story.note(
        `Epoch ${epoch} passes no rung (the lowest is 50 %): there is nothing to prove of it, and it counts as down.`,
      )
      continue
    }
    await story.step(`prove hardware and uptime of epoch ${epoch}`, async () => {
      const join = joinWith(provider, credential.device, epoch)
      const value = await present(provider, {
        kind: 'uptime',
        hardware: { schema: COMPUTE, ranges: { gops: { source: 'measured' } } },
        uptime: { epoch, rungMicro },
        ...join,
      })
      const joined = join === undefined ? '' : ', and joined the ledger with it'
      const line = `Proved: a measured machine, up at least ${rungMicro / 10_000} % of epoch ${epoch}${joined}`
      return { value, line, detail: { epoch, rungMicro, score: value.score.score } }
    })
  }
  story.note('The service saw two proofs and a pseudonym: no device, no issuer, no exact share.')
}

/** How the machine joins with an epoch; undefined once it has joined. */
function joinWith(
  provider: Provider,
  device: bigint,
  epoch: number,
): Pick<Proposal & { kind: 'uptime' }, 'join'> | undefined {
  const audience = { did: provider.access.description.reputation }
  if (joinOf(provider.wallet, audience, device) !== undefined) return undefined
  const join = { joinEpoch: epoch, inheritedSilence: 0 } as const
  provider.wallet = fixJoin(provider.wallet, { audience, device: String(device), ...join })
  return { join }
}

/** Waits until both epochs count, and asks over REST for the score, explained and signed. */
export async function queryScore(story: Story, provider: Provider, lastEpoch: number): Promise<Explanation> {
  const { reputation } = provider.access.description
  const pseudonym = pseudonymFor(provider, reputation)
  const explanation = await story.step('query the score', async () => {
    // an epoch counts once everyone had one more to submit
    await sleepUntil((lastEpoch + 2) * EPOCH_SECONDS + 1)
    const json = await provider.access.client.score(pseudonym)
    const value = await verifyExplanation(json, { signer: reputation, resolveKeys })
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
    const value = await verifyCredential(answer.credential ?? '', { keys: provider.wallet.keys, resolveKeys })
    provider.wallet = { ...provider.wallet, credentials: [...provider.wallet.credentials, value] }
    const { score } = nameClaims(REPUTATION, value.credential.claims)
    const line = `The score is a credential now: ${score}, provable anywhere`
    return { value, line, detail: { score: Number(score), credential: value.credential.id } }
  })
}

/** One presentation to the ledger, on the service's own signed request for what is proposed. */
async function present(provider: Provider, proposal: Proposal) {
  const { client, description } = provider.access
  const { keys } = provider.wallet
  const presentation = await answerRequest(provider, await client.proposeRequest(proposal))
  const { holder, binding } = sourceTerms(keys, description.reputation)
  const session = keys.sessionKeyFor({ did: description.reputation })
  return client.submitEvidence(presentation, session, { holder, binding: String(binding) })
}
