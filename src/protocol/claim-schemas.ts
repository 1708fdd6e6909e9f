import * as z from 'zod'
import type { ClaimGrid } from './claim-grid.ts'
import { AssayError } from './errors.ts'
import { SOURCE_LEVEL, type SourceName } from './sources.ts'

/**
 * One of a schema's eight slots. Issuers round to `grid`, and policies must lie on it; `rounding` never flatters the
 * holder: good values count down, bad values count up. `exact` values are refused off the grid. `sources` lists how the
 * claim may be obtained.
 */
export interface ClaimDefinition {
  name: string
  /** What people read. */
  label: string
  unit: string
  grid: ClaimGrid
  rounding: 'down' | 'up' | 'exact'
  sources: readonly SourceName[]
}

/** Names, units, grids and sources of a schema's claims, in the order of the circuit's slots. An unused slot is null and 0. */
export interface ClaimSchema {
  uri: string
  title: string
  claims: readonly (ClaimDefinition | null)[]
}

type Rest = Partial<Pick<ClaimDefinition, 'grid' | 'rounding'>>

const claim =
  (...sources: SourceName[]) =>
  (name: string, label: string, unit: string, { grid = { step: 1n }, rounding = 'exact' }: Rest = {}) => {
    return { name, label, unit, grid, rounding, sources } satisfies ClaimDefinition
  }

const stated = claim('selfReported')
const measured = claim('measured')
const statedOrMeasured = claim('selfReported', 'measured')
const statedOrAttested = claim('selfReported', 'attested')
/** Measured on hardware that the vendor may have attested. */
const throughput = claim('measured', 'attested')
const anySource = claim('selfReported', 'measured', 'attested')

const down = (step: bigint): Rest => ({ grid: { step }, rounding: 'down' })
const up = (step: bigint): Rest => ({ grid: { step }, rounding: 'up' })
/** An absolute step blurs nothing where values reach 4·10⁷. */
const twoDigits: Rest = { grid: { digits: 2 }, rounding: 'down' }

/** The unit of a claim that answers a question: 0 is no, 1 is yes. */
export const YES_OR_NO = '0 no, 1 yes'

export const HARDWARE = 'urn:assay:schema:hardware:1'
export const COMPUTE = 'urn:assay:schema:compute:1'
export const UPTIME = 'urn:assay:schema:uptime:1'
export const REPUTATION = 'urn:assay:schema:reputation:1'
const JOBS_PREFIX = 'urn:assay:schema:jobs:1:'

