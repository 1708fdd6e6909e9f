import * as z from 'zod'
import { AssayError } from './errors.ts'

/**
 * How a claim was obtained, each claim for itself:
 * - `selfReported`: the holder's own software stated it, and nobody checked;
 * - `measured`: by a timed challenge, or observed by monitors;
 * - `attested`: by the hardware's vendor.
 */
export const SOURCE_LEVEL = { selfReported: 1, measured: 2, attested: 3 } as const
export type SourceName = keyof typeof SOURCE_LEVEL

/** The level of a claim that the credential leaves unused. Its value is 0. */
export const UNUSED_SOURCE = 0

const names = Object.keys(SOURCE_LEVEL) as [SourceName, ...SourceName[]]

/** A source as JSON carries it. */
export const zSource = z.enum(names)

/** The highest source that an issuer may claim: what its registry leaf carries. */
export const zSourceCap = z.int().min(SOURCE_LEVEL.selfReported).max(SOURCE_LEVEL.attested)

/** What each source says, in words for people. A self-reported value is never called verified. */
export const SOURCE_WORDS: Record<SourceName, string> = {
  selfReported: 'self-reported, nobody checked it',
  measured: 'measured',
  attested: "attested by the hardware's vendor",
}

/** The name of a source's level (1–3). @throws AssayError `malformed` */
export function sourceName(level: number): SourceName {
  const name = names[level - 1]
  if (name === undefined) throw new AssayError('malformed', `A source has a level from 1 to 3, got ${level}`)
  return name
}

/**
 * Eight source levels as the circuit packs them: two bits a claim, claim 0 in the lowest.
 * @throws RangeError unless there are eight levels from 0 to 3
 */
export function packSources(levels: readonly number[]): bigint {
  const valid = levels.length === 8 && levels.every((level) => Number.isInteger(level) && level >= 0 && level <= 3)
  if (!valid) throw new RangeError(`Eight source levels from 0 to 3 are needed, got ${levels}`)
  return levels.reduceRight((packed, level) => (packed << 2n) | BigInt(level), 0n)
}
