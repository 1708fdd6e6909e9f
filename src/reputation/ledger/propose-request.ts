import { AssayError } from '../../protocol/errors.ts'
import { createProofRequest } from '../../verifier/create-proof-request.ts'
import { signProofRequest } from '../../verifier/sign-proof-request.ts'
import { ledgerEpochAt, type Settings, weekOf } from '../model/epochs.ts'
import { joinEpochs } from '../model/roster.ts'
import { type Proposal, proposedRequest } from '../policies/proposal.ts'
import type { LedgerService } from './ledger-service.ts'

/**
 * Signs a proof request for the service's own audience, with a policy of its own list and a fresh nonce, which is kept
 * before it is handed out.
 * @returns the request as a JWT
 * @throws AssayError `policyOffGrid`, `epochOpen`, `joinInvalid`, `unavailable` (the registry)
 */
export async function proposeRequest<Tx>(service: LedgerService<Tx>, proposal: Proposal): Promise<string> {
  const { did, kid, sign, verifier, registry, requestLifetimeSeconds, randomBytes } = service
  const now = verifier.clock()
  assertTimely(service.settings, proposal, now)
  const options = {
    ...proposedRequest(proposal),
    audience: { did },
    circuit: verifier.key.circuit,
    registry,
    ...(requestLifetimeSeconds === undefined ? {} : { lifetimeSeconds: requestLifetimeSeconds }),
  }
  const { stepSeconds } = await verifier.roots()
  const request = createProofRequest(options, { now, stepSeconds, randomBytes })
  await verifier.store.issue(request)
  return signProofRequest(request, { did, sign, ...(kid === undefined ? {} : { keyId: kid }) })
}

/** What the ledger would refuse whoever proves it is refused before anyone spends time on proving. */
function assertTimely(settings: Settings, proposal: Proposal, now: number): void {
  if (proposal.kind === 'jobs' && proposal.jobs.week >= weekOf(ledgerEpochAt(settings, now))) {
    throw new AssayError('epochOpen', 'The week has not closed yet', { week: proposal.jobs.week })
  }
  if (proposal.kind !== 'uptime') return
  const { epoch } = proposal.uptime
  const present = ledgerEpochAt(settings, now)
  if (epoch >= present) throw new AssayError('epochOpen', undefined, { epoch })
  if (proposal.join === undefined) return
  // whether the device would be the pseudonym's first is known only once it presents
  const { earliest } = joinEpochs(present, true)
  const { latest } = joinEpochs(present, false)
  const { joinEpoch } = proposal.join
  if (joinEpoch < earliest || joinEpoch > latest) throw new AssayError('joinInvalid', undefined, { earliest, latest })
}
