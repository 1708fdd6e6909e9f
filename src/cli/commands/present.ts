import type { Command } from 'commander'
import { addCredential, sourceTerms, verifyCredential, type Wallet } from '../../holder/index.ts'
import { AssayError, audienceField, pseudonym } from '../../protocol/index.ts'
import { verifyScoreSummary } from '../../reputation/index.ts'
import { answerDapp } from '../answer-dapp.ts'
import { capabilityOf, hardwareOf, rangeWords } from '../capability.ts'
import { clock, resolveKeys } from '../effects.ts'
import { UsageError } from '../exit-codes.ts'
import { credentialResult, moment } from '../format.ts'
import { type EpochsResult, measuredDevices, presentEpochs } from '../present-epochs.ts'
import { type PresentedJobs, presentJobs } from '../present-jobs.ts'
import { type LedgerSession, openLedgerSession, presentProposal } from '../present-to-ledger.ts'
import { withProver } from '../prover.ts'
import { type Result, runAction, type Voice } from '../run-action.ts'
import { pinnedRegistry, reachService } from '../service-access.ts'
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
  const access = await reachService(url)
  return changeWallet(options, async (wallet, keep) => {
    const { view } = await voice.progress('Fetching the registry', () => pinnedRegistry(access, requirePin(wallet)))
    return withProver(async (prover) => {
      const session = openLedgerSession({ voice, access, view, prover, wallet, keep })
      const done = options.hardware ? await presentHardware(session, options.min) : await presentNews(session)
      const credential = options.scoreCredential ? await getScoreCredential(session) : undefined
      return {
        service: access.client.url,
        pseudonym: ownPseudonym(wallet, session.audience.did),
        ...done,
        ...(credential && { scoreCredential: credential }),
      }
    })
  })
}

/** Epochs and jobs that the ledger has not seen. */
async function presentNews(session: LedgerSession): Promise<EpochsResult & { jobs: PresentedJobs[] }> {
  const { voice, access } = session
  if (measuredDevices(session).length === 0) {
    throw new AssayError('credentialMissing', 'The wallet holds no measured, current hardware credential')
  }
  const epochs = await presentEpochs(session)
  const jobs = await presentJobs(session)
  const { joined, presented, nothing } = epochs
  const nothingNew = joined.length + presented.length + nothing.length + jobs.length === 0
  if (nothingNew) {
    const { seconds } = access.description.epoch
    voice.say(
      `Nothing new to present: the present epoch closes at ${moment(Math.ceil(clock() / seconds) * seconds)} UTC.`,
    )
  } else voice.say(`Your score is explained by: assay score --service ${access.client.url}`)
  return { ...epochs, jobs }
}

async function presentHardware(session: LedgerSession, asked: readonly string[]): Promise<Result> {
  const [device] = measuredDevices(session)
  if (device === undefined) {
    throw new AssayError('credentialMissing', 'The wallet holds no measured, current hardware credential')
  }
  const hardware = capabilityOf(device, asked)
  await presentProposal(session, { kind: 'hardware', hardware }, 'Proving what the hardware can do')
  for (const [claim, range] of Object.entries(hardware.ranges)) session.voice.say(`Proved: ${rangeWords(claim, range)}`)
  session.voice.say('It is a capability that dapps can search for once your pseudonym is listed. It never scores.')
  return { capability: hardware }
}

/** Presents hardware once more, with the wish for the score as a credential, and takes that credential in. */
async function getScoreCredential(session: LedgerSession): Promise<Result> {
  const { voice, audience, wallet, keep, view } = session
  const { keys } = wallet()
  const [device] = measuredDevices(session)
  if (device === undefined) {
    throw new AssayError('credentialMissing', 'The wallet holds no measured, current hardware credential')
  }
  const { holder, binding } = sourceTerms(keys, audience.did)
  const proposal = { kind: 'hardware' as const, hardware: hardwareOf(device) }
  const wish = { holder, binding: String(binding) }
  const answer = await presentProposal(session, proposal, 'Asking for the score as a credential', wish)
  await verifyScoreSummary(answer.score, { signer: audience.did, resolveKeys })
  if (answer.credential === undefined) {
    const { code, message } = answer.credentialRefusal ?? {
      code: 'unavailable' as const,
      message: 'The service gave no credential',
    }
    throw new AssayError(code, message)
  }
  const held = await verifyCredential(answer.credential, { keys, resolveKeys })
  if (view.trustPath(held.credential) === undefined) {
    throw new AssayError('untrustedIssuer', 'The registry does not trust the issuer of the score credential')
  }
  keep(addCredential(wallet(), held))
  const result = credentialResult(held, clock())
  voice.say(`Score credential: ${result.claims.score} of 1000, until ${moment(result.expiresAt)} UTC`)
  return result
}

function ownPseudonym({ keys }: Wallet, did: string): string {
  return String(pseudonym(keys.secret(), audienceField(did)))
}
