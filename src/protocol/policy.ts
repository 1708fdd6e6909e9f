import { z } from 'zod'
import { claimSchema, claimSlot, zSchemaUri } from './claim-schemas.ts'
import { AssayError } from './errors.ts'
import { MAX_UINT64, toField, zUint64 } from './field.ts'
import { poseidon } from './poseidon.ts'

const zRange = z.strictObject({
  min: zUint64.optional(),
  max: zUint64.optional(),
  anyOf: z.array(zUint64).min(1).max(8).optional(),
})

/**
 * What a verifier asks of one credential, by claim name: `{ schema, claims: { vramMiB: { min: "24576" } } }`. A claim
 * that is not named may have any value. `anyOf` lists 1–8 permitted values and exists for the schema's first claim alone.
 */
export const zPolicy = z
  .strictObject({ schema: zSchemaUri, claims: z.record(z.string().max(32), zRange) })
  .superRefine((policy, context) => {
    const names = claimSchema(policy.schema).claims.map((definition) => definition?.name)
    for (const [name, range] of Object.entries(policy.claims)) {
      const refuse = (message: string) => context.addIssue({ code: 'custom', path: ['claims', name], message })
      if (!names.includes(name)) refuse('the schema has no such claim')
      else if ((range.min ?? 0n) > (range.max ?? MAX_UINT64)) refuse('min must not exceed max')
      if (range.anyOf !== undefined && names[0] !== name) refuse('anyOf is for the first claim of a schema alone')
    }
  })

export type Policy = z.output<typeof zPolicy>
/** A policy as JSON carries it. */
export type PolicyJson = z.input<typeof zPolicy>

/** A policy in the circuit's terms: eight ranges and the permitted values of claim 0 (free: any). */
export interface PolicySlots {
  schema: bigint
  min: bigint[]
  max: bigint[]
  any: bigint[]
  free: 0n | 1n
}

/** The circuit's terms of a policy. Permitted values ascend without repetition; the last fills the eight places. */
export function policySlots(policy: Policy): PolicySlots {
  const min = Array<bigint>(8).fill(0n)
  const max = Array<bigint>(8).fill(MAX_UINT64)
  for (const [name, range] of Object.entries(policy.claims)) {
    const slot = claimSlot(policy.schema, name)
    min[slot] = range.min ?? 0n
    max[slot] = range.max ?? MAX_UINT64
  }
  const permitted = [...new Set(Object.values(policy.claims).flatMap((range) => range.anyOf ?? []))]
  permitted.sort((a, b) => (a < b ? -1 : 1))
  const free = permitted.length === 0
  const any = Array.from({ length: 8 }, (_, i) => (free ? 0n : (permitted[i] ?? permitted.at(-1)!)))
  return { schema: toField(policy.schema), min, max, any, free: free ? 1n : 0n }
}

/** The policy's public signal: tags 5 and 6 chain the ranges; tag 7 closes over permitted values, tag 8 over none. */
export function policyHash(policy: Policy): bigint {
  const { schema, min, max, any, free } = policySlots(policy)
  const ranges = poseidon([6n, poseidon([5n, schema, ...min]), ...max])
  return poseidon([7n + free, ranges, ...any])
}

/** The name of the first claim that lies outside the policy; undefined when the claims meet it. */
export function failingClaim(policy: Policy, claims: readonly bigint[]): string | undefined {
  const { min, max, any, free } = policySlots(policy)
  const slot = claims.findIndex((value, i) => {
    const permitted = i > 0 || free === 1n || any.includes(value)
    return value < min[i]! || value > max[i]! || !permitted
  })
  return slot < 0 ? undefined : (claimSchema(policy.schema).claims[slot]?.name ?? `slot ${slot}`)
}

/**
 * Refuses a policy with a bound off its claim's grid: since credentials are rounded to the grid, such a bound buys the
 * verifier nothing and tempts it to single out exact values.
 * @throws AssayError `policyOffGrid`
 */
export function assertOnGrid(policy: Policy): void {
  for (const [name, range] of Object.entries(policy.claims)) {
    const { step } = claimSchema(policy.schema).claims[claimSlot(policy.schema, name)]!
    for (const bound of [range.min, range.max, ...(range.anyOf ?? [])]) {
      if (bound !== undefined && bound !== MAX_UINT64 && bound % step !== 0n) {
        throw new AssayError('policyOffGrid', `${name} lies on a grid of ${step}, and the policy asks for ${bound}`, {
          claim: name,
        })
      }
    }
  }
}
