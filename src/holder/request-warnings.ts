import { countGridValues } from '../protocol/claim-grid.ts'
import { claimDefinition, claimSchema } from '../protocol/claim-schemas.ts'
import { MAX_UINT64 } from '../protocol/field.ts'
import type { Policy } from '../protocol/policy.ts'
import type { ProofRequest } from '../protocol/proof-request.ts'
import type { RegistryView } from '../registry/registry-view.ts'
import type { HeldCredential } from './read-credential.ts'
import { boundWords } from './value-words.ts'

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

/** What a holder is warned of, whatever the audience knows already. */
export function requestWarnings(
  request: ProofRequest,
  { view, credentials }: { view: Pick<RegistryView, 'trustedIssuers'>; credentials: readonly HeldCredential[] },
): RequestWarning[] {
  const { policies } = request
  return [
    ...alsoIssuer(request, credentials),
    ...tooMany(policies),
    ...policies.flatMap((policy) => policyWarnings(policy, view)),
  ]
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
