import {
  choosePresentation,
  describeRequest,
  fixJoin,
  type HeldCredential,
  type Join,
  present,
  readProofRequest,
  settle,
  sourceTerms,
  type Wallet,
} from '../holder/index.ts'
import { REPUTATION, UPTIME } from '../protocol/claim-schemas.ts'
import { audienceField } from '../protocol/did.ts'
import { AssayError, isAssayError } from '../protocol/errors.ts'
import { pseudonym } from '../protocol/hashes.ts'
import { policyHash, zPolicy } from '../protocol/policy.ts'
import type { PresentationJson } from '../protocol/presentation.ts'
import type { ProofRequest } from '../protocol/proof-request.ts'
import type { EvidenceAnswer } from '../reputation/ledger/messages.ts'
import { verifyScoreSummary } from '../reputation/ledger/score-summary.ts'
import { type Proposal, proposedRequest } from '../reputation/policies/proposal.ts'
import type { AskHolder } from './answer-request.ts'
import { acceptCredential } from './obtain-credential.ts'
import type { LedgerSession } from './session.ts'

export interface PresentOptions {
  /** Ask for the score as a credential. Default false. */
  scoreCredential?: boolean | undefined
  /** Asked before anything is proved. Default: what the holder proposes itself is agreed to. */
  approve?: AskHolder
}

/** What the ledger answered, checked. */
export interface PresentedProposal extends Pick<EvidenceAnswer, 'score' | 'credentialRefusal'> {
  pseudonym: string
  presentation: PresentationJson
  /** The score as a credential, where it was asked for. The wallet has it. */
  scoreCredential?: HeldCredential
}

/**
 * Proposes something to the ledger, answers the request that the service signs for it, and delivers the answer. The request
 * must be the one that was proposed, for the ledger's own audience. A device's join, and the epoch that it proved, are
 * remembered in the wallet. The ledger has no budget. Where the root was superseded while the proof was made, the registry is
 * fetched and the proof is made again, once.
 * @throws AssayError what the wallet refuses before proving, `declined`, and what the ledger refuses after
 */
export async function presentProposal(
  session: LedgerSession,
  proposal: Proposal,
  options: PresentOptions = {},
): Promise<PresentedProposal> {
  try {
    return await presentOnce(session, proposal, options)
  } catch (error) {
    if (!isAssayError(error, 'rootSuperseded')) throw error
    await session.registry.fetch()
    return presentOnce(session, proposal, options)
  }
}

async function presentOnce(
  session: LedgerSession,
  proposal: Proposal,
  { scoreCredential = false, approve }: PresentOptions,
): Promise<PresentedProposal> {
  const { client, registry, wallet: keeper, audience, prover, clock, resolveKeys, tell } = session
  const { view } = await registry.current()
  const jwt = await client.proposeRequest(proposal)
  const request = await readProofRequest(jwt, { resolveKeys, now: clock(), stepSeconds: view.stepSeconds })
  assertAsProposed(request, proposal, audience)
  const wallet = await keeper.read()
  const { keys, credentials } = wallet
  const choices = choosePresentation({ request, credentials, view, now: clock() })
  const remember = rememberUptime(proposal, { audience, device: String(choices[0]!.credential.device) })
  // another join than the wallet remembers is refused before anything is proved
  remember(wallet)
  if (approve !== undefined && !(await approve(describeRequest(request, { view, credentials }), request))) {
    throw new AssayError('declined', 'The holder did not agree: nothing was revealed')
  }
  tell({ kind: 'proving', request })
  const presentation = await present({ request, choices, keys, ...prover })
  const { holder, binding } = sourceTerms(keys, audience.did)
  const wish = scoreCredential ? { holder, binding: String(binding) } : undefined
  const answer = await client.submitEvidence(presentation, keys.sessionKeyFor(audience), wish)
  await keeper.change(remember)
  const accepted = await checkAnswer(session, answer, wallet)
  return { ...accepted, presentation }
}

/** What the service signed must be what was proposed; the purpose too, which says with which epoch a device joins for good. */
function assertAsProposed(request: ProofRequest, proposal: Proposal, audience: { did: string }): void {
  if (request.audience.did !== audience.did || request.audience.context !== undefined) {
    throw new AssayError('wrongAudience', "The service signed a request for another audience than its ledger's")
  }
  const { purpose, policies } = proposedRequest(proposal)
  const proposed = policies.map((policy) => policyHash(zPolicy.parse(policy)))
  if (request.policies.map(policyHash).join() === proposed.join() && request.purpose === purpose) return
  throw new AssayError('policyMismatch', 'The service asks for another proof than the one that was proposed')
}

/** The wallet that remembers that an epoch was presented, and how the device joined with it. */
function rememberUptime(
  proposal: Proposal,
  { audience, device }: { audience: { did: string }; device: string },
): (wallet: Wallet) => Wallet {
  if (proposal.kind !== 'uptime') return (wallet) => wallet
  const { join, uptime } = proposal
  const settled = { audience, schema: UPTIME, device, epoch: uptime.epoch, outcome: 'presented' as const }
  const joined: Join | undefined = join && {
    ...{ audience, device, joinEpoch: join.joinEpoch },
    inheritedSilence: join.inheritedSilence ?? 0,
  }
  return (wallet) => settle(joined === undefined ? wallet : fixJoin(wallet, joined), settled)
}

/** Checks the signed score, and accepts the credential where there is one. */
async function checkAnswer(
  session: LedgerSession,
  { score, credential, credentialRefusal, pseudonym: named }: EvidenceAnswer,
  { keys }: Wallet,
): Promise<Omit<PresentedProposal, 'presentation'>> {
  const { audience, resolveKeys } = session
  const { did } = audience
  const own = String(pseudonym(keys.secret(), audienceField(did)))
  await verifyScoreSummary(score, { signer: did, resolveKeys })
  if (named !== own || score.pseudonym !== own) {
    throw new AssayError('signatureInvalid', 'The service answered with the score of another pseudonym')
  }
  return {
    pseudonym: own,
    score,
    ...(credentialRefusal && { credentialRefusal }),
    ...(credential !== undefined && {
      scoreCredential: await acceptCredential(session, { jwt: credential, issuer: did, schema: REPUTATION }),
    }),
  }
}
