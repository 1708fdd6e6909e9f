import { answerRequest } from '../client/index.ts'
import { type Population, zPopulation } from '../holder/index.ts'
import { audienceField, type PresentationJson, policyJson, pseudonym, type Refusal } from '../protocol/index.ts'
import { clock, resolveKeys } from './effects.ts'
import { CannotRun } from './exit-codes.ts'
import { readJson, readText, writeWhole } from './files.ts'
import { short } from './format.ts'
import { withProver } from './prover.ts'
import { registryCopyOf } from './registry-copy.ts'
import type { Result, Voice } from './run-action.ts'
import { tellEvents } from './tell-events.ts'
import { askConsent, isInteractive } from './terminal.ts'
import { unlockWallet, type WalletOptions } from './wallet-access.ts'

export interface AnswerOptions extends WalletOptions {
  request: string
  out?: string
  yes?: boolean
  insist?: boolean
  population?: string
}

/** Answers a dapp's request, after saying what that reveals. The dapp hears no reason for a refusal. */
export async function answerDapp(voice: Voice, options: AnswerOptions): Promise<Result> {
  const jwt = (await readText(options.request, 'proof request')).trim()
  const population = await readPopulation(options)
  const keeper = await voice.progress('Opening the wallet', () => unlockWallet(options))
  const wallet = await keeper.read()
  const registry = registryCopyOf(voice, options, wallet)
  const answer = await withProver((prover) => {
    return voice.progress('Answering', (tell) => {
      const approve = () => isAgreed(voice, options)
      const insist = () => options.insist === true
      const deps = { wallet: keeper, registry, clock, resolveKeys, prover, approve, insist }
      return answerRequest(jwt, { ...deps, tell: tellEvents(voice, tell) }, population)
    })
  })
  await writeAnswer(voice, options, answer.ok ? answer.presentation : answer.refusal)
  if (!answer.ok) throw answer.reason
  const { request, presentation, consideration } = answer
  if (options.out !== undefined) {
    voice.say(`The answer is in ${options.out}: hand it to ${short(request.audience.did)}.`)
  }
  const { did, context } = request.audience
  return {
    audience: request.audience,
    purpose: request.purpose,
    policies: request.policies.map(policyJson),
    ...consideration.description,
    machinesLeft: consideration.fit === undefined ? null : Math.floor(consideration.fit),
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

/** Whether the holder agrees. */
async function isAgreed(voice: Voice, { yes }: AnswerOptions): Promise<boolean> {
  if (yes) return true
  if (voice.json || !isInteractive()) {
    throw new CannotRun(
      'unauthorized',
      'Confirmation needs a terminal: check what the request asks for, then add --yes',
    )
  }
  return askConsent('Reveal this?')
}

function readPopulation({ population }: AnswerOptions): Promise<Population | undefined> {
  return population === undefined
    ? Promise.resolve(undefined)
    : readJson(population, zPopulation, 'population document')
}
