import {
  type ClaimGrid,
  COMPUTE,
  claimOf,
  claimSchema,
  gridBelow,
  HARDWARE,
  SOURCE_LEVEL,
  SOURCE_WORDS,
  type SourceName,
  sourceName,
  sourceOf,
} from '../protocol/index.ts'
import type { HardwareProposal, ProvedRanges } from '../reputation/index.ts'
import { UsageError } from './exit-codes.ts'

/** What a credential says of a device, and how each claim was obtained. */
export interface StatedHardware {
  schema: string
  claims: readonly bigint[]
  sources: readonly number[]
}

/** That a device was measured, and no more. @throws UsageError for a credential that is about no device */
export function hardwareOf(credential: Pick<StatedHardware, 'schema' | 'sources'>): HardwareProposal {
  const { schema } = credential
  if (schema !== HARDWARE && schema !== COMPUTE) throw new UsageError(`${schema} is about no device`)
  const isAttested = sourceOf(credential, 'gops') === SOURCE_LEVEL.attested
  return { schema, ranges: { gops: { source: isAttested ? 'attested' : 'measured' } } }
}

/** A proved range in words, with how the claim was obtained. */
export function rangeWords(claim: string, { min, anyOf, source }: ProvedRanges[string]): string {
  const bound = min === undefined ? (anyOf ?? []).join(' or ') : `≥ ${min}`
  return `${claim}${bound === '' ? '' : ` ${bound}`} (${SOURCE_WORDS[source]})`
}

/** Capabilities that people look for, proved unless others are named. */
const USUAL = ['vramMiB', 'ramMiB', 'gops']

/**
 * What to prove of a device's hardware: the bounds that were asked for (`claim=value`), else memory and throughput at a
 * coarse value below the true one, because an exact value would be a fingerprint. Each with the source that the credential
 * states.
 */
export function capabilityOf(credential: StatedHardware, asked: readonly string[]): HardwareProposal {
  const { schema, ranges } = hardwareOf(credential)
  const named =
    asked.length > 0 ? Object.fromEntries(asked.map((text) => parseBound(credential, text))) : usualRanges(credential)
  return { schema, ranges: { ...ranges, ...named } }
}

function parseBound(credential: StatedHardware, text: string): [string, { min: string; source: SourceName }] {
  const [, name, value] = /^([A-Za-z0-9]{1,32})=(0|[1-9][0-9]{0,19})$/.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw new UsageError(`--min wants claim=value, as in vramMiB=24576, got ${text}`)
  const level = sourceOf(credential, name)
  if (level === 0) throw new UsageError(`The credential says nothing of ${name}`)
  return [name, { min: value, source: sourceName(level) }]
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
