import * as z from 'zod'
import { gridAbove, gridBelow } from './claim-grid.ts'
import { type ClaimDefinition, claimSchema, claimSlot } from './claim-schemas.ts'
import { AssayError } from './errors.ts'
import { MAX_UINT64, zUint64 } from './field.ts'
import { SOURCE_LEVEL, type SourceName, sourceName, UNUSED_SOURCE, zSource } from './sources.ts'

/** Eight values and the level of each one's source, in the order of the schema's slots. */
export interface SourcedClaims {
  claims: bigint[]
  sources: number[]
}

/** A value and how it was obtained. */
export interface SourcedValue {
  value: bigint
  source: SourceName
}

/** Claims by name, as JSON carries them. */
export const zNamedClaims = z.record(z.string().max(32), zUint64)
export type NamedClaims = z.output<typeof zNamedClaims>

/** The sources of claims by name; a claim without one is unused, and 0. */
export const zNamedSources = z.record(z.string().max(32), zSource)
export type NamedSources = z.output<typeof zNamedSources>

/** Names the eight values; unused slots are left out. */
export function nameClaims(uri: string, claims: readonly bigint[]): Record<string, string> {
  const entries = claimSchema(uri).claims.flatMap((definition, slot) => {
    return definition === null ? [] : [[definition.name, String(claims[slot])] as const]
  })
  return Object.fromEntries(entries)
}

/** Names the sources of the eight values; claims without one are left out. */
export function nameSources(uri: string, sources: readonly number[]): Record<string, SourceName> {
  const entries = claimSchema(uri).claims.flatMap((definition, slot) => {
    const level = sources[slot]!
    return definition === null || level === UNUSED_SOURCE ? [] : [[definition.name, sourceName(level)] as const]
  })
  return Object.fromEntries(entries)
}

/**
 * The eight slots of named claims and sources, as a credential's document states them.
 * @throws AssayError `malformed` when a claim is missing or unknown, or its source is not one that the schema allows
 */
export function slotClaims(uri: string, named: NamedClaims, namedSources: NamedSources): SourcedClaims {
  for (const name of [...Object.keys(named), ...Object.keys(namedSources)]) claimSlot(uri, name)
  const slots = claimSchema(uri).claims.map((definition) => {
    if (definition === null) return { value: 0n, level: UNUSED_SOURCE }
    const value = named[definition.name]
    if (value === undefined) throw new AssayError('malformed', `The claim ${definition.name} is missing`)
    const source = namedSources[definition.name]
    return { value, level: source === undefined ? UNUSED_SOURCE : SOURCE_LEVEL[source] }
  })
  const sourced = { claims: slots.map(({ value }) => value), sources: slots.map(({ level }) => level) }
  assertSources(uri, sourced)
  return sourced
}

/**
 * The eight slots of values that an issuer states, each with its source. Claims that are left out are unused, and 0.
 * @throws AssayError `malformed` when a claim is unknown, or its source is not one that the schema allows
 */
export function statedClaims(uri: string, stated: Record<string, SourcedValue>): SourcedClaims {
  const claims = Array<bigint>(8).fill(0n)
  const sources = Array<number>(8).fill(UNUSED_SOURCE)
  for (const [name, { value, source }] of Object.entries(stated)) {
    const slot = claimSlot(uri, name)
    claims[slot] = value
    sources[slot] = SOURCE_LEVEL[source]
  }
  assertSources(uri, { claims, sources })
  return { claims, sources }
}

/** @throws AssayError `malformed` unless each source is one that the schema allows, and claims without one are 0 */
export function assertSources(uri: string, { claims, sources }: SourcedClaims): void {
  for (const [slot, definition] of claimSchema(uri).claims.entries()) {
    const [value, level] = [claims[slot]!, sources[slot]!]
    const name = definition?.name ?? `slot ${slot}`
    if (level === UNUSED_SOURCE) {
      if (value !== 0n) throw new AssayError('malformed', `The claim ${name} has a value and no source`)
    } else if (!definition?.sources.includes(sourceName(level))) {
      throw new AssayError('malformed', `The claim ${name} can't be ${sourceName(level)}`, { claim: name })
    }
  }
}

/**
 * Rounds measured values to the schema's grid, never in the holder's favour.
 * @throws AssayError `malformed` when there are not 8 claims, an exact value is off the grid, or one leaves 64 bits
 */
export function roundClaims(uri: string, claims: readonly bigint[]): bigint[] {
  const schema = claimSchema(uri)
  if (claims.length !== 8) throw new AssayError('malformed', `A credential has 8 claims, got ${claims.length}`)
  return schema.claims.map((definition, slot) => {
    const value = claims[slot]!
    const inRange = value >= 0n && value <= MAX_UINT64
    const rounded = inRange && definition !== null ? roundClaim(definition, value) : value
    if (inRange && rounded <= MAX_UINT64 && (definition !== null || value === 0n)) return rounded
    throw new AssayError('malformed', `Claim ${definition?.name ?? slot} can't be ${value}`)
  })
}

function roundClaim({ name, grid, rounding }: ClaimDefinition, value: bigint): bigint {
  const below = gridBelow(grid, value)
  if (below === value) return value
  if (rounding === 'exact') throw new AssayError('malformed', `${name} must lie on its grid, got ${value}`)
  return rounding === 'down' ? below : gridAbove(grid, value)
}

/** A claim of a credential by name. @throws AssayError `malformed` when its schema has no such claim */
export function claimOf({ schema, claims }: { schema: string; claims: readonly bigint[] }, name: string): bigint {
  return claims[claimSlot(schema, name)]!
}

/** The level of a claim's source by name, 0 when the claim is unused. @throws AssayError `malformed` */
export function sourceOf({ schema, sources }: { schema: string; sources: readonly number[] }, name: string): number {
  return sources[claimSlot(schema, name)]!
}
