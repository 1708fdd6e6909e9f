import { z } from 'zod'
import { AssayError } from './errors.ts'

import { MAX_UINT64, zUint64 } from './field.ts'

/**
 * One of a schema's eight slots. `step` is the grid that issuers round to and policies must lie on; `rounding` never
 * flatters the holder: what is good counts down, what is bad counts up. `exact` values are refused off the grid.
 */
export interface ClaimDefinition {
  name: string
  unit: string
  step: bigint
  rounding: 'down' | 'up' | 'exact'
}

/** Names, units and grids of a schema's claims, in the order of the circuit's slots. An unused slot is null and 0. */
export interface ClaimSchema {
  uri: string
  title: string
  claims: readonly (ClaimDefinition | null)[]
}

const claim = (
  name: string,
  unit: string,
  rounding: ClaimDefinition['rounding'] = 'exact',
  step = 1n,
): ClaimDefinition => ({ name, unit, step, rounding })

const assurance = claim('assurance', 'level: 1 self-reported, 2 measured, 3 attested by the vendor')

export const HARDWARE = 'urn:assay:schema:hardware:1'
export const COMPUTE = 'urn:assay:schema:compute:1'
export const UPTIME = 'urn:assay:schema:uptime:1'
export const REPUTATION = 'urn:assay:schema:reputation:1'
const JOBS_PREFIX = 'urn:assay:schema:jobs:1:'

const fixedSchemas: readonly ClaimSchema[] = [
  {
    uri: HARDWARE,
    title: 'A GPU',
    claims: [
      claim('model', 'catalogue id'),
      claim('vramMiB', 'MiB', 'down', 1024n),
      claim('integerMops', 'million integer multiply-adds per second, times two', 'down', 100n),
      claim('memoryMBps', 'MB/s', 'down', 100n),
      claim('gpuCount', 'GPUs'),
      claim('computeCapability', 'compute capability times ten'),
      claim('powerLimitW', 'W', 'down', 10n),
      assurance,
    ],
  },
  {
    uri: COMPUTE,
    title: 'A machine without a GPU',
    claims: [
      claim('model', 'always 0'),
      claim('ramMiB', 'MiB', 'down', 1024n),
      claim('integerMops', 'million integer multiply-adds per second, times two', 'down', 100n),
      claim('memoryMBps', 'MB/s', 'down', 100n),
      claim('cores', 'cores'),
      null,
      null,
      assurance,
    ],
  },
  {
    uri: UPTIME,
    title: 'How reliably a device stayed up in one epoch',
    claims: [
      claim('epoch', 'epochs since the Unix epoch'),
      claim('upSlots', 'slots', 'down', 10n),
      claim('downSlots', 'slots', 'up', 10n),
      claim('uptimeMicro', 'millionths of the known slots of the epoch', 'down', 100n),
      claim('uptime30Micro', 'millionths of the known slots of the last 30 epochs', 'down', 100n),
      claim('firstEpoch', 'epochs since the Unix epoch'),
      claim('monitors', 'monitors'),
      assurance,
    ],
  },
  {
    uri: REPUTATION,
    title: 'A score under score model 1',
    claims: [
      claim('modelVersion', 'version'),
      claim('score', '0 to 1000', 'down'),
      claim('lower', '0 to 1000', 'down'),
      claim('upper', '0 to 1000', 'up'),
      claim('evidenceHours', 'model hours', 'down', 24n),
      claim('firstEpoch', 'epochs since the Unix epoch'),
      claim('lastEpoch', 'epochs since the Unix epoch'),
      assurance,
    ],
  },
]

const jobsClaims: ClaimSchema['claims'] = [
  claim('epoch', 'weeks since the Unix epoch'),
  claim('completed', 'jobs, cumulative', 'down'),
  claim('failed', 'jobs, cumulative', 'up'),
  claim('disputed', 'jobs, cumulative', 'up'),
  claim('ratingSum', 'stars, cumulative', 'down'),
  claim('ratingCount', 'ratings, cumulative', 'up'),
  claim('firstEpoch', 'weeks since the Unix epoch', 'up'),
  assurance,
]

