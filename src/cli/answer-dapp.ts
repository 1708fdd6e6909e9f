import {
  type Choice,
  type Consideration,
  considerRequest,
  fitWords,
  type Population,
  present,
  type RequestDescription,
  readProofRequest,
  type Wallet,
  zPopulation,
} from '../holder/index.ts'
import {
  AssayError,
  audienceField,
  type PresentationJson,
  type ProofRequest,
  policyJson,
  pseudonym,
  type Refusal,
  refusalOf,
} from '../protocol/index.ts'
import { clock, resolveKeys } from './effects.ts'
import { CannotRun } from './exit-codes.ts'
import { readJson, readText, writeWhole } from './files.ts'
import { short } from './format.ts'
import { withProver } from './prover.ts'
import { registryForWallet } from './registry-copy.ts'
import type { Result, Voice } from './run-action.ts'
import { askConsent, isInteractive } from './terminal.ts'
import { type UnlockedWallet, unlockWallet, type WalletOptions } from './wallet-access.ts'

export interface AnswerOptions extends WalletOptions {
  request: string
  out?: string
  yes?: boolean
  insist?: boolean
  population?: string
}

/** Answers a dapp's request, after saying what that reveals. What it declines, the dapp hears no reason of. */
export async function answerDapp(voice: Voice, options: AnswerOptions): Promise<Result> {
  const jwt = (await readText(options.request, 'proof request')).trim()
  const population = await readPopulation(options)
  const unlocked = await voice.progress('Opening the wallet', () => unlockWallet(options))
  const { view } = await registryForWallet(voice, options, unlocked.wallet)
  const request = await readProofRequest(jwt, { resolveKeys, now: clock(), stepSeconds: view.stepSeconds })
  const consider = (wallet: Wallet): Consideration => {
    return considerRequest({ request, wallet, view, now: clock(), insist: options.insist === true, population })
  }
  const considered = consider(unlocked.wallet)
  tellRequest(voice, request, considered)
  // what can't be proved, or tells too much, is refused before anyone is asked to agree
  const reason = considered.reason ?? (await askHolder(voice, options))
  if (considered.reason === undefined && reason === undefined) {
    return answer(voice, options, { request, unlocked, consider, considered })
  }
  if (considered.wallet !== unlocked.wallet && considered.reason !== undefined) {
    await unlocked.change((latest) => consider(latest).wallet)
  }
  await writeAnswer(voice, options, refusalOf(request))
  throw reason
}

interface Agreed {
  request: ProofRequest
  unlocked: UnlockedWallet
  consider: (wallet: Wallet) => Consideration
  considered: Consideration & { choices: Choice[] }
}

async function answer(
  voice: Voice,
  options: AnswerOptions,
  { request, unlocked, consider, considered }: Agreed,
): Promise<Result> {
  const { wallet } = unlocked
  const { choices } = considered
  const presentation = await withProver((prover) =>
    voice.progress('Proving', () => present({ request, choices, keys: wallet.keys, ...prover })),
  )
  // kept before the answer leaves: what was told is told, whatever happens next
  await unlocked.change((latest) => {
    const again = consider(latest)
    if (again.reason !== undefined) throw again.reason
    const isSame = again.choices.every(({ credential }, i) => credential.id === choices[i]?.credential.id)
    if (!isSame) throw new AssayError('conflict', 'The wallet changed while this was proved: answer again')
    return again.wallet
  })
  await writeAnswer(voice, options, presentation)
  if (options.out !== undefined)
    voice.say(`The answer is in ${options.out}: hand it to ${short(request.audience.did)}.`)
  const { did, context } = request.audience
  return {
    audience: request.audience,
    purpose: request.purpose,
    policies: request.policies.map(policyJson),
    ...considered.description,
    machinesLeft: considered.fit === undefined ? null : Math.floor(considered.fit),
    pseudonym: String(pseudonym(wallet.keys.secret(), audienceField(did, context))),
    ...(options.out === undefined ? { presentation } : { out: options.out }),
  }
}

/** The answer or refusal, for the dapp: to a file, or to standard output. With --json it is part of the result. */
async function writeAnswer(voice: Voice, { out }: AnswerOptions, document: PresentationJson | Refusal): Promise<void> {
  const text = `${JSON.stringify(document, null, 2)}\n`
  if (out !== undefined) await writeWhole(out, text)
  else if (!voice.json) process.stdout.write(text)
}

function tellRequest({ note, colours }: Voice, { audience }: ProofRequest, considered: Consideration): void {
  const { asks, reveals, warnings }: RequestDescription = considered.description
  note(asks)
  note('The answer reveals:')
  for (const line of reveals) note(`  - ${line}`)
  if (considered.reason === undefined && considered.fit !== undefined) {
    note(`Of all machines, ${fitWords(considered.fit)} would still fit what ${short(audience.did)} knows then.`)
  }
  for (const { message } of warnings) note(colours.yellow(`  ! ${message}`))
}

/** Why the holder does not agree; undefined when it does. */
async function askHolder(voice: Voice, { yes }: AnswerOptions): Promise<AssayError | undefined> {
  if (yes) return undefined
  if (voice.json || !isInteractive()) {
    throw new CannotRun('unauthorized', 'Nobody is there to agree: look at what the request asks, then add --yes')
  }
  if (await askConsent('Reveal this?')) return undefined
  return new AssayError('declined', 'You did not agree: nothing was revealed')
}

function readPopulation({ population }: AnswerOptions): Promise<Population | undefined> {
  return population === undefined
    ? Promise.resolve(undefined)
    : readJson(population, zPopulation, 'population document')
}
