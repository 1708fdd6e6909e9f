import {
  acceptCredential,
  type Choice,
  choosePresentation,
  describeRequest,
  fixFirstEpoch,
  present,
  readProofRequest,
  settle,
  sourceTerms,
  type Wallet,
} from '../holder/index.ts'
import {
  AssayError,
  audienceField,
  type PresentationJson,
  type ProofRequest,
  policyHash,
  pseudonym,
  REPUTATION,
  UPTIME,
  zPolicy,
} from '../protocol/index.ts'
import type { RegistryView } from '../registry/index.ts'
import { type Proposal, proposedRequest, verifyScoreSummary, zSignedScoreSummary } from '../reputation/index.ts'
import type { HolderParts } from './holder-parts.ts'
import { type PresentArgs, type PresentResult, zPresentArgs } from './method-schemas.ts'
import { parseArgs } from './parse-args.ts'
import { type Context, reputationOf, resolveWith } from './service-access.ts'
import { takeCredential } from './take-credential.ts'

/**
 * Answers a dapp's request, or proposes something to the service's ledger and delivers the proof of it.
 * @throws AssayError what the wallet refuses before proving (`audienceNotSigned`, `policyNotMet`, `revoked` …),
 *   `unauthorized` (not approved), and what the ledger refuses
 */
export async function presentFor(parts: HolderParts, args: PresentArgs, context: Context): Promise<PresentResult> {
  const asked = parseArgs('assayPresent', zPresentArgs, args)
  if ('proposal' in asked) return presentToLedger(parts, asked, context)
  const request = await readRequest(parts, asked.request, context)
  const presentation = await approveAndProve(parts, request, await choose(parts, request, context))
  return { pseudonym: await ownPseudonym(parts, request.audience), presentation }
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
  { proposal, scoreCredential }: { proposal: Proposal; scoreCredential?: boolean | undefined },
  context: Context,
): Promise<PresentResult> {
  const { access, wallet: keeper } = parts
  const audience = { did: await reputationOf(access, context) }
  const request = await readRequest(parts, await access.client.proposeRequest(proposal), context)
  assertAsProposed(request, proposal, audience.did)
  const chosen = await choose(parts, request, context)
  const { device } = chosen.choices[0]!.credential
  const stateFirstEpoch = (wallet: Wallet): Wallet =>
    proposal.kind === 'uptime' ? fixFirstEpoch(wallet, audience, device, proposal.uptime.firstEpoch) : wallet
  // refuses before proving; kept before it is sent, since what was stated is stated for good
  stateFirstEpoch(await keeper.read())
  const presentation = await approveAndProve(parts, request, chosen)
  await keeper.change(stateFirstEpoch)
  const { keys } = await keeper.read()
  const { holder, binding } = sourceTerms(keys, audience.did)
  const wish = scoreCredential ? { holder, binding: String(binding) } : undefined
  const answered = await access.client.submitEvidence(presentation, keys.sessionKeyFor(audience), wish)
  if (proposal.kind === 'uptime') {
    const settled = { audience, schema: UPTIME, device: String(device), epoch: proposal.uptime.epoch }
    await keeper.change((wallet) => settle(wallet, { ...settled, outcome: 'presented' }))
  }
  const resolveKeys = resolveWith(context)
  await verifyScoreSummary(answered.score, { signer: audience.did, resolveKeys })
  const result: PresentResult = {
    pseudonym: answered.pseudonym,
    presentation,
    score: zSignedScoreSummary.parse(answered.score),
    ...(answered.credentialRefusal && { scoreCredentialRefusal: answered.credentialRefusal }),
  }
  if (answered.credential === undefined) return result
  const { view } = await access.freshRegistry(context)
  const wanted = { issuer: audience.did, schema: REPUTATION }
  const held = await acceptCredential(answered.credential, wanted, { keys, view, resolveKeys })
  return { ...result, scoreCredential: await takeCredential(held, keeper) }
}

function readRequest({ clock }: HolderParts, jwt: string, context: Context): Promise<ProofRequest> {
  return readProofRequest(jwt, { resolveKeys: resolveWith(context), now: clock() })
}

interface Chosen {
  choices: Choice[]
  view: RegistryView
}

/** What can't be proved is refused here, before anyone is asked to approve. */
async function choose(
  { access, wallet, clock }: HolderParts,
  request: ProofRequest,
  context: Context,
): Promise<Chosen> {
  const { view } = await access.registry(context)
  const { credentials } = await wallet.read()
  return { choices: choosePresentation({ request, credentials, view, now: clock() }), view }
}

async function approveAndProve(
  { wallet, prover, approve }: HolderParts,
  request: ProofRequest,
  { choices, view }: Chosen,
): Promise<PresentationJson> {
  if (!(await approve(describeRequest(request, view), request))) {
    throw new AssayError('unauthorized', 'The holder did not approve: nothing was revealed')
  }
  const { keys } = await wallet.read()
  return present({ request, choices, keys, ...prover })
}

/** The ledger may ask for nothing but what was proposed to it. */
function assertAsProposed(request: ProofRequest, proposal: Proposal, reputation: string): void {
  if (request.audience.did !== reputation || request.audience.context !== undefined) {
    throw new AssayError('wrongAudience', "The service signed a request for another audience than its ledger's")
  }
  const wanted = proposedRequest(proposal).policies.map((policy) => policyHash(zPolicy.parse(policy)))
  if (request.policies.map(policyHash).join() !== wanted.join()) {
    throw new AssayError('policyMismatch', 'The service asks for another proof than the one that was proposed')
  }
}