const fixedSchemas: readonly ClaimSchema[] = [
  {
    uri: HARDWARE,
    title: 'The GPUs of one model in a machine',
    claims: [
      statedOrAttested('model', 'GPU model', 'catalogue id'),
      anySource('vramMiB', 'GPU memory (VRAM) of the smallest', 'MiB', down(1024n)),
      throughput('gops', 'int8 throughput of the slowest', 'GOPS', twoDigits),
      throughput('memoryMBps', 'memory bandwidth of the slowest', 'MB/s', twoDigits),
      anySource('gpuCount', 'number of GPUs', 'GPUs'),
      statedOrAttested('computeCapability', 'compute capability, times ten', ''),
      stated('powerLimitW', 'power limit', 'W', down(10n)),
      statedOrMeasured('hostRamMiB', 'main memory (RAM) of the machine', 'MiB', down(1024n)),
    ],
  },
  {
    uri: COMPUTE,
    title: 'A machine',
    claims: [
      statedOrMeasured('ramMiB', 'main memory (RAM)', 'MiB', down(1024n)),
      measured('gops', 'int8 throughput of the processor', 'GOPS', twoDigits),
      measured('memoryMBps', 'memory bandwidth', 'MB/s', twoDigits),
      stated('cores', 'processor cores', 'cores'),
      stated('diskGiB', 'disk', 'GiB', down(64n)),
      statedOrMeasured('netMbit', 'network bandwidth', 'Mbit/s', down(100n)),
      stated('virtual', 'virtual machine', YES_OR_NO),
      null,
    ],
  },
  {
    uri: UPTIME,
    title: 'How reliably a machine stayed up in one epoch',
    claims: [
      measured('epoch', 'epoch', 'epochs since the Unix epoch'),
      measured('upSlots', 'slots up', 'slots', down(10n)),
      measured('downSlots', 'slots down', 'slots', up(10n)),
      measured('uptimeMicro', 'share of the epoch up', 'millionths', down(100n)),
      measured('uptime30Micro', 'share of the last 30 epochs up', 'millionths', down(100n)),
      measured('firstEpoch', 'first epoch', 'epochs since the Unix epoch', up(1n)),
      measured('monitors', 'number of monitors', 'monitors'),
      measured('inheritedSilence', 'inherited silence', 'epochs'),
    ],
  },
  {
    uri: REPUTATION,
    title: 'A score under score model 1',
    claims: [
      measured('modelVersion', 'version of the score model', ''),
      measured('score', 'score (0 to 1000)', '', down(1n)),
      measured('lower', "score's lower bound (0 to 1000)", '', down(1n)),
      measured('upper', "score's upper bound (0 to 1000)", '', up(1n)),
      measured('evidenceHours', 'hours of evidence', 'model hours', down(24n)),
      measured('firstEpoch', 'first epoch', 'epochs since the Unix epoch', up(1n)),
      measured('lastEpoch', 'last epoch', 'epochs since the Unix epoch', down(1n)),
      measured('attestedShare', 'share of the evidence with attested hardware', '%', down(10n)),
    ],
  },
]

const jobsClaims: ClaimSchema['claims'] = [
  statedOrMeasured('epoch', 'week', 'weeks since the Unix epoch'),
  statedOrMeasured('completed', 'jobs completed', 'jobs', down(1n)),
  statedOrMeasured('failed', 'jobs failed', 'jobs', up(1n)),
  statedOrMeasured('disputed', 'jobs disputed', 'jobs', up(1n)),
  statedOrMeasured('ratingSum', 'stars received', 'stars', down(1n)),
  statedOrMeasured('ratingCount', 'ratings received', 'ratings', up(1n)),
  statedOrMeasured('firstEpoch', 'first week', 'weeks since the Unix epoch', up(1n)),
  statedOrMeasured('distinctUsers', 'distinct users', 'users', down(1n)),
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

/** The slot (0–7) of a claim by name. @throws AssayError `unknownSchema`, `malformed` */
export function claimSlot(uri: string, name: string): number {
  const slot = claimSchema(uri).claims.findIndex((definition) => definition?.name === name)
  if (slot < 0) throw new AssayError('malformed', `${uri} has no claim named ${name}`)
  return slot
}

/** A claim's definition by name. @throws AssayError `unknownSchema`, `malformed` */
export function claimDefinition(uri: string, name: string): ClaimDefinition {
  return claimSchema(uri).claims[claimSlot(uri, name)]!
}

/** The names of a schema's claims, in the order of their slots; unused slots are left out. */
export function claimNames(uri: string): string[] {
  return claimSchema(uri).claims.flatMap((definition) => (definition === null ? [] : [definition.name]))
}

/** The names of all schemas' claims, each once. */
export function everyClaimName(): string[] {
  const definitions = [...fixedSchemas.flatMap(({ claims }) => claims), ...jobsClaims]
  return [...new Set(definitions.flatMap((definition) => (definition === null ? [] : [definition.name])))].sort()
}

/** Whether some claim of the definition can come from at least this source. */
export function canHaveSource({ sources }: Pick<ClaimDefinition, 'sources'>, atLeast: SourceName): boolean {
  return sources.some((source) => SOURCE_LEVEL[source] >= SOURCE_LEVEL[atLeast])
}