/** A marketplace's name inside its jobs schema URI. */
export const zMarketplace = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?$/, 'must be a lower-case host name')

/** The jobs schema of one marketplace: a URI of its own, so that sources can be capped though issuers are hidden. */
export function jobsSchema(marketplace: string): string {
  return JOBS_PREFIX + zMarketplace.parse(marketplace)
}

/** The marketplace of a jobs schema URI; undefined for any other URI. */
export function marketplaceOf(uri: string): string | undefined {
  if (!uri.startsWith(JOBS_PREFIX)) return undefined
  return zMarketplace.safeParse(uri.slice(JOBS_PREFIX.length)).data
}

/** The schema of a URI. @throws AssayError `unknownSchema` */
export function claimSchema(uri: string): ClaimSchema {
  const found = fixedSchemas.find((schema) => schema.uri === uri)
  if (found !== undefined) return found
  const marketplace = marketplaceOf(uri)
  if (marketplace === undefined) throw new AssayError('unknownSchema', `${uri} is not a known claim schema`)
  return { uri, title: `Jobs done for ${marketplace}`, claims: jobsClaims }
}

/** The URI of a known claim schema. */
export const zSchemaUri = z.string().refine(
  (uri) => fixedSchemas.some((schema) => schema.uri === uri) || marketplaceOf(uri) !== undefined,
  // checks that look the schema up must not run on an unknown one
  { error: 'must be a known claim schema', abort: true },
)

/** The slot (0–7) of a claim by name. @throws AssayError `malformed` */
export function claimSlot(uri: string, name: string): number {
  const slot = claimSchema(uri).claims.findIndex((definition) => definition?.name === name)
  if (slot < 0) throw new AssayError('malformed', `${uri} has no claim named ${name}`)
  return slot
}

/** Claims by name, as JSON carries them. */
export const zNamedClaims = z.record(z.string().max(32), zUint64)
export type NamedClaims = z.output<typeof zNamedClaims>

/** Names the eight slots; unused slots are left out. */
export function nameClaims(uri: string, claims: readonly bigint[]): Record<string, string> {
  const entries = claimSchema(uri).claims.flatMap((definition, slot) => {
    return definition === null ? [] : [[definition.name, String(claims[slot])] as const]
  })
  return Object.fromEntries(entries)
}

/** The eight slots of named claims. @throws AssayError `malformed` when a claim is missing or unknown. */
export function slotClaims(uri: string, named: NamedClaims): bigint[] {
  const { claims } = claimSchema(uri)
  for (const name of Object.keys(named)) claimSlot(uri, name)
  return claims.map((definition) => {
    if (definition === null) return 0n
    const value = named[definition.name]
    if (value === undefined) throw new AssayError('malformed', `The claim ${definition.name} is missing`)
    return value
  })
}

/**
 * Rounds measured values to the schema's grid, never in the holder's favour.
 * @throws AssayError `malformed` when there are not 8 claims, an exact value is off the grid, or one leaves 64 bits.
 */
export function roundClaims(uri: string, claims: readonly bigint[]): bigint[] {
  const schema = claimSchema(uri)
  if (claims.length !== 8) throw new AssayError('malformed', `A credential has 8 claims, got ${claims.length}`)
  return schema.claims.map((definition, slot) => {
    const value = claims[slot]!
    const rounded = definition === null ? value : round(definition, value)
    const allowed = definition === null ? value === 0n : rounded >= 0n && rounded <= MAX_UINT64
    if (!allowed) throw new AssayError('malformed', `Claim ${definition?.name ?? slot} can't be ${value}`)
    return rounded
  })
}

function round({ name, step, rounding }: ClaimDefinition, value: bigint): bigint {
  const below = value - (value % step)
  if (below === value) return value
  if (rounding === 'exact') throw new AssayError('malformed', `${name} must be a multiple of ${step}, got ${value}`)
  return rounding === 'down' ? below : below + step
}
