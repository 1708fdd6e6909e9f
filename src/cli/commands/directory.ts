import type { Command } from 'commander'
import { changeListing } from '../../client/index.ts'
import { claimDefinition, zSchemaUri } from '../../protocol/index.ts'
import { provedRangeWords } from '../capability.ts'
import { UsageError } from '../exit-codes.ts'
import { moment } from '../format.ts'
import { openHolderSession } from '../holder-session.ts'
import { type Result, runAction, type Voice } from '../run-action.ts'
import { serviceClient } from '../service-access.ts'
import { type WalletOptions, withWallet } from '../wallet-access.ts'

interface SearchOptions {
  service?: string
  minScore?: string
  schema?: string
  min?: string
}

const SERVICE = ['--service <url>', 'the reputation service (ASSAY_SERVICE)'] as const

/** `assay directory`: pseudonyms that their holders list. */
export function registerDirectory(program: Command): void {
  const directory = program
    .command('directory')
    .description('Search the pseudonyms that their holders list, or list your own.')
    .addHelpText('after', '\nExample:\n  assay directory search --service http://127.0.0.1:8787')
  directory
    .command('search')
    .description('Search by score and by proved capabilities, the highest score first.')
    .option(...SERVICE)
    .option('--min-score <score>', 'the least score, from 0 to 1000')
    .option('--schema <uri>', 'holders that proved something under this claim schema')
    .option('--min <claim=value>', 'with --schema: at least this, as in vramMiB=24576')
    .addHelpText('after', '\nExample:\n  assay directory search --min-score 500 --service http://127.0.0.1:8787')
    .action(runAction(search))
  withWallet(directory.command('add'))
    .description('List your pseudonym: everyone can then see your score and proved capabilities under it.')
    .option(...SERVICE)
    .addHelpText('after', '\nExample:\n  assay directory add --service http://127.0.0.1:8787')
    .action(runAction((voice: Voice, options: WalletOptions) => list(voice, options, true)))
  withWallet(directory.command('remove'))
    .description('Remove your pseudonym from the list. Who knows it can still ask for its score.')
    .option(...SERVICE)
    .addHelpText('after', '\nExample:\n  assay directory remove --service http://127.0.0.1:8787')
    .action(runAction((voice: Voice, options: WalletOptions) => list(voice, options, false)))
}

async function list(voice: Voice, options: WalletOptions & { service?: string }, listed: boolean): Promise<Result> {
  const session = await openHolderSession(voice, options)
  const settings = await changeListing(session, listed)
  const place = listed ? 'is in the directory' : 'is not in the directory any more'
  voice.say(`Your pseudonym ${settings.pseudonym} ${place}.`)
  return { ...settings }
}

async function search(voice: Voice, options: SearchOptions): Promise<Result> {
  const query = { minScore: scoreOf(options.minScore), ...capabilityOf(options) }
  const { items, next } = await serviceClient(options.service).directory(query)
  for (const { pseudonym, score, lower, upper, capabilities } of items) {
    voice.say(`${voice.colours.bold(String(score))} of 1000 (${lower} to ${upper})  ${pseudonym}`)
    for (const { ranges, provedAt } of capabilities) {
      const words = Object.entries(ranges).map(([claim, range]) => provedRangeWords(claim, range))
      voice.say(voice.colours.dim(`  ${words.join(', ')}, proved ${moment(provedAt)} UTC`))
    }
  }
  if (items.length === 0) voice.say('Nobody in the directory matches.')
  if (next !== null) voice.note('There are more: search more narrowly.')
  return { items, next }
}

function scoreOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[0-9]{1,4}$/.test(text) && Number(text) <= 1000) return Number(text)
  throw new UsageError('--min-score wants a score from 0 to 1000')
}

function capabilityOf({ schema, min }: SearchOptions): { schema?: string; claim?: string; min?: bigint } {
  if (min !== undefined && schema === undefined) throw new UsageError('--min needs --schema: the schema of the claim')
  if (schema === undefined) return {}
  if (!zSchemaUri.safeParse(schema).success) throw new UsageError(`${schema} is not a claim schema`)
  if (min === undefined) return { schema }
  const [, claim, value] = /^([A-Za-z0-9]{1,32})=(0|[1-9][0-9]{0,18})$/.exec(min) ?? []
  if (claim === undefined || value === undefined) throw new UsageError(`--min wants claim=value, got ${min}`)
  claimDefinition(schema, claim)
  return { schema, claim, min: BigInt(value) }
}
