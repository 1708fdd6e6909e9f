import { gridAbove, gridBelow } from '../protocol/claim-grid.ts'
import { type ClaimDefinition, claimDefinition, YES_OR_NO } from '../protocol/claim-schemas.ts'
import { MAX_UINT64 } from '../protocol/field.ts'
import type { Policy } from '../protocol/policy.ts'
import { SOURCE_LEVEL, type SourceName } from '../protocol/sources.ts'
import type { ValueSet } from './budget/value-set.ts'

/** Units that a number does not need beside it: its label says what is counted. */
const SILENT_UNIT = /^$|^catalogue id$| since the Unix epoch$/

/** A claim's value with its unit, in plain words. */
export function valueWords({ unit }: Pick<ClaimDefinition, 'unit'>, value: bigint): string {
  if (unit === YES_OR_NO && value <= 1n) return value === 1n ? 'yes' : 'no'
  if (unit === 'millionths') return `${Number(value) / 10_000} %`
  return SILENT_UNIT.test(unit) ? String(value) : `${value} ${unit}`
}

/** A range of a claim's values in plain words; `any value` where it has no bound. */
export function rangeWords(
  definition: Pick<ClaimDefinition, 'unit'>,
  { min, max, anyOf }: Omit<Policy['claims'][string], 'source'>,
): string {
  const say = (value: bigint) => valueWords(definition, value)
  if (definition.unit === YES_OR_NO && anyOf === undefined) {
    if (max === 0n) return say(0n)
    if (min === 1n && (max === undefined || max >= 1n)) return say(1n)
  }
  const low = min !== undefined && min > 0n ? min : undefined
  const high = max !== undefined && max < MAX_UINT64 ? max : undefined
  const parts: string[] = []
  if (low !== undefined && low === high) parts.push(`exactly ${say(low)}`)
  else if (low !== undefined && high !== undefined) parts.push(`between ${say(low)} and ${say(high)}`)
  else if (low !== undefined) parts.push(`at least ${say(low)}`)
  else if (high !== undefined) parts.push(high === 0n ? `exactly ${say(0n)}` : `at most ${say(high)}`)
  if (anyOf !== undefined) parts.push(`one of ${[...new Set(anyOf)].map(say).join(', ')}`)
  return parts.length === 0 ? 'any value' : parts.join(', and ')
}

/** Several ranges in plain words, by the grid values in them. */
export function setWords(definition: Pick<ClaimDefinition, 'unit' | 'grid'>, set: ValueSet): string {
  const { grid } = definition
  const onGrid = set.map(([min, max]) => ({
    min: gridAbove(grid, min),
    max: max === MAX_UINT64 ? max : gridBelow(grid, max),
  }))
  const ranges = onGrid.filter(({ min, max }) => min <= max)
  return ranges.length === 0 ? 'no value' : ranges.map((range) => rangeWords(definition, range)).join(', or ')
}

const words: Record<SourceName, string> = {
  selfReported: 'self-reported',
  measured: 'measured',
  attested: "attested by the hardware's vendor",
}

/** How a claim must have been obtained, at least, in plain words: each way that the schema knows. */
export function leastSourceWords(schema: string, name: string, least: SourceName): string {
  const good = claimDefinition(schema, name).sources.filter((source) => SOURCE_LEVEL[source] >= SOURCE_LEVEL[least])
  return good.map((source) => words[source]).join(' or ')
}

/** A claim's range, and how the claim was obtained at least. */
export function boundWords({ schema, claims }: Policy, name: string): string {
  const { source, ...range } = claims[name]!
  const definition = claimDefinition(schema, name)
  return `${definition.label}: ${rangeWords(definition, range)} (${leastSourceWords(schema, name, source)})`
}
