import { COMPUTE, claimSchema, HARDWARE } from '../protocol/index.ts'
import type { HardwareProposal } from '../reputation/index.ts'
import { UsageError } from './exit-codes.ts'

/** That a device was measured, and no more. @throws UsageError for a credential that is about no device */
export function hardwareOf({ schema }: { schema: string }): HardwareProposal {
  if (schema !== HARDWARE && schema !== COMPUTE) throw new UsageError(`${schema} is about no device`)
  return { schema, assurance: 2, ranges: {} }
}

/** Capabilities that people look for, proved unless others are named. */
const USUAL = ['vramMiB', 'ramMiB', 'integerMops']

/**
 * What to prove of a device's hardware: the bounds that were asked for (`claim=value`), else memory and throughput at a
 * coarse value below the true one, because an exact value would be a fingerprint.
 */
export function capabilityOf(
  credential: { schema: string; claims: readonly bigint[] },
  asked: readonly string[],
): HardwareProposal {
  const ranges = asked.length > 0 ? Object.fromEntries(asked.map(parseBound)) : usualRanges(credential)
  return { ...hardwareOf(credential), ranges }
}

function parseBound(text: string): [string, { min: string }] {
  const [, name, value] = /^([A-Za-z0-9]{1,32})=(0|[1-9][0-9]{0,19})$/.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw new UsageError(`--min wants claim=value, as in vramMiB=24576, got ${text}`)
  return [name, { min: value }]
}

function usualRanges({ schema, claims }: { schema: string; claims: readonly bigint[] }): HardwareProposal['ranges'] {
  const entries = claimSchema(schema).claims.flatMap((definition, slot) => {
    if (definition === null || !USUAL.includes(definition.name)) return []
    const min = coarse(claims[slot]!, definition.step)
    return min === 0n ? [] : [[definition.name, { min: String(min) }] as const]
  })
  return Object.fromEntries(entries)
}

/** The largest power of two times the grid's step that is not above a value. */
export function coarse(value: bigint, step: bigint): bigint {
  if (value < step) return 0n
  let bound = step
  while (bound * 2n <= value) bound *= 2n
  return bound
}
