import {
  acceptCredential,
  choosePresentation,
  describeRequest,
  fixJoin,
  type Join,
  present,
  readProofRequest,
  settle,
  sourceTerms,
} from '../holder/index.ts'
import { AssayError, type ProofRequest, policyHash, REPUTATION, UPTIME, zPolicy } from '../protocol/index.ts'
import { type Proposal, proposedRequest, verifyScoreSummary, zSignedScoreSummary } from '../reputation/index.ts'
import type { HolderParts } from './holder-parts.ts'
import type { PresentResult } from './method-schemas.ts'
import { type Context, reputationOf, resolveWith } from './service-access.ts'
import { takeCredential } from './take-credential.ts'

/**
 * Proposes something to the service's ledger and delivers the proof of it. The ledger has no budget; it may ask for nothing
 * but what was proposed to it.
 * @throws AssayError what the wallet refuses before proving, `declined` (not approved), and what the ledger refuses
 */
export async function presentToLedger(
  parts: HolderParts,
  { proposal, scoreCredential }: { proposal: Proposal; scoreCredential?: boolean | undefined },
  context: Context,
): Promise<PresentResult> {
  const { access, wallet: keeper, prover, approve, clock } = parts
  const resolveKeys = resolveWith(context)
  const audience = { did: await reputationOf(access, context) }
  const { view } = await access.registry(context)
  const jwt = await access.client.proposeRequest(proposal)
  const request = await readProofRequest(jwt, { resolveKeys, now: clock(), stepSeconds: view.stepSeconds })
  assertAsProposed(request, proposal, audience.did)
  const wallet = await keeper.read()
  const { keys, credentials } = wallet
  const choices = choosePresentation({ request, credentials, view, now: clock() })
  const device = String(choices[0]!.credential.device)
  const join = joinOfProposal(proposal, audience, device)
  // refuses another join than the wallet remembers before anything is proved
  if (join !== undefined) fixJoin(wallet, join)
  if (!(await approve(describeRequest(request, { view, credentials }), request))) {
    throw new AssayError('declined', 'The holder did not approve: nothing was revealed')
  }
  const presentation = await present({ request, choices, keys, ...prover })
  const { holder, binding } = sourceTerms(keys, audience.did)
  const wish = scoreCredential ? { holder, binding: String(binding) } : undefined
  const answered = await access.client.submitEvidence(presentation, keys.sessionKeyFor(audience), wish)
  if (proposal.kind === 'uptime') {
    const settled = { audience, schema: UPTIME, device, epoch: proposal.uptime.epoch, outcome: 'presented' as const }
    await keeper.change((latest) => settle(join === undefined ? latest : fixJoin(latest, join), settled))
  }
  await verifyScoreSummary(answered.score, { signer: audience.did, resolveKeys })
  const result: PresentResult = {
    pseudonym: answered.pseudonym,
    presentation,
    score: zSignedScoreSummary.parse(answered.score),
    ...(answered.credentialRefusal && { scoreCredentialRefusal: answered.credentialRefusal }),
  }
  if (answered.credential === undefined) return result
  const fresh = await access.freshRegistry(context)
  const wanted = { issuer: audience.did, schema: REPUTATION }
  const held = await acceptCredential(answered.credential, wanted, { keys, view: fresh.view, resolveKeys })
  return { ...result, scoreCredential: await takeCredential(held, keeper) }
}

/** How a device joins with an uptime, where the proposal says so. */
function joinOfProposal(proposal: Proposal, audience: { did: string }, device: string): Join | undefined {
  if (proposal.kind !== 'uptime' || proposal.join === undefined) return undefined
  const { joinEpoch, inheritedSilence = 0 } = proposal.join
  return { audience, device, joinEpoch, inheritedSilence }
}

/** The purpose is held against the proposal too: it says with which epoch a device joins, for good. */
function assertAsProposed(request: ProofRequest, proposal: Proposal, reputation: string): void {
  if (request.audience.did !== reputation || request.audience.context !== undefined) {
    throw new AssayError('wrongAudience', "The service signed a request for another audience than its ledger's")
  }
  const proposed = proposedRequest(proposal)
  const wanted = proposed.policies.map((policy) => policyHash(zPolicy.parse(policy)))
  if (request.policies.map(policyHash).join() !== wanted.join() || request.purpose !== proposed.purpose) {
    throw new AssayError('policyMismatch', 'The service asks for another proof than the one that was proposed')
  }
}
