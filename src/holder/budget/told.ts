import { z } from 'zod'
import { zCanonicalDid } from '../../protocol/canonical-did.ts'
import { claimNames, zSchemaUri } from '../../protocol/claim-schemas.ts'
import { claimOf } from '../../protocol/claims.ts'
import type { Credential } from '../../protocol/credential.ts'
import { zField, zSeconds, zUint64 } from '../../protocol/field.ts'
import { ANY_VALUE, compact, intersect, type ValueSet } from './value-set.ts'

const zRange = z.tuple([zUint64, zUint64]).refine(([min, max]) => min <= max, 'min must not exceed max')

/**
 * What an audience knows of one of the holder's devices by one schema: for each claim, the values that all its answers
 * leave. The contexts of a DID are together here, since it may link them. What is proved of an epoch is about that epoch
 * alone. `declined` counts requests that couldn't be met: their refusal tells, too.
 */
export const zTold = z.strictObject({
  audience: zCanonicalDid,
  schema: zSchemaUri,
  device: zField,
  epoch: zUint64.optional(),
  claims: z.record(z.string().max(32), z.array(zRange).min(1).max(64)),
  answered: z.int().min(0),
  declined: z.int().min(0),
  /** When it was told something last. Seconds. */
  last: zSeconds,
})
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
export function toldJson({ device, epoch, claims, ...rest }: Told): ToldJson {
  const texts = Object.entries(claims).map(([name, ranges]) => {
    return [name, ranges.map(([min, max]): [string, string] => [String(min), String(max)])] as const
  })
  return {
    ...rest,
    device: String(device),
    ...(epoch !== undefined && { epoch: String(epoch) }),
    claims: Object.fromEntries(texts),
  }
}

/**
 * The records with one more telling: each claim's values are the intersection with what was known. Where that is empty,
 * the value has changed since, and what is told now replaces it.
 * @param now seconds
 */
export function tell(told: readonly Told[], telling: Telling, now: number): Told[] {
  const { audience, credential, outcome } = telling
  const key = keyOf(audience, credential)
  const before = told.find((record) => isSame(record, key)) ?? {
    ...key,
    claims: {},
    answered: 0,
    declined: 0,
    last: now,
  }
  const claims = { ...before.claims }
  for (const [name, values] of Object.entries(telling.claims)) {
    const both = intersect(before.claims[name] ?? ANY_VALUE, values)
    const left = compact(both.length === 0 ? values : both, claimOf(credential, name))
    claims[name] = left.map(([min, max]) => [min, max])
  }
  const after = { ...before, claims, [outcome]: before[outcome] + 1, last: now }
  return limit([...told.filter((record) => record !== before), after])
}

/** What an audience knows of a credential's device by its schema; undefined when nothing. */
export function toldOf(told: readonly Told[], audience: string, credential: Credential): Told | undefined {
  const key = keyOf(audience, credential)
  return told.find((record) => isSame(record, key))
}

type Key = Pick<Told, 'audience' | 'schema' | 'device'> & { epoch?: bigint }

function keyOf(audience: string, credential: Credential): Key {
  const { schema, device } = credential
  const key = { audience, schema, device }
  return claimNames(schema).includes('epoch') ? { ...key, epoch: claimOf(credential, 'epoch') } : key
}

function isSame(a: Key | Told, b: Key): boolean {
  return a.audience === b.audience && a.schema === b.schema && a.device === b.device && a.epoch === b.epoch
}

/** A stranger can make up audiences, and be declined under each: those records go first. */
function limit(told: Told[]): Told[] {
  if (told.length <= MAX_TOLD) return told
  const worth = ({ answered, last }: Told) => (answered > 0 ? 2 ** 33 : 0) + last
  const [least] = told.toSorted((a, b) => worth(a) - worth(b))
  return told.filter((record) => record !== least)
}
