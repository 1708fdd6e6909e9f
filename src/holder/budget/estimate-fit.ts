import { isSourceSchema } from '../credential-terms.ts'
import { shareOf } from './claim-spread.ts'
import { ASSUMED_MACHINES, countedShare, type Population } from './population.ts'
import { isSamePart, partClaim, type Told } from './told.ts'
import { ANY_VALUE, isWithin } from './value-set.ts'

/**
 * About how many machines of the population still fit all that an audience knows of a device: the number of machines, times
 * the share that each claim's values leave. Claims count as if they did not depend on each other, so the estimate is rather
 * too low than too high. What the audience knows of the holder's score and jobs counts for each of its devices, since one
 * pseudonym holds them together.
 */
export function estimateFit(
  told: readonly Told[],
  { audience, device, population }: { audience: string; device: bigint; population?: Population | undefined },
): number {
  const known = told.filter((record) => {
    return record.audience === audience && (record.device === device || isSourceSchema(record.schema))
  })
  const machines = Math.min(ASSUMED_MACHINES, population?.machines ?? ASSUMED_MACHINES)
  return partsOf(withoutRepeats(known)).reduce((fit, records) => {
    return fit * Math.min(...records.map((record) => shareOfRecord(record, population)))
  }, machines)
}

/** Records of one part of a device are earlier and later states of the same thing: the one that tells most counts. */
function partsOf(records: readonly Told[]): Told[][] {
  const parts: Told[][] = []
  for (const record of records) {
    const part = parts.find(([first]) => isSamePart(first!, record))
    if (part === undefined) parts.push([record])
    else part.push(record)
  }
  return parts
}

/**
 * About how many machines still fit what an audience knows of each device that a telling is about. A score or jobs are about
 * every device that the audience knows.
 */
export function leastFit(
  told: readonly Told[],
  {
    audience,
    devices,
    population,
  }: { audience: string; devices: readonly bigint[]; population?: Population | undefined },
): number {
  const records = told.filter((record) => record.audience === audience)
  const isTag = (device: bigint) =>
    records.some(({ schema, ...record }) => record.device === device && isSourceSchema(schema))
  const affected = devices.some(isTag) ? records.map(({ device }) => device) : devices
  return Math.min(...affected.map((device) => estimateFit(told, { audience, device, population })))
}

function shareOfRecord({ schema, claims }: Told, population: Population | undefined): number {
  return Object.entries(claims).reduce((share, [name, values]) => {
    const counted = population === undefined ? 1 : countedShare(population, schema, name, values)
    return share * Math.min(shareOf(schema, name, values), counted)
  }, 1)
}

/**
 * Good epochs are much alike: one that tells no more than another does of the same device is not counted again. An epoch
 * that tells something else is.
 */
function withoutRepeats(known: readonly Told[]): Told[] {
  return known.filter((record, i) => {
    return !known.some((other, j) => {
      const repeats = i !== j && isRepeat(record, other)
      return repeats && (j < i || !isRepeat(other, record))
    })
  })
}

function isRepeat(record: Told, other: Told): boolean {
  if (partClaim(record.schema) !== 'epoch') return false
  if (record.schema !== other.schema || record.device !== other.device || record.part === other.part) return false
  return Object.entries(record.claims).every(([name, values]) => {
    return name === 'epoch' || isWithin(other.claims[name] ?? ANY_VALUE, values)
  })
}
