import * as z from 'zod'
import { COMPUTE, canHaveSource, claimSchema, HARDWARE } from '../../protocol/claim-schemas.ts'
import { zUint64 } from '../../protocol/field.ts'
import { assertOnGrid, type PolicyJson, zPolicy } from '../../protocol/policy.ts'
import { canScore, type ProvedRanges, zProvedRanges } from '../model/ledger.ts'

/**
 * What a holder may propose about a device: the source of its throughput (`gops`), measured or attested, and, if it likes,
 * capabilities: `min` of any claim of the schema, and for `model` the permitted values (`anyOf`), each with its least
 * source. No upper bounds: nobody needs to prove being poor, and each bound narrows down who it is.
 */
export const zHardwareProposal = z
  .strictObject({
    schema: z.enum([HARDWARE, COMPUTE]),
    ranges: zProvedRanges.default(() => ({ gops: { source: 'measured' as const } })),
  })
  .superRefine(({ schema, ranges }, context) => {
    // that somebody measured the hardware is part of every proposal
    if (ranges.gops === undefined) context.addIssue({ code: 'custom', path: ['ranges'], message: 'must name gops' })
    for (const [name, range] of Object.entries(ranges)) {
      const flaw = rangeFlaw(schema, name, range)
      if (flaw !== undefined) context.addIssue({ code: 'custom', path: ['ranges', name], message: flaw })
    }
  })
export type HardwareProposal = z.output<typeof zHardwareProposal>
/** A proposal as JSON carries it. Without `ranges`, it is that the throughput was measured, and no more. */
export type HardwareProposalInput = z.input<typeof zHardwareProposal>

type Range = ProvedRanges[string]

function rangeFlaw(schema: string, name: string, range: Range): string | undefined {
  const definition = claimSchema(schema).claims.find((claim) => claim?.name === name)
  if (!definition) return 'the schema has no such capability'
  if (!canHaveSource(definition, range.source)) return `can only be ${definition.sources.join(' or ')}`
  if (name === 'gops' && !canScore(range.source)) return 'must be measured or attested'
  if (name === 'model') return isPermittedList(range) ? undefined : 'must be anyOf, ascending'
  const mayBeUnbounded = name === 'gops' && range.min === undefined
  return isLowerBound({ ...range, ...(mayBeUnbounded ? { min: '1' } : {}) })
    ? undefined
    : 'must be a lower bound above 0'
}

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
export function hardwarePolicy({ schema, ranges }: HardwareProposal): PolicyJson {
  const policy: PolicyJson = { schema, claims: ranges }
  assertOnGrid(zPolicy.parse(policy))
  return policy
}
