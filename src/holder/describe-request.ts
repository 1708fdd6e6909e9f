import { claimSchema } from '../protocol/claim-schemas.ts'
import type { Policy } from '../protocol/policy.ts'
import type { ProofRequest } from '../protocol/proof-request.ts'
import type { RegistryView } from '../registry/registry-view.ts'
import { isSourceSchema } from './credential-terms.ts'
import type { HeldCredential } from './read-credential.ts'
import { type RequestWarning, requestWarnings } from './request-warnings.ts'
import { boundWords } from './value-words.ts'

/** A proof request in plain words, to be shown before the holder agrees. */
export interface RequestDescription {
  /** Who asks, and for what. */
  asks: string
  /** All that the answer reveals, a sentence each. */
  reveals: string[]
  warnings: RequestWarning[]
}

/** What a description is made of beside the request. */
export interface DescriptionParts {
  view: Pick<RegistryView, 'trustedIssuers'>
  /** The wallet's: an audience that issued one of them is warned of by name. */
  credentials: readonly HeldCredential[]
}

/**
 * Says in plain words who asks and what exactly the answer reveals, and warns of policies that are too narrow, too many,
 * or served by a single issuer (whom the proof then names), of claims that nobody checked, and of an audience that issued
 * one of the wallet's credentials. How much an audience knows altogether, `considerRequest` adds.
 */
export function describeRequest(request: ProofRequest, { view, credentials }: DescriptionParts): RequestDescription {
  const { audience, purpose, policies, replay, sameDevice } = request
  const forContext = audience.context === undefined ? '' : `, under the context “${audience.context}”`
  const reveals = [
    audience.context === undefined
      ? `Your pseudonym for ${audience.did}: the same each time it asks, and linked to none of your others.`
      : `Your pseudonym for ${audience.did} under “${audience.context}”: a fresh one, linked to none of your others.`,
    ...policies.flatMap(policyWords),
  ]
  if (sameDevice && policies.length > 1) reveals.push('That all of this is about one device.')
  if (replay !== undefined) {
    const what = replay.key === 'pseudonym' ? 'Your pseudonym' : 'Each device'
    reveals.push(`${what} is accepted once for this purpose in the period “${replay.period}”.`)
  }
  reveals.push('A session key made for this audience alone, which shows that the answer is yours.')
  reveals.push('Nothing else: a value stays hidden within its range, and its issuer among all that are trusted for it.')
  return {
    asks: `${audience.did} asks${forContext}, for the purpose “${purpose}”.`,
    reveals,
    warnings: requestWarnings(request, { view, credentials }),
  }
}

function policyWords(policy: Policy): string[] {
  const { title } = claimSchema(policy.schema)
  const tag = isSourceSchema(policy.schema)
    ? `“${title}”: a tag of the credential's source, made for this audience.`
    : `“${title}”: a device pseudonym, made for this audience, by which it knows this device again.`
  return [tag, ...Object.keys(policy.claims).map((name) => `“${title}”: ${boundWords(policy, name)}.`)]
}
