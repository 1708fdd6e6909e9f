import type { Command } from 'commander'
import { createRegistryCache, getScore, trustedLedger } from '../../client/index.ts'
import { audienceField, pseudonym, SOURCE_WORDS, zField } from '../../protocol/index.ts'
import type { Explanation } from '../../reputation/index.ts'
import { provedRangeWords } from '../capability.ts'
import { clock, resolveKeys } from '../effects.ts'
import { UsageError } from '../exit-codes.ts'
import { moment, percent, short, span } from '../format.ts'
import { type Result, runAction, type Voice } from '../run-action.ts'
import { reachService, type ServiceAccess } from '../service-access.ts'
import { openWalletFile, requirePin, type WalletOptions, withWallet } from '../wallet-access.ts'

interface ScoreOptions extends WalletOptions {
  service?: string
  at?: string
  target?: string
}

/** `assay score`: a score, and why it is what it is. */
export function registerScore(program: Command): void {
  withWallet(program.command('score'))
    .description(
      'Show a score and what it is made of. Without a pseudonym it is your own at that service; the answer’s signature is checked.',
    )
    .argument('[pseudonym]', 'whose score: a pseudonym that its holder told you')
    .option('--service <url>', 'the reputation service (ASSAY_SERVICE)')
    .option('--at <seconds>', 'as it stood at a past moment, in seconds since the Unix epoch')
    .option('--target <score>', 'tell when this score is reached if things go on as they are')
    .addHelpText('after', '\nExample:\n  assay score --service http://127.0.0.1:8787')
    .action(runAction(score))
}

async function score(voice: Voice, options: ScoreOptions, [given]: string[]): Promise<Result> {
  const at = options.at === undefined ? undefined : seconds(options.at)
  const target = options.target === undefined ? undefined : wantedScore(options.target)
  if (given !== undefined && !zField.safeParse(given).success) throw new UsageError('A pseudonym is a decimal number')
  const { access, name } =
    given === undefined ? await own(options) : { access: await reachService(options.service), name: given }
  const { reputation } = access.description
  const query = { pseudonym: name, at, target }
  const explanation = await getScore(access.client, query, { ledger: reputation, resolveKeys })
  tell(voice, explanation, target)
  return { service: access.client.url, signatureVerified: true, explanation }
}

/**
 * The holder's own pseudonym at a service. A ledger that the wallet's registry does not trust is not asked: by naming a
 * dapp's DID as its own it could learn the holder's pseudonym for that dapp.
 */
async function own(options: ScoreOptions): Promise<{ access: ServiceAccess; name: string }> {
  const wallet = await openWalletFile(options)
  const registryId = requirePin(wallet)
  const access = await reachService(options.service, registryId)
  const registry = createRegistryCache(access.client, { registryId, resolveKeys, clock })
  const ledger = await trustedLedger({ ...access, registry })
  return { access, name: String(pseudonym(wallet.keys.secret(), audienceField(ledger))) }
}

function seconds(text: string): number {
  if (/^(0|[1-9][0-9]{0,11})$/.test(text)) return Number(text)
  throw new UsageError('--at wants whole seconds since the Unix epoch')
}

function wantedScore(text: string): number {
  if (/^[1-9][0-9]{0,3}$/.test(text) && Number(text) <= 1000) return Number(text)
  throw new UsageError('--target wants a score from 1 to 1000')
}

function tell({ say, colours }: Voice, found: Explanation, target: number | undefined): void {
  const { bold, dim } = colours
  say(
    `${bold(String(found.score))} of 1000 (with 90 % confidence between ${found.lower} and ${found.upper}), at ${moment(found.t)} UTC`,
  )
  say(dim(`pseudonym ${short(found.pseudonym)}, score model ${found.modelVersion}, signature verified`))
  say('\nWhat it is made of (an epoch is a day of 24 model hours)')
  say(
    `  ${found.upHours.toFixed(1)} h up, ${found.downHours.toFixed(1)} h down, ${found.silentHours.toFixed(1)} h of silence, over ${found.ageDays} days`,
  )
  say(
    `  maturity ${percent(Math.round(found.maturity * 1e6))}, uptime ${found.uptimeFactor.toFixed(3)} of 1, jobs ${found.jobsFactor.toFixed(3)} of 1`,
  )
  for (const { devicePseudonym, upShare, silentEpochs, source } of found.devices) {
    const hardware = source === null ? 'no proof counts yet' : `hardware ${SOURCE_WORDS[source]}`
    const up = percent(Math.round(upShare * 1e6))
    say(`  device ${short(devicePseudonym)}: ${up} up, ${silentEpochs} silent epochs, ${hardware}`)
  }
  for (const { marketplace, weeks, slow, fast } of found.jobs) {
    say(`  ${marketplace}: ${weeks} weeks, ${percent(Math.round(Math.min(slow, fast) * 1e6))} of its full weight`)
  }
  tellChange(say, found)
  tellForecast(say, found, target)
  if (found.limits.length > 0) say('\nWhy it is not higher')
  for (const { sentence, points } of found.limits) say(`  ${points >= 1 ? `+${Math.floor(points)}` : '  '} ${sentence}`)
  if (found.pending.length > 0) {
    say(
      `\n${found.pending.length} entries are accepted and count soon: a closed epoch counts when everyone had one more to submit.`,
    )
    const next = Math.min(...found.pending.map(({ countsAt }) => countsAt))
    say(dim(`  the next counts in ${span(Math.max(0, next - clock()))}`))
  }
  for (const { schema, ranges } of found.capabilities) {
    const bounds = Object.entries(ranges).map(([claim, range]) => provedRangeWords(claim, range))
    say(dim(`  capability (never scored) ${schema}: ${bounds.join(', ')}`))
  }
}

function tellChange(say: Voice['say'], { change }: Explanation): void {
  if (change.causes.length === 0) return
  say(`\nSince ${moment(change.since)} UTC: ${signed(change.score)}`)
  for (const { points, sentence } of change.causes) say(`  ${signed(Math.round(points * 10) / 10)} ${sentence}`)
}

function tellForecast(say: Voice['say'], { forecast }: Explanation, target: number | undefined): void {
  if (forecast === null) return
  say(`\nIf things go on as in the last 30 days (${percent(Math.round(forecast.upShare * 1e6))} up)`)
  say(`  ${forecast.scores.map(({ days, score }) => `${score} in ${days} days`).join(', ')}`)
  const next = target === undefined ? forecast.reach[0] : forecast.reach.find(({ score }) => score === target)
  if (next === undefined) {
    if (target !== undefined) say(`  ${target} is reached already`)
    return
  }
  const when = next.days === null ? 'not within five years' : `in ${next.days} days`
  say(`  ${next.score} is reached ${when}`)
}

const signed = (value: number) => (value > 0 ? `+${value}` : String(value))
