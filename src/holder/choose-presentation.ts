import type { StatusPath, TrustPath } from '../protocol/circuit-inputs.ts'
import { claimSchema, claimSlot } from '../protocol/claim-schemas.ts'
import { sourceOf } from '../protocol/claims.ts'
import type { Credential } from '../protocol/credential.ts'
import { AssayError, isAssayError } from '../protocol/errors.ts'
import { assertOnGrid, failingClaim, type Policy } from '../protocol/policy.ts'
import type { ProofRequest } from '../protocol/proof-request.ts'
import { sourceName, UNUSED_SOURCE } from '../protocol/sources.ts'
import type { RegistryView } from '../registry/registry-view.ts'
import type { HeldCredential } from './read-credential.ts'
import { assertCurrent } from './read-proof-request.ts'
import { trustOfCredential } from './trust-of-credential.ts'

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
 * Refuses a request for what it is, whatever the wallet holds: these refusals tell its audience nothing.
 * @throws AssayError what `assertCurrent` throws, `registryInvalid` (request and view are of different registries),
 *   `policyOffGrid`
 */
export function assertAcceptable(
  request: ProofRequest,
  { view, now }: Pick<ChoosePresentationInput, 'view' | 'now'>,
): void {
  if (request.registry !== view.registryId) {
    const message = `The proof request relies on the registry ${request.registry}, which this wallet does not trust`
    throw new AssayError('registryInvalid', message, { registry: request.registry })
  }
  assertCurrent(request, { now, stepSeconds: view.stepSeconds })
  for (const policy of request.policies) assertOnGrid(policy)
}

/**
 * Chooses a credential for each policy of a request, in its order; of one device where the request says so. Among those
 * that will do, the newest. What can't be proved is refused here, before any proving.
 *
 * Every credential of the wanted schema goes through these checks, and when none passes, the reason given is that of
 * the one that came furthest: `untrustedIssuer`, then `expired`, then `revoked`, then `policyNotMet` (whose
 * `detail.claim` is the first failing claim in the schema's order, and among several credentials the one furthest in it;
 * `detail.misses` is `range` or `source`). With `sameDevice`, the reason is that of the device that answers the most
 * policies.
 * @throws AssayError what `assertAcceptable` throws, `credentialMissing`, `untrustedIssuer`, `expired`, `revoked`,
 *   `policyNotMet`
 */
export function choosePresentation({ request, credentials, view, now }: ChoosePresentationInput): Choice[] {
  assertAcceptable(request, { view, now })
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
  const { issuer, schema, list, statusIndex, expiresAt } = credential
  const refuse = (rank: number, ...parts: ConstructorParameters<typeof AssayError>): Refusal => {
    return { rank, error: new AssayError(...parts) }
  }
  const { title } = claimSchema(schema)
  const trust = tryTrust(credential, view)
  if (isAssayError(trust)) return { rank: 1, error: trust }
  if (expiresAt < now) {
    const message = `The credential “${title}” ends ${now - expiresAt} s before the end of the request's step`
    return refuse(2, 'expired', message, { schema, expiresAt })
  }
  if (view.isRevoked({ issuer, list }, statusIndex)) {
    return refuse(3, 'revoked', `The credential “${title}” is revoked`, { schema })
  }
  const failing = failingClaim(policy, credential)
  if (failing !== undefined) {
    const { claim, misses } = failing
    const message = failingWords(policy, credential, failing)
    return refuse(4 + claimSlot(schema, claim), 'policyNotMet', message, { claim, misses, schema })
  }
  return { policy, credential, trust, status: view.statusPath({ issuer, list }, statusIndex) }
}

function tryTrust(credential: Credential, view: RegistryView): TrustPath | AssayError {
  try {
    return trustOfCredential(credential, view)
  } catch (error) {
    if (isAssayError(error, 'untrustedIssuer')) return error
    throw error
  }
}

function failingWords(
  { claims }: Policy,
  credential: Credential,
  { claim, misses }: { claim: string; misses: 'range' | 'source' },
): string {
  const { title } = claimSchema(credential.schema)
  if (misses === 'range') return `The claim ${claim} of “${title}” lies outside the range that the policy asks for`
  const level = sourceOf(credential, claim)
  const is = level === UNUSED_SOURCE ? 'not stated' : sourceName(level)
  return `The claim ${claim} of “${title}” is ${is}, and the policy asks for ${claims[claim]?.source} at least`
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
