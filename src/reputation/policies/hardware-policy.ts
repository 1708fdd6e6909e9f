import { z } from 'zod'
import { COMPUTE, claimSchema, HARDWARE } from '../../protocol/claim-schemas.ts'
import { zUint64 } from '../../protocol/field.ts'
import { assertOnGrid, type PolicyJson, zPolicy } from '../../protocol/policy.ts'
import { zProvedRanges } from '../model/ledger.ts'

/**
 * What a holder may propose about a device: an assurance of 2 or 3, and, if it likes, capabilities: `min` of any claim of
 * the schema, and for `model` the permitted values (`anyOf`). No upper bounds: nobody needs to prove being poor, and each
 * bound narrows down who it is.
 */
export const zHardwareProposal = z
  .strictObject({
    schema: z.enum([HARDWARE, COMPUTE]),
    assurance: z.union([z.literal(2), z.literal(3)]).default(2),
    ranges: zProvedRanges.default({}),
  })
  .superRefine(({ schema, ranges }, context) => {
    const names = claimSchema(schema).claims.flatMap((claim) => (claim === null ? [] : [claim.name]))
    for (const [name, range] of Object.entries(ranges)) {
      const refuse = (message: string) => context.addIssue({ code: 'custom', path: ['ranges', name], message })
      if (!names.includes(name) || name === 'assurance') refuse('the schema has no such capability')
      else if (name === 'model' ? !isPermittedList(range) : !isLowerBound(range)) {
        refuse(name === 'model' ? 'must be anyOf, ascending' : 'must be a lower bound above 0')
      }
    }
  })
export type HardwareProposal = z.output<typeof zHardwareProposal>

type Range = z.output<typeof zProvedRanges>[string]

function isLowerBound({ min, max, anyOf }: Range): boolean {
  return min !== undefined && min !== '0' && max === undefined && anyOf === undefined
}

/** One way to write a list, so that one policy has one form. */
function isPermittedList({ min, max, anyOf }: Range): boolean {
  if (min !== undefined || max !== undefined || anyOf === undefined) return false
  const values = anyOf.map((text) => zUint64.parse(text))
  return values.every((value, i) => i === 0 || value > values[i - 1]!)
}

/**
 * The policy behind a capability, and behind the hardware half of an uptime entry.
 * @throws AssayError `policyOffGrid`
 */
export function hardwarePolicy({ schema, assurance, ranges }: HardwareProposal): PolicyJson {
  const policy: PolicyJson = { schema, claims: { ...ranges, assurance: { min: String(assurance) } } }
  assertOnGrid(zPolicy.parse(policy))
  return policy
}
