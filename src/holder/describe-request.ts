import { countGridValues } from '../protocol/claim-grid.ts'
import { claimDefinition, claimSchema } from '../protocol/claim-schemas.ts'
import { MAX_UINT64 } from '../protocol/field.ts'
import type { Policy } from '../protocol/policy.ts'
import type { ProofRequest } from '../protocol/proof-request.ts'
import type { RegistryView } from '../registry/registry-view.ts'
import { isSourceSchema } from './credential-terms.ts'
import type { HeldCredential } from './read-credential.ts'
import { leastSourceWords, rangeWords } from './value-words.ts'

export type WarningCode =
  | 'tooNarrow'
  | 'tooMany'
  | 'singleIssuer'
  | 'noIssuer'
  | 'selfReported'
  | 'alsoIssuer'
  | 'fewMachines'

export interface RequestWarning {
  code: WarningCode
  message: string
}

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

/** More bounded claims than this in one policy single a device out, however wide each range is. */
const MANY_CLAIMS = 4
/** More policies than this in one request do the same. */
const MANY_POLICIES = 2
/** A range of no more grid values than this tells nearly the value itself. */
export const FEW_VALUES = 2n

/** Claims that are alike for everyone, or of few values: pinning one of them singles nobody out. */
export const commonClaims: ReadonlySet<string> = new Set([
  'epoch',
  'modelVersion',
  'monitors',
  'gpuCount',
  'virtual',
  'inheritedSilence',
])

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
    warnings: [
      ...alsoIssuer(request, credentials),
      ...tooMany(policies),
      ...policies.flatMap((policy) => policyWarnings(policy, view)),
    ],
  }
}

function policyWords(policy: Policy): string[] {
  const { title } = claimSchema(policy.schema)
  const tag = isSourceSchema(policy.schema)
    ? `“${title}”: a tag of the credential's source, made for this audience.`
    : `“${title}”: a device pseudonym, made for this audience, by which it knows this device again.`
  return [tag, ...Object.keys(policy.claims).map((name) => `“${title}”: ${boundWords(policy, name)}.`)]
}

/** A claim's range, and how the claim was obtained at least. */
function boundWords({ schema, claims }: Policy, name: string): string {
  const { source, ...range } = claims[name]!
  const definition = claimDefinition(schema, name)
  return `${definition.label}: ${rangeWords(definition, range)} (${leastSourceWords(schema, name, source)})`
}

/** The pseudonym for an issuer's own DID, without context, is the subject that it wrote into the credential. */
function alsoIssuer({ audience }: ProofRequest, credentials: readonly HeldCredential[]): RequestWarning[] {
  const issued = credentials.filter(({ credential }) => credential.issuer === audience.did)
  const titles = [...new Set(issued.map(({ credential }) => `“${claimSchema(credential.schema).title}”`))]
  if (titles.length === 0) return []
  const knows =
    audience.context === undefined
      ? 'your pseudonym for it is the subject of that credential, so it knows whose answer this is'
      : 'it knows exact values of yours, and may recognize them in your answer'
  const message = `${audience.did} issued you ${titles.join(', ')}: ${knows}.`
  return [{ code: 'alsoIssuer', message }]
}

function tooMany(policies: readonly Policy[]): RequestWarning[] {
  const warnings: RequestWarning[] = []
  if (policies.length > MANY_POLICIES) {
    const message = `${policies.length} policies at once: together they may describe few devices besides yours.`
    warnings.push({ code: 'tooMany', message })
  }
  for (const { schema, claims } of policies) {
    const bounded = Object.entries(claims).filter(([name, range]) => !commonClaims.has(name) && isBounded(range)).length
    if (bounded <= MANY_CLAIMS) continue
    const message = `“${claimSchema(schema).title}”: ${bounded} claims at once may describe few devices besides yours.`
    warnings.push({ code: 'tooMany', message })
  }
  return warnings
}

function policyWarnings(policy: Policy, view: Pick<RegistryView, 'trustedIssuers'>): RequestWarning[] {
  const { schema, claims } = policy
  const { title } = claimSchema(schema)
  const warnings: RequestWarning[] = []
  for (const [name, range] of Object.entries(claims)) {
    if (range.source === 'selfReported') {
      const message = `“${title}”: ${boundWords(policy, name)}. Nobody need have checked it: the answer does not show that it is true.`
      warnings.push({ code: 'selfReported', message })
    }
    if (commonClaims.has(name) || valuesAllowed(schema, name, range) > FEW_VALUES) continue
    const message = `“${title}”: ${boundWords(policy, name)}. So narrow a range tells nearly your exact value.`
    warnings.push({ code: 'tooNarrow', message })
  }
  const issuers = view.trustedIssuers(schema)
  if (issuers === 0)
    warnings.push({ code: 'noIssuer', message: `“${title}”: no issuer is trusted for it, so no answer exists.` })
  if (issuers === 1) {
    const message = `“${title}”: one issuer alone is trusted for it, so the proof tells who issued your credential.`
    warnings.push({ code: 'singleIssuer', message })
  }
  return warnings
}

function isBounded({ min, max, anyOf }: Policy['claims'][string]): boolean {
  return (min ?? 0n) > 0n || (max ?? MAX_UINT64) < MAX_UINT64 || anyOf !== undefined
}

/** How many values on the claim's grid a range leaves. */
function valuesAllowed(
  schema: string,
  name: string,
  { min = 0n, max = MAX_UINT64, anyOf }: Policy['claims'][string],
): bigint {
  if (anyOf !== undefined) return BigInt(new Set(anyOf.filter((value) => value >= min && value <= max)).size)
  return countGridValues(claimDefinition(schema, name).grid, min, max)
}
