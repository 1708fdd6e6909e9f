import * as z from 'zod'
import { zCanonicalDid } from '../../protocol/canonical-did.ts'
import { claimNames, zSchemaUri } from '../../protocol/claim-schemas.ts'
import { claimOf } from '../../protocol/claims.ts'
import type { Credential } from '../../protocol/credential.ts'
import { zField, zSeconds, zUint64 } from '../../protocol/field.ts'
import { ANY_VALUE, compact, holds, intersect, type ValueSet } from './value-set.ts'

const zRange = z.tuple([zUint64, zUint64]).refine(([min, max]) => min <= max, 'min must not exceed max')

/**
 * What an audience knows of one of the holder's devices by one schema: for each claim, the values that all its answers
 * leave. The contexts of a DID are together here, since it may link them. `part` tells credentials apart that one device has
 * several of: the epoch, or for hardware the model. `declined` counts requests that couldn't be met: their refusal tells,
 * too. Where a value has changed so that it no longer fits, another record begins, and the first one stays: otherwise
 * questions that two credentials answer in turn would empty the memory.
 */
export const zTold = z
  .strictObject({
    audience: zCanonicalDid,
    schema: zSchemaUri,
    device: zField,
    part: zUint64.optional(),
    claims: z.record(z.string().max(32), z.array(zRange).min(1).max(64)),
    answered: z.int().min(0),
    declined: z.int().min(0),
    /** When it was told something last. Seconds. */
    last: zSeconds,
  })
  .refine(
    ({ schema, claims }) => Object.keys(claims).every((name) => claimNames(schema).includes(name)),
    'must be claims of the schema',
  )
export type Told = z.output<typeof zTold>
export type ToldJson = z.input<typeof zTold>

/** More than this a wallet does not remember; what is told last, and answered, stays. */
export const MAX_TOLD = 100_000

/** Something that an audience is about to know of a credential: the values that are left of each claim. */
export interface Telling {
  audience: string
  credential: Credential
  claims: Record<string, ValueSet>
  outcome: 'answered' | 'declined'
}

/** A record as the wallet's file carries it. */
export function toldJson({ device, part, claims, ...rest }: Told): ToldJson {
  const texts = Object.entries(claims).map(([name, ranges]) => {
    return [name, ranges.map(([min, max]): [string, string] => [String(min), String(max)])] as const
  })
  return {
    ...rest,
    device: String(device),
    ...(part !== undefined && { part: String(part) }),
    claims: Object.fromEntries(texts),
  }
}

/**
 * The records with one more telling: each claim's values are the intersection with what was known.
 * @param now seconds
 */
export function tell(told: readonly Told[], telling: Telling, now: number): Told[] {
  const { audience, credential, outcome } = telling
  const known = toldOf(told, audience, credential)
  const before = known ?? { ...keyOf(audience, credential), claims: {}, answered: 0, declined: 0, last: now }
  const claims = { ...before.claims }
  for (const [name, values] of Object.entries(telling.claims)) {
    const both = intersect(before.claims[name] ?? ANY_VALUE, values)
    // empty only where the credential itself does not meet the policy, and the audience knows that already
    const left = compact(both.length === 0 ? values : both, claimOf(credential, name))
    claims[name] = left.map(([min, max]) => [min, max])
  }
  const after = { ...before, claims, [outcome]: before[outcome] + 1, last: now }
  return limit([...told.filter((record) => record !== before), after])
}

/** What an audience knows that is true of a credential; undefined when nothing. */
export function toldOf(told: readonly Told[], audience: string, credential: Credential): Told | undefined {
  const key = keyOf(audience, credential)
  return told.find((record) => isSamePart(record, key) && isTrueOf(record, credential))
}

function isTrueOf({ claims }: Told, credential: Credential): boolean {
  return Object.entries(claims).every(([name, values]) => holds(values, claimOf(credential, name)))
}

export type ToldKey = Pick<Told, 'audience' | 'schema' | 'device' | 'part'>

/** Whether two records are about the same part of the same device. */
export function isSamePart(a: ToldKey, b: ToldKey): boolean {
  return a.audience === b.audience && a.schema === b.schema && a.device === b.device && a.part === b.part
}

/** The claim that tells the credentials of one device and schema apart. */
export function partClaim(schema: string): string | undefined {
  return claimNames(schema).find((name) => name === 'epoch' || name === 'model')
}

function keyOf(audience: string, credential: Credential): ToldKey {
  const { schema, device } = credential
  const part = partClaim(schema)
  return { audience, schema, device, ...(part !== undefined && { part: claimOf(credential, part) }) }
}

/** A stranger can make up audiences, and be declined under each: those records go first. */
function limit(told: Told[]): Told[] {
  if (told.length <= MAX_TOLD) return told
  const worth = ({ answered, last }: Told) => (answered > 0 ? 2 ** 33 : 0) + last
  const [least] = told.toSorted((a, b) => worth(a) - worth(b))
  return told.filter((record) => record !== least)
}
