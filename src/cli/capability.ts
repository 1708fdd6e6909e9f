import { hardwareOf, type StatedHardware, usualCapability } from '../client/index.ts'
import { SOURCE_WORDS, type SourceName, sourceName, sourceOf } from '../protocol/index.ts'
import type { HardwareProposal, ProvedRanges } from '../reputation/index.ts'
import { UsageError } from './exit-codes.ts'

/** A proved range in words, with how the claim was obtained. */
export function provedRangeWords(claim: string, { min, anyOf, source }: ProvedRanges[string]): string {
  const bound = min === undefined ? (anyOf ?? []).join(' or ') : `≥ ${min}`
  return `${claim}${bound === '' ? '' : ` ${bound}`} (${SOURCE_WORDS[source]})`
}

/**
 * What to prove of a device's hardware: the bounds that were asked for (`claim=value`), else the usual ones. Each with the
 * source that the credential states.
 */
export function capabilityOf(credential: StatedHardware, asked: readonly string[]): HardwareProposal {
  if (asked.length === 0) return usualCapability(credential)
  const { schema, ranges } = hardwareOf(credential)
  const named = Object.fromEntries(asked.map((text) => parseBound(credential, text)))
  return { schema, ranges: { ...ranges, ...named } }
}

function parseBound(credential: StatedHardware, text: string): [string, { min: string; source: SourceName }] {
  const [, name, value] = /^([A-Za-z0-9]{1,32})=(0|[1-9][0-9]{0,19})$/.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw new UsageError(`--min wants claim=value, as in vramMiB=24576, got ${text}`)
  const level = sourceOf(credential, name)
  if (level === 0) throw new UsageError(`The credential has no claim about ${name}`)
  return [name, { min: value, source: sourceName(level) }]
}
