import { answerRequest, openLedger, presentProposal } from '../client/index.ts'
import { AssayError, audienceField, type ProofRequest, pseudonym } from '../protocol/index.ts'
import { type HolderParts, sessionOf } from './holder-parts.ts'
import { type PresentArgs, type PresentResult, zPresentArgs } from './method-schemas.ts'
import { parseArgs } from './parse-args.ts'
import { type Context, resolveWith } from './service-access.ts'
import { summariseCredential } from './summarise-credential.ts'

/**
 * Answers a dapp's request, or proposes something to the service's ledger and delivers the proof of it.
 * @throws AssayError what the wallet refuses of a request as such (`audienceNotSigned`, `policyOffGrid`, `nowOffStep` …),
 *   `declined` (whether the holder could not or would not answer), and what the ledger refuses
 */
export async function presentFor(parts: HolderParts, args: PresentArgs, context: Context): Promise<PresentResult> {
  const parsed = parseArgs('assayPresent', zPresentArgs, args)
  return 'proposal' in parsed ? presentToLedger(parts, parsed, context) : answerDapp(parts, parsed.request, context)
}

/** The holder's pseudonym for an audience. */
export async function ownPseudonym(
  { wallet }: Pick<HolderParts, 'wallet'>,
  { did, context }: ProofRequest['audience'],
): Promise<string> {
  const { keys } = await wallet.read()
  return String(pseudonym(keys.secret(), audienceField(did, context)))
}

async function presentToLedger(
  parts: HolderParts,
  { proposal, scoreCredential }: Extract<ReturnType<typeof zPresentArgs.parse>, { proposal: unknown }>,
  context: Context,
): Promise<PresentResult> {
  const { prover, approve } = parts
  const ledger = await openLedger(await sessionOf(parts, context), prover)
  const presented = await presentProposal(ledger, proposal, { scoreCredential, approve })
  return {
    pseudonym: presented.pseudonym,
    presentation: presented.presentation,
    score: presented.score,
    ...(presented.scoreCredential && { scoreCredential: summariseCredential(presented.scoreCredential) }),
    ...(presented.credentialRefusal && { scoreCredentialRefusal: presented.credentialRefusal }),
  }
}

async function answerDapp(parts: HolderParts, jwt: string, context: Context): Promise<PresentResult> {
  const { access, wallet, prover, approve, insist, clock, onDeclined } = parts
  const deps = { wallet, registry: access.registry(context), clock, resolveKeys: resolveWith(context), prover }
  const answer = await answerRequest(jwt, { ...deps, approve, insist, tell: () => undefined })
  if (answer.ok)
    return { pseudonym: await ownPseudonym(parts, answer.request.audience), presentation: answer.presentation }
  // the holder hears why; the caller, who may be the dapp, does not
  onDeclined?.(answer.reason, answer.request)
  throw new AssayError('declined')
}
