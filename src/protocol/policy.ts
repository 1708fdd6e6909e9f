import * as z from 'zod'
import { isBoundOnGrid } from './claim-grid.ts'
import { canHaveSource, claimDefinition, claimSchema, claimSlot, zSchemaUri } from './claim-schemas.ts'
import type { SourcedClaims } from './claims.ts'
import { AssayError } from './errors.ts'
import { MAX_UINT64, toField, zUint64 } from './field.ts'
import { poseidon } from './poseidon.ts'
import { packSources, SOURCE_LEVEL, type SourceName, UNUSED_SOURCE, zSource } from './sources.ts'

const range = {
  min: zUint64.optional(),
  max: zUint64.optional(),
  anyOf: z.array(zUint64).min(1).max(8).optional(),
}
const zRange = z.strictObject({ ...range, source: zSource })
const zRangeInput = z.strictObject({ ...range, source: zSource.optional() })

type RangeInput = z.output<typeof zRangeInput>

function checkClaims(
  { schema, claims }: { schema: string; claims: Record<string, RangeInput> },
  refine: { addIssue(issue: { code: 'custom'; path: PropertyKey[]; message: string }): void },
): void {
  const definitions = claimSchema(schema).claims
  for (const [name, { min = 0n, max = MAX_UINT64, anyOf, source }] of Object.entries(claims)) {
    const refuse = (message: string) => refine.addIssue({ code: 'custom', path: ['claims', name], message })
    const definition = definitions.find((candidate) => candidate?.name === name)
    if (!definition) refuse('the schema has no such claim')
    else if (min > max) refuse('min must not exceed max')
    else if (!canHaveSource(definition, source ?? DEFAULT_SOURCE)) refuse(sourceAdvice(definition.sources, source))
    if (anyOf !== undefined && definitions[0]?.name !== name) refuse('anyOf is for the first claim of a schema alone')
  }
}

/** A bound on a claim means a claim that somebody measured, unless the verifier says otherwise. */
const DEFAULT_SOURCE: SourceName = 'measured'

function sourceAdvice(sources: readonly SourceName[], asked: SourceName | undefined): string {
  const can = sources.join(' or ')
  return asked === undefined ? `can only be ${can}: say so with source` : `can only be ${can}, never ${asked}`
}

/**
 * What a verifier asks of one credential, by claim name: `{ schema, claims: { vramMiB: { min: "24576", source: "measured" }
 * } }`. `source` is the least source that the claim may have. A claim that is not named may have any value and source.
 * `anyOf` lists 1–8 permitted values and exists for the schema's first claim alone.
 */
export const zPolicy = z
  .strictObject({ schema: zSchemaUri, claims: z.record(z.string().max(32), zRange) })
  .superRefine(checkClaims)

export type Policy = z.output<typeof zPolicy>
/** A policy as JSON carries it. */
export type PolicyJson = z.input<typeof zPolicy>

/** A policy as a verifier writes it: where `source` is left out, the claim must be measured or attested. */
export const zPolicyInput = z
  .strictObject({ schema: zSchemaUri, claims: z.record(z.string().max(32), zRangeInput) })
  .superRefine(checkClaims)
export type PolicyInput = z.input<typeof zPolicyInput>

/**
 * Fills in the sources that a verifier left out. Called once, when the request is made: what is signed and hashed states
 * every source.
 * @throws AssayError `malformed`
 */
export function resolvePolicy(input: PolicyInput): Policy {
  const parsed = zPolicyInput.safeParse(input)
  if (!parsed.success) throw new AssayError('malformed', `The policy is malformed: ${z.prettifyError(parsed.error)}`)
  const { schema, claims } = parsed.data
  const ranges = Object.entries(claims).map(([name, { source, ...bounds }]) => {
    // not a default that is spread: a source that is there and undefined would win over it
    return [name, { ...bounds, source: source ?? DEFAULT_SOURCE }]
  })
  return { schema, claims: Object.fromEntries(ranges) }
}

/** A policy in the circuit's terms: eight ranges, eight least sources, and the permitted values of claim 0 (free: any). */
export interface PolicySlots {
  schema: bigint
  minSources: number[]
  min: bigint[]
  max: bigint[]
  any: bigint[]
  free: 0n | 1n
}

/** The circuit's terms of a policy. Permitted values ascend without repetition; the last fills the eight places. */
export function policySlots(policy: Policy): PolicySlots {
  const minSources = Array<number>(8).fill(UNUSED_SOURCE)
  const min = Array<bigint>(8).fill(0n)
  const max = Array<bigint>(8).fill(MAX_UINT64)
  for (const [name, bounds] of Object.entries(policy.claims)) {
    const slot = claimSlot(policy.schema, name)
    minSources[slot] = SOURCE_LEVEL[bounds.source]
    min[slot] = bounds.min ?? 0n
    max[slot] = bounds.max ?? MAX_UINT64
  }
  const permitted = [...new Set(Object.values(policy.claims).flatMap(({ anyOf }) => anyOf ?? []))]
  permitted.sort((a, b) => (a < b ? -1 : 1))
  const free = permitted.length === 0
  const any = Array.from({ length: 8 }, (_, i) => (free ? 0n : (permitted[i] ?? permitted.at(-1)!)))
  return { schema: toField(policy.schema), minSources, min, max, any, free: free ? 1n : 0n }
}

/**
 * The policy's public signal: tags 5 and 6 chain the sources and ranges; tag 7 closes over permitted values, tag 8 over
 * none.
 */
export function policyHash(policy: Policy): bigint {
  const { schema, minSources, min, max, any, free } = policySlots(policy)
  const lower = poseidon([5n, schema, packSources(minSources), ...min])
  return poseidon([7n + free, poseidon([6n, lower, ...max]), ...any])
}

/** The first claim that does not meet the policy, and what it misses; undefined when all do. */
export function failingClaim(
  policy: Policy,
  { claims, sources }: Readonly<SourcedClaims>,
): { claim: string; misses: 'range' | 'source' } | undefined {
  const { minSources, min, max, any, free } = policySlots(policy)
  for (const [slot, definition] of claimSchema(policy.schema).claims.entries()) {
    const value = claims[slot]!
    const permitted = slot > 0 || free === 1n || any.includes(value)
    const claim = definition?.name ?? `slot ${slot}`
    if (sources[slot]! < minSources[slot]!) return { claim, misses: 'source' }
    if (value < min[slot]! || value > max[slot]! || !permitted) return { claim, misses: 'range' }
  }
  return undefined
}

/**
 * Refuses a policy with a bound off its claim's grid: since credentials are rounded to the grid, such a bound buys the
 * verifier nothing and tempts it to single out exact values.
 * @throws AssayError `policyOffGrid`
 */
export function assertOnGrid(policy: Policy): void {
  for (const [name, { min, max, anyOf = [] }] of Object.entries(policy.claims)) {
    const { grid } = claimDefinition(policy.schema, name)
    for (const bound of [min, max, ...anyOf]) {
      if (bound === undefined || isBoundOnGrid(grid, bound)) continue
      const lies = 'step' in grid ? `on multiples of ${grid.step}` : `on ${grid.digits} significant digits`
      throw new AssayError('policyOffGrid', `${name} lies ${lies}, and the policy asks for ${bound}`, { claim: name })
    }
  }
}
