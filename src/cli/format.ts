import { claimLabel, claimValue, type HeldCredential } from '../holder/index.ts'
import { claimSchema, nameClaims } from '../protocol/index.ts'

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

/** What assurance levels are called. Level 1 is never called verified. */
const assuranceNames = ['none', 'self-reported', 'measured', 'attested by the vendor']

export function assurance(level: bigint | number): string {
  return `${level}, ${assuranceNames[Number(level)] ?? 'unknown'}`
}

/** A credential as --json shows it: all of it but its signatures. */
export function credentialResult({ credential }: HeldCredential, now: number) {
  const { id, schema, issuer, holder, device, claims, issuedAt, expiresAt } = credential
  return {
    id,
    schema,
    title: claimSchema(schema).title,
    issuer,
    holder,
    device: String(device),
    claims: nameClaims(schema, claims),
    assurance: Number(claims[7]),
    assuranceName: assuranceNames[Number(claims[7])] ?? 'unknown',
    issuedAt,
    expiresAt,
    expired: expiresAt < now,
  }
}

/** A credential's claims in plain words, without those that say nothing here. */
export function claimLines({ schema, claims }: { schema: string; claims: readonly bigint[] }): string[] {
  return claimSchema(schema).claims.flatMap((definition, slot) => {
    const value = claims[slot]!
    if (definition === null || definition.name === 'assurance') return []
    if (
      value === 0n &&
      ['model', 'integerMops', 'memoryMBps', 'computeCapability', 'powerLimitW'].includes(definition.name)
    ) {
      return []
    }
    return [`${claimLabel(definition.name)}: ${claimValue(definition.name, value)}`]
  })
}
