import {
  type CredentialWish,
  choosePresentation,
  type EvidenceAnswer,
  forgetExpired,
  present,
  readProofRequest,
  type Wallet,
} from '../holder/index.ts'
import { AssayError, policyHash, zPolicy } from '../protocol/index.ts'
import type { RegistryView } from '../registry/index.ts'
import { type Proposal, proposedRequest } from '../reputation/index.ts'
import { clock, resolveKeys } from './effects.ts'
import type { Prover } from './prover.ts'
import type { Voice } from './run-action.ts'
import type { ServiceAccess } from './service-access.ts'

/** A wallet at work with one service's ledger. */
export interface LedgerSession {
  voice: Voice
  access: ServiceAccess
  view: RegistryView
  prover: Prover
  /** The ledger's audience: the service's DID for its reputation. */
  audience: { did: string }
  wallet: () => Wallet
  /** Takes the wallet's next state, which is kept whatever comes after. */
  keep: (wallet: Wallet) => void
}

export function openLedgerSession(
  parts: Omit<LedgerSession, 'audience' | 'wallet'> & { wallet: Wallet },
): LedgerSession {
  let latest = forgetExpired(parts.wallet, clock())
  parts.keep(latest)
  return {
    ...parts,
    audience: { did: parts.access.description.reputation },
    wallet: () => latest,
    keep: (next) => {
      latest = next
      parts.keep(next)
    },
  }
}

/**
 * Proposes something to the ledger, answers the request that the service signs for it, and delivers the answer. The request
 * must be the one that was proposed: for the ledger's own audience, with the very policies of its list.
 * @throws AssayError what the wallet refuses before proving, and what the ledger refuses after
 */
export async function presentProposal(
  { access, view, prover, audience, wallet, voice }: LedgerSession,
  proposal: Proposal,
  text: string,
  wish?: CredentialWish,
): Promise<EvidenceAnswer> {
  const { keys, credentials } = wallet()
  return voice.progress(text, async () => {
    const jwt = await access.client.proposeRequest(proposal)
    const request = await readProofRequest(jwt, { resolveKeys, now: clock(), stepSeconds: view.stepSeconds })
    if (request.audience.did !== audience.did || request.audience.context !== undefined) {
      throw new AssayError('wrongAudience', "The service signed a request for another audience than its ledger's")
    }
    const proposed = proposedRequest(proposal)
    const wanted = proposed.policies.map((policy) => policyHash(zPolicy.parse(policy)))
    const asked = request.policies.map(policyHash)
    // the purpose says with which epoch a device joins, for good
    if (asked.join() !== wanted.join() || request.purpose !== proposed.purpose) {
      throw new AssayError('policyMismatch', 'The service asks for another proof than the one that was proposed')
    }
    const choices = choosePresentation({ request, credentials, view, now: clock() })
    const presentation = await present({ request, choices, keys, ...prover })
    return access.client.submitEvidence(presentation, keys.sessionKeyFor(audience), wish)
  })
}
