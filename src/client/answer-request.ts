import {
  type Choice,
  type Consideration,
  considerRequest,
  type Population,
  type Prover,
  present,
  type RequestDescription,
  readProofRequest,
  type Wallet,
} from '../holder/index.ts'
import { AssayError } from '../protocol/errors.ts'
import type { PresentationJson } from '../protocol/presentation.ts'
import type { ProofRequest } from '../protocol/proof-request.ts'
import { type Refusal, refusalOf } from '../protocol/refusal.ts'
import type { Session } from './session.ts'

/** Asks the holder about a request, by what it reveals. */
export type AskHolder = (description: RequestDescription, request: ProofRequest) => boolean | Promise<boolean>

/** What answering a dapp takes: no service, but the registry that the wallet trusts. */
export interface AnswerDeps extends Pick<Session, 'wallet' | 'registry' | 'clock' | 'resolveKeys' | 'tell'> {
  prover: Prover
  /** Asked before anything is proved: whether the holder agrees to reveal what the description says. */
  approve: AskHolder
  /** Asked, before `approve`, where an answer would tell its audience too much. Without it, such requests are declined. */
  insist?: AskHolder | undefined
}

/** What a request is answered with. `refusal` is for the dapp; `reason` is for the holder alone. */
export type Answer =
  | { ok: true; request: ProofRequest; presentation: PresentationJson; consideration: Accepted }
  | { ok: false; request: ProofRequest; refusal: Refusal; reason: AssayError }

type Accepted = Extract<Consideration, { choices: Choice[] }>

/**
 * Answers a dapp's signed request. What the dapp learns by the answer, or by the refusal, is in the wallet before this
 * resolves.
 * @param population public figures on machines, which may lower the estimate of how many fit
 * @throws AssayError what the wallet refuses of a request as such (`audienceNotSigned`, `policyOffGrid`, `nowOffStep` …),
 *   `conflict` when the wallet changed while this was proved, and what `approve` throws: then nothing is told
 */
export async function answerRequest(jwt: string, deps: AnswerDeps, population?: Population): Promise<Answer> {
  const { wallet: keeper, registry, clock, resolveKeys, approve, tell } = deps
  const { view } = await registry.current()
  const request = await readProofRequest(jwt, { resolveKeys, now: clock(), stepSeconds: view.stepSeconds })
  const consider = (wallet: Wallet, insist: boolean): Consideration => {
    return considerRequest({ request, wallet, view, now: clock(), insist, population })
  }
  const wallet = await keeper.read()
  const first = consider(wallet, false)
  const insist = await isInsisted(deps, first, request)
  const consideration = insist ? consider(wallet, true) : first
  tell({ kind: 'considered', request, consideration })
  const again = (latest: Wallet) => consider(latest, insist)
  if (consideration.reason !== undefined) {
    // a refusal tells the dapp something, too
    if (consideration.wallet !== wallet) await keeper.change((latest) => again(latest).wallet)
    return { ok: false, request, refusal: refusalOf(request), reason: consideration.reason }
  }
  if (!(await approve(consideration.description, request))) {
    const reason = new AssayError('declined', 'The holder did not agree: nothing was revealed')
    return { ok: false, request, refusal: refusalOf(request), reason }
  }
  return prove(deps, { request, consideration, again })
}

async function prove(
  { wallet, prover, tell }: AnswerDeps,
  {
    request,
    consideration,
    again,
  }: { request: ProofRequest; consideration: Accepted; again: (wallet: Wallet) => Consideration },
): Promise<Answer> {
  const { choices } = consideration
  tell({ kind: 'proving', request })
  const { keys } = await wallet.read()
  const presentation = await present({ request, choices, keys, ...prover })
  let reason: AssayError | undefined
  // stored before the answer leaves: what was told is told, whatever happens next
  await wallet.change((latest) => {
    const now = again(latest)
    reason = now.reason
    if (now.reason !== undefined) return now.wallet
    const isSame = now.choices.every(({ credential }, i) => credential.id === choices[i]?.credential.id)
    if (!isSame) throw new AssayError('conflict', 'The wallet changed while this was proved: answer again')
    return now.wallet
  })
  if (reason !== undefined) return { ok: false, request, refusal: refusalOf(request), reason }
  return { ok: true, request, presentation, consideration }
}

async function isInsisted({ insist }: AnswerDeps, first: Consideration, request: ProofRequest): Promise<boolean> {
  if (first.reason?.code !== 'budgetExceeded' || insist === undefined) return false
  return insist(first.description, request)
}
