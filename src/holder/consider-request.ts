import { REPUTATION } from '../protocol/claim-schemas.ts'
import { type AssayError, isAssayError } from '../protocol/errors.ts'
import { failingClaim } from '../protocol/policy.ts'
import type { ProofRequest } from '../protocol/proof-request.ts'
import type { RegistryView } from '../registry/registry-view.ts'
import { type Asked, type Assessment, assessAnswer, tellRefusal } from './budget/assess-answer.ts'
import type { Population } from './budget/population.ts'
import type { Told } from './budget/told.ts'
import { budgetExceeded, budgetWarnings } from './budget-words.ts'
import { assertAcceptable, type Choice, choosePresentation } from './choose-presentation.ts'
import { describeRequest, type RequestDescription } from './describe-request.ts'
import type { HeldCredential } from './read-credential.ts'
import type { Wallet } from './wallet.ts'

export interface ConsiderInput {
  /** From `readProofRequest`. */
  request: ProofRequest
  wallet: Wallet
  view: RegistryView
  /** Seconds. */
  now: number
  /** Answer even where it tells too much. Default false. */
  insist?: boolean
  /** Public figures, which may lower the estimate of how many machines fit. */
  population?: Population | undefined
}

/**
 * What a wallet makes of a request: either it can be answered with `choices`, or it is declined for a `reason`. The reason is
 * the holder's alone to know; the audience hears `declined`. `wallet` remembers what the audience is told by either outcome:
 * save it before anything leaves. `fit` says about how many machines fit all that the audience knows then; a ledger has none.
 */
export type Consideration = { description: RequestDescription; wallet: Wallet } & (
  | { choices: Choice[]; fit?: number | undefined; reason?: never }
  | { reason: AssayError; choices?: never }
)

/**
 * Judges a request by what the wallet holds and by what its audience knows already. The budget belongs to the audience's
 * DID, its contexts together. Where another device can answer within it, that one is chosen. The registry's own ledgers are
 * exempt: their daily rungs exhaust any budget, and what they know is their own to publish or not.
 * @throws AssayError what `assertAcceptable` throws: those refusals tell nothing of the wallet, and may be told
 */
export function considerRequest(input: ConsiderInput): Consideration {
  const { request, wallet, view, now, insist = false } = input
  assertAcceptable(request, { view, now })
  const description = describeRequest(request, { view, credentials: wallet.credentials })
  if (view.trusts(request.audience.did, REPUTATION)) {
    const chosen = tryChoose(input, wallet.credentials)
    return isAssayError(chosen) ? { description, wallet, reason: chosen } : { description, wallet, choices: chosen }
  }
  const { chosen, assessment } = chooseWithinBudget(input)
  if (isAssayError(chosen)) return { description, ...refuse(input, chosen) }
  const described = {
    ...description,
    warnings: [...description.warnings, ...budgetWarnings(input, chosen, assessment!)],
  }
  if (assessment!.exceeds && !insist)
    return { description: described, wallet, reason: budgetExceeded(request, assessment!.fit) }
  return {
    description: described,
    wallet: { ...wallet, told: assessment!.told },
    choices: chosen,
    fit: assessment!.fit,
  }
}

/** The best choice, of devices that stay within the budget where there are any. */
function chooseWithinBudget(input: ConsiderInput): { chosen: Choice[] | AssayError; assessment?: Assessment } {
  const { credentials } = input.wallet
  const first = tryChoose(input, credentials)
  if (isAssayError(first)) return { chosen: first }
  const assessment = assess(input, first)
  if (!assessment.exceeds) return { chosen: first, assessment }
  const used = new Set(first.map(({ credential }) => credential.device))
  for (const device of used) {
    const others = tryChoose(
      input,
      credentials.filter(({ credential }) => credential.device !== device),
    )
    if (isAssayError(others)) continue
    const other = assess(input, others)
    if (!other.exceeds) return { chosen: others, assessment: other }
  }
  return { chosen: first, assessment }
}

function tryChoose(
  { request, view, now }: ConsiderInput,
  credentials: readonly HeldCredential[],
): Choice[] | AssayError {
  try {
    return choosePresentation({ request, credentials, view, now })
  } catch (error) {
    if (isAssayError(error)) return error
    throw error
  }
}

function assess({ request, wallet, population, now }: ConsiderInput, asked: readonly Asked[]): Assessment {
  return assessAnswer({ told: wallet.told, audience: request.audience.did, asked, population, now })
}

/**
 * The wallet after a request that no credential meets. Where a claim's range is missed, the audience knows then that the
 * claim lies outside. A device for which the wallet would have been silent anyway tells nothing; if it would have been for
 * each of them, the budget is the reason.
 */
function refuse(input: ConsiderInput, reason: AssayError): { wallet: Wallet; reason: AssayError } {
  const { request, wallet, now, insist = false } = input
  const failing = reason.code === 'policyNotMet' ? failingByRange(input) : []
  const judged = failing.map((miss) => ({ ...miss, assessment: assess(input, [miss.asked]) }))
  const telling = judged.filter(({ assessment }) => insist || !assessment.exceeds)
  if (telling.length === 0 && judged.length > 0) {
    return { wallet, reason: budgetExceeded(request, Math.min(...judged.map(({ assessment }) => assessment.fit))) }
  }
  const audience = request.audience.did
  const told = telling.reduce<readonly Told[]>(
    (records, miss) => tellRefusal(records, { audience, ...miss }, now),
    wallet.told,
  )
  return { wallet: told === wallet.told ? wallet : { ...wallet, told }, reason }
}

/** The credentials whose values keep a policy from being met, each with the first claim that does. */
function failingByRange({ request, wallet }: ConsiderInput): { asked: Asked; claim: string }[] {
  return request.policies.flatMap((policy) => {
    const current = wallet.credentials.flatMap(({ credential }) => {
      const { schema, expiresAt } = credential
      return schema === policy.schema && expiresAt >= request.now ? [credential] : []
    })
    const judged = current.map((credential) => ({ credential, miss: failingClaim(policy, credential) }))
    if (!request.sameDevice && judged.some(({ miss }) => miss === undefined)) return []
    return judged.flatMap(({ credential, miss }) => {
      return miss?.misses === 'range' ? [{ asked: { policy, credential }, claim: miss.claim }] : []
    })
  })
}
