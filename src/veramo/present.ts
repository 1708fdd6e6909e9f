import { type Consideration, considerRequest, present, readProofRequest } from '../holder/index.ts'
import { AssayError, audienceField, type ProofRequest, pseudonym } from '../protocol/index.ts'
import type { HolderParts } from './holder-parts.ts'
import { type PresentArgs, type PresentResult, zPresentArgs } from './method-schemas.ts'
import { parseArgs } from './parse-args.ts'
import { presentToLedger } from './present-to-ledger.ts'
import { type Context, resolveWith } from './service-access.ts'

/**
 * Answers a dapp's request, or proposes something to the service's ledger and delivers the proof of it.
 * @throws AssayError what the wallet refuses of a request as such (`audienceNotSigned`, `policyOffGrid`, `nowOffStep` …),
 *   `declined` (whether the holder could not or would not answer), and what the ledger refuses
 */
export async function presentFor(parts: HolderParts, args: PresentArgs, context: Context): Promise<PresentResult> {
  const asked = parseArgs('assayPresent', zPresentArgs, args)
  if ('proposal' in asked) return presentToLedger(parts, asked, context)
  return answerDapp(parts, asked.request, context)
}

/** The holder's pseudonym for an audience. */
export async function ownPseudonym(
  { wallet }: Pick<HolderParts, 'wallet'>,
  { did, context }: ProofRequest['audience'],
): Promise<string> {
  const { keys } = await wallet.read()
  return String(pseudonym(keys.secret(), audienceField(did, context)))
}

async function answerDapp(parts: HolderParts, jwt: string, context: Context): Promise<PresentResult> {
  const { access, wallet: keeper, prover, approve, clock } = parts
  const { view } = await access.registry(context)
  const resolveKeys = resolveWith(context)
  const request = await readProofRequest(jwt, { resolveKeys, now: clock(), stepSeconds: view.stepSeconds })
  const consider = (wallet: Parameters<typeof considerRequest>[0]['wallet'], insist: boolean): Consideration => {
    return considerRequest({ request, wallet, view, now: clock(), insist })
  }
  const first = consider(await keeper.read(), false)
  const insist = await isInsisted(parts, first, request)
  const considered = insist ? consider(await keeper.read(), true) : first
  if (considered.reason !== undefined) {
    await keeper.change((wallet) => consider(wallet, insist).wallet)
    throw decline(parts, considered.reason, request)
  }
  if (!(await approve(considered.description, request))) {
    throw decline(parts, new AssayError('declined', 'The holder did not approve: nothing was revealed'), request)
  }
  const { choices } = considered
  const { keys } = await keeper.read()
  const presentation = await present({ request, choices, keys, ...prover })
  // kept before the answer leaves: what was told is told, whatever happens next
  await keeper.change((wallet) => {
    const again = consider(wallet, insist)
    if (again.reason !== undefined) throw decline(parts, again.reason, request)
    const isSame = again.choices.every(({ credential }, i) => credential.id === choices[i]?.credential.id)
    if (!isSame) throw new AssayError('conflict', 'The wallet changed while this was proved: answer again')
    return again.wallet
  })
  return { pseudonym: await ownPseudonym(parts, request.audience), presentation }
}

async function isInsisted({ insist }: HolderParts, first: Consideration, request: ProofRequest): Promise<boolean> {
  if (first.reason?.code !== 'budgetExceeded' || insist === undefined) return false
  return insist(first.description, request)
}

/** Tells the holder why, and the caller no more than that the request is declined. */
function decline({ onDeclined }: HolderParts, reason: AssayError, request: ProofRequest): AssayError {
  onDeclined?.(reason, request)
  return new AssayError('declined')
}
