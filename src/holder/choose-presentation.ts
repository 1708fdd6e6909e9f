import type { StatusPath, TrustPath } from '../protocol/circuit-inputs.ts'
import { claimSchema, claimSlot } from '../protocol/claim-schemas.ts'
import type { Credential } from '../protocol/credential.ts'
import { AssayError } from '../protocol/errors.ts'
import { assertOnGrid, failingClaim, type Policy } from '../protocol/policy.ts'
import type { ProofRequest } from '../protocol/proof-request.ts'
import type { RegistryView } from '../registry/registry-view.ts'
import type { HeldCredential } from './read-credential.ts'
import { assertCurrent } from './read-proof-request.ts'

/** A policy, the credential that answers it, and the paths that its proof needs. */
export interface Choice {
  policy: Policy
  credential: Credential
  trust: TrustPath
  status: StatusPath
}

export interface ChoosePresentationInput {
  request: ProofRequest
  credentials: readonly HeldCredential[]
  view: RegistryView
  /** Seconds. */
  now: number
}

/** Why one credential can't answer one policy. A higher rank came further through the checks. */
interface Refusal {
  rank: number
  error: AssayError
}

/**
 * Chooses a credential for each policy of a request, in its order; of one device where the request says so. Among those
 * that will do, the newest. What can't be proved is refused here, before any proving.
 *
 * Every credential of the wanted schema goes through these checks, and when none passes, the reason given is that of
 * the one that came furthest: `untrustedIssuer`, then `expired`, then `revoked`, then `policyNotMet` (whose
 * `detail.claim` is the first failing claim in the schema's order, and among several credentials the one furthest in it).
 * With `sameDevice`, the reason is that of the device that answers the most policies.
 * @throws AssayError `registryInvalid` (request and view are of different registries), `expired`, `clockSkew`,
 *   `policyOffGrid`, `credentialMissing`, `untrustedIssuer`, `revoked`, `policyNotMet`
 */
export function choosePresentation({ request, credentials, view, now }: ChoosePresentationInput): Choice[] {
  assertCurrent(request, now)
  if (request.registry !== view.registryId) {
    const message = `The proof request relies on the registry ${request.registry}, which this wallet does not trust`
    throw new AssayError('registryInvalid', message, { registry: request.registry })
  }
  for (const policy of request.policies) assertOnGrid(policy)
  const held = credentials.map(({ credential }) => credential).sort((a, b) => b.issuedAt - a.issuedAt)
  const attempt = (pool: readonly Credential[]) => {
    return request.policies.map((policy) => choose(policy, pool, view, request.now))
  }
  if (!request.sameDevice) return attempt(held).map(unwrap)
  const devices = [...new Set(held.map(({ device }) => device))]
  const attempts = devices.map((device) => attempt(held.filter((credential) => credential.device === device)))
  return mostAnswered([...attempts, attempt([])]).map(unwrap)
}

function choose(policy: Policy, pool: readonly Credential[], view: RegistryView, now: number): Choice | Refusal {
  const ofSchema = pool.filter(({ schema }) => schema === policy.schema)
  const tried = ofSchema.map((credential) => examine(policy, credential, view, now))
  const fit = tried.find((outcome): outcome is Choice => !isRefusal(outcome))
  if (fit !== undefined) return fit
  return tried.filter(isRefusal).reduce((best, next) => (next.rank > best.rank ? next : best), missing(policy))
}

function examine(policy: Policy, credential: Credential, view: RegistryView, now: number): Choice | Refusal {
  const { issuer, key, schema, list, statusIndex, expiresAt } = credential
  const trust = view.trustPath({ issuer, key, schema, list })
  const refuse = (rank: number, ...parts: ConstructorParameters<typeof AssayError>): Refusal => {
    return { rank, error: new AssayError(...parts) }
  }
  const { title } = claimSchema(schema)
  if (trust === undefined) {
    return refuse(1, 'untrustedIssuer', `The registry does not trust ${issuer} for “${title}”`, { issuer, schema })
  }
  if (credential.claims[7]! > BigInt(trust.assuranceCap)) {
    const message = `The registry trusts ${issuer} for “${title}” up to assurance ${trust.assuranceCap} only`
    return refuse(1, 'untrustedIssuer', message, { issuer, schema })
  }
  if (expiresAt < now) {
    return refuse(2, 'expired', `The credential “${title}” expired ${now - expiresAt} s ago`, { schema, expiresAt })
  }
  if (view.isRevoked({ issuer, list }, statusIndex)) {
    return refuse(3, 'revoked', `The credential “${title}” is revoked`, { schema })
  }
  const claim = failingClaim(policy, credential.claims)
  if (claim !== undefined) {
    const message = `The claim ${claim} of “${title}” lies outside the range that the policy asks for`
    return refuse(4 + claimSlot(schema, claim), 'policyNotMet', message, { claim, schema })
  }
  return { policy, credential, trust, status: view.statusPath({ issuer, list }, statusIndex) }
}

function missing({ schema }: Policy): Refusal {
  const message = `The wallet holds no credential “${claimSchema(schema).title}” that could answer the request`
  return { rank: 0, error: new AssayError('credentialMissing', message, { schema }) }
}

function mostAnswered(attempts: (Choice | Refusal)[][]): (Choice | Refusal)[] {
  const answered = (attempt: (Choice | Refusal)[]) => attempt.filter((outcome) => !isRefusal(outcome)).length
  const progress = (attempt: (Choice | Refusal)[]) => attempt.find(isRefusal)?.rank ?? 0
  return attempts.reduce((best, next) => {
    const gain = answered(next) - answered(best)
    return gain > 0 || (gain === 0 && progress(next) > progress(best)) ? next : best
  })
}

function isRefusal(outcome: Choice | Refusal): outcome is Refusal {
  return 'error' in outcome
}

function unwrap(outcome: Choice | Refusal): Choice {
  if (isRefusal(outcome)) throw outcome.error
  return outcome
}
