import { type HeldCredential, valueWords } from '../holder/index.ts'
import {
  type Credential,
  claimSchema,
  nameClaims,
  nameSources,
  SOURCE_WORDS,
  sourceName,
  UNUSED_SOURCE,
} from '../protocol/index.ts'

/** A DID, pseudonym or hash short enough for a line; --json has it whole. */
export function short(text: string): string {
  return text.length <= 28 ? text : `${text.slice(0, 18)}…${text.slice(-6)}`
}

/** Seconds since the Unix epoch as a date and time in UTC. */
export function moment(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('T', ' ').slice(0, 19)
}

/** A span of seconds in the largest unit that says it. */
export function span(seconds: number): string {
  const units: [number, string][] = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
  ]
  const [size, unit] = units.find(([length]) => seconds >= 2 * length) ?? [1, 's']
  return `${Math.round(seconds / size)} ${unit}`
}

/** A share in millionths as a percentage. */
export function percent(micro: number): string {
  return `${micro / 10_000} %`
}

/** A credential as --json shows it: all of it but its signatures. */
export function credentialResult({ credential }: Pick<HeldCredential, 'credential'>, now: number) {
  const { id, schema, issuer, holder, device, claims, sources, issuedAt, expiresAt } = credential
  return {
    id,
    schema,
    title: claimSchema(schema).title,
    issuer,
    holder,
    device: String(device),
    claims: nameClaims(schema, claims),
    sources: nameSources(schema, sources),
    issuedAt,
    expiresAt,
    expired: expiresAt < now,
  }
}

/** A credential's claims in plain words, each with how it was obtained; unused ones are left out. */
export function claimLines({ schema, claims, sources }: Pick<Credential, 'schema' | 'claims' | 'sources'>): string[] {
  return claimSchema(schema).claims.flatMap((definition, slot) => {
    const level = sources[slot]!
    if (definition === null || level === UNUSED_SOURCE) return []
    return [`${definition.label}: ${valueWords(definition, claims[slot]!)} (${SOURCE_WORDS[sourceName(level)]})`]
  })
}
