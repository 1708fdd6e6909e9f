import { type ClaimGrid, gridBelow } from '../protocol/claim-grid.ts'
import { COMPUTE, claimSchema, HARDWARE } from '../protocol/claim-schemas.ts'
import { claimOf, sourceOf } from '../protocol/claims.ts'
import { AssayError } from '../protocol/errors.ts'
import { SOURCE_LEVEL, sourceName } from '../protocol/sources.ts'
import type { HardwareProposal } from '../reputation/policies/hardware-policy.ts'

/** What a credential says of a device, and how each claim was obtained. */
export interface StatedHardware {
  schema: string
  claims: readonly bigint[]
  sources: readonly number[]
}

/** That a device was measured, and no more. @throws AssayError `evidenceRejected` for a credential that is about no device */
export function hardwareOf(credential: Pick<StatedHardware, 'schema' | 'sources'>): HardwareProposal {
  const { schema } = credential
  if (schema !== HARDWARE && schema !== COMPUTE) {
    throw new AssayError('evidenceRejected', `${schema} is about no device`)
  }
  const isAttested = sourceOf(credential, 'gops') === SOURCE_LEVEL.attested
  return { schema, ranges: { gops: { source: isAttested ? 'attested' : 'measured' } } }
}

/** Capabilities that people look for, proved unless others are named. */
const USUAL = ['vramMiB', 'ramMiB', 'gops']

/**
 * What to prove of a device's hardware unless its holder says otherwise: memory and throughput at a coarse value below the
 * true one, because an exact value would be a fingerprint. Each with the source that the credential states.
 */
export function usualCapability(credential: StatedHardware): HardwareProposal {
  const { schema, ranges } = hardwareOf(credential)
  return { schema, ranges: { ...ranges, ...usualRanges(credential) } }
}

function usualRanges(credential: StatedHardware): HardwareProposal['ranges'] {
  const entries = claimSchema(credential.schema).claims.flatMap((definition) => {
    if (definition === null || !USUAL.includes(definition.name)) return []
    const level = sourceOf(credential, definition.name)
    const min = level === 0 ? 0n : coarse(claimOf(credential, definition.name), definition.grid)
    return min === 0n ? [] : [[definition.name, { min: String(min), source: sourceName(level) }] as const]
  })
  return Object.fromEntries(entries)
}

/** The largest power of two times the grid's step that is not above a value, or what of it lies on the grid. */
export function coarse(value: bigint, grid: ClaimGrid): bigint {
  const step = 'step' in grid ? grid.step : 1n
  if (value < step) return 0n
  let bound = step
  while (bound * 2n <= value) bound *= 2n
  return gridBelow(grid, bound)
}
