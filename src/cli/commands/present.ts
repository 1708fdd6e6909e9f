import type { Command } from 'commander'
import {
  type LedgerSession,
  measuredDevices,
  obtainScoreCredential,
  openLedger,
  openSession,
  type PresentedEpochs,
  type PresentedJobs,
  presentEpochs,
  presentHardware,
  presentJobs,
} from '../../client/index.ts'
import { forgetExpired, type Wallet } from '../../holder/index.ts'
import { AssayError, audienceField, pseudonym } from '../../protocol/index.ts'
import { answerDapp } from '../answer-dapp.ts'
import { capabilityOf, provedRangeWords } from '../capability.ts'
import { clock, randomBytes, resolveKeys } from '../effects.ts'
import { UsageError } from '../exit-codes.ts'
import { credentialResult, moment } from '../format.ts'
import { withProver } from '../prover.ts'
import { registryCopyOf } from '../registry-copy.ts'
import { type Result, runAction, type Voice } from '../run-action.ts'
import { serviceClient } from '../service-access.ts'
import { tellEvents } from '../tell-events.ts'
import { changeWallet, requirePin, type WalletOptions, withWallet } from '../wallet-access.ts'

interface PresentOptions extends WalletOptions {
  to?: string
  hardware?: boolean
  min: string[]
  scoreCredential?: boolean
  request?: string
  out?: string
  yes?: boolean
  insist?: boolean
  population?: string
}

const collect = (value: string, before: string[]) => [...before, value]

/** `assay present`: proofs, to the reputation ledger or to a dapp. */
export function registerPresent(program: Command): void {
  withWallet(program.command('present'))
    .description(
      'Prove something without saying who you are: your uptime to a reputation ledger (--to), or what a dapp asks (--request).',
    )
    .option(
      '--to <url>',
      'the service whose ledger to present to: every closed epoch that it has not seen, and new jobs',
    )
    .option(
      '--hardware',
      'with --to: present what the hardware can do instead, as a capability that others may search for',
    )
    .option(
      '--min <claim=value>',
      'with --hardware: prove at least this (again for more); default: memory and throughput, coarsely',
      collect,
      [],
    )
    .option('--score-credential', 'with --to: get your score as a credential, to prove to dapps')
    .option('--request <file>', "a dapp's signed request; - for standard input")
    .option('--out <file>', 'with --request: where to write the answer; else it goes to standard output')
    .option('--yes', 'with --request: answer without asking you')
    .option('--insist', 'with --request: answer even if that tells the dapp too much (see assay wallet told)')
    .option(
      '--population <file>',
      'with --request: public figures on machines, which may lower how many could be yours',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  assay present --to http://127.0.0.1:8787\n' +
        '  assay present --to http://127.0.0.1:8787 --score-credential\n' +
        '  assay present --request request.jwt --out answer.json',
    )
    .action(runAction(presentCommand))
}

async function presentCommand(voice: Voice, options: PresentOptions): Promise<Result> {
  if (options.request !== undefined) {
    if (options.to !== undefined)
      throw new UsageError('--to presents to a ledger, --request answers a dapp: give one of them')
    return answerDapp(voice, { ...options, request: options.request })
  }
  const url = options.to ?? process.env.ASSAY_SERVICE
  if (url === undefined) throw new UsageError('Give --to URL (a reputation service) or --request FILE (of a dapp)')
  return presentToLedger(voice, options, url)
}

async function presentToLedger(voice: Voice, options: PresentOptions, url: string): Promise<Result> {
  const client = serviceClient(url)
  return changeWallet(options, async (wallet) => {
    const before = await wallet.read()
    const registryId = requirePin(before)
    await wallet.change((latest) => forgetExpired(latest, clock()))
    const registry = registryCopyOf(voice, options, before)
    const effects = { clock, randomBytes, resolveKeys }
    return withProver((prover) =>
      voice.progress('Presenting', async (text) => {
        const tell = tellEvents(voice, text)
        const session = await openSession({ ...effects, client, registryId, wallet, registry, tell })
        const ledger = await openLedger(session, prover)
        const done = options.hardware
          ? await presentCapability(voice, ledger, options.min)
          : await presentNews(voice, ledger)
        const credential = options.scoreCredential ? await obtainScoreCredential(ledger) : undefined
        return {
          service: client.url,
          pseudonym: ownPseudonym(before, ledger.audience.did),
          ...done,
          ...(credential && { scoreCredential: credentialResult(credential, clock()) }),
        }
      }),
    )
  })
}

/** Epochs and jobs that the ledger has not seen. */
async function presentNews(voice: Voice, ledger: LedgerSession): Promise<PresentedEpochs & { jobs: PresentedJobs[] }> {
  if ((await measuredDevices(ledger)).length === 0) {
    throw new AssayError('credentialMissing', 'The wallet holds no measured, current hardware credential')
  }
  const epochs = await presentEpochs(ledger)
  const jobs = await presentJobs(ledger)
  const { joined, presented, nothing } = epochs
  const isNews = joined.length + presented.length + nothing.length + jobs.length > 0
  if (isNews) voice.say(`Your score is explained by: assay score --service ${ledger.client.url}`)
  else {
    const { seconds } = ledger.description.epoch
    const closing = moment(Math.ceil(clock() / seconds) * seconds)
    voice.say(`Nothing new to present: the present epoch closes at ${closing} UTC.`)
  }
  return { ...epochs, jobs }
}

async function presentCapability(voice: Voice, ledger: LedgerSession, bounds: readonly string[]): Promise<Result> {
  const hardware = await presentHardware(ledger, (credential) => capabilityOf(credential, bounds))
  for (const [claim, range] of Object.entries(hardware.ranges)) voice.say(`Proved: ${provedRangeWords(claim, range)}`)
  voice.say('It is a capability that dapps can search for once your pseudonym is listed. It never scores.')
  return { capability: hardware }
}

function ownPseudonym({ keys }: Wallet, did: string): string {
  return String(pseudonym(keys.secret(), audienceField(did)))
}
