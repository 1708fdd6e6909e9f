import { claimDefinition, claimSchema } from '../protocol/claim-schemas.ts'
import { estimateFit } from './budget/estimate-fit.ts'
import type { Population } from './budget/population.ts'
import { partClaim, type Told } from './budget/told.ts'
import type { ValueSet } from './budget/value-set.ts'
import { setWords } from './value-words.ts'
import { machineOf, type Wallet } from './wallet.ts'

/** What an audience knows of one claim. */
export interface ToldClaim {
  claim: string
  label: string
  /** The values that all answers and refusals leave. */
  values: ValueSet
  words: string
}

export interface ToldRecordWords {
  title: string
  /** Which of several credentials: the epoch, or the model, in words; undefined where there is one. */
  part: { claim: string; value: bigint; words: string } | undefined
  claims: ToldClaim[]
}

/** What an audience knows of one device. */
export interface ToldDevice {
  device: bigint
  /** The number of the holder's machine; undefined where the device is a source. */
  machine: number | undefined
  /** About how many machines fit all of it. */
  fit: number
  records: (Omit<Told, 'audience' | 'device' | 'claims' | 'part'> & ToldRecordWords)[]
}

/** What the holder's answers told an audience's DID, under all its contexts together: a device at a time. */
export function describeTold(
  wallet: Wallet,
  { audience, population }: { audience: string; population?: Population | undefined },
): ToldDevice[] {
  const records = wallet.told.filter((record) => record.audience === audience)
  const devices = [...new Set(records.map(({ device }) => device))]
  return devices.map((device) => ({
    device,
    machine: machineOf(wallet, device)?.number,
    fit: estimateFit(records, { audience, device, population }),
    records: records.filter((record) => record.device === device).map(describeRecord),
  }))
}

function describeRecord({ audience: _, device: __, part, ...record }: Told): ToldDevice['records'][number] {
  const claims = Object.entries(record.claims).map(([claim, values]) => {
    const definition = claimDefinition(record.schema, claim)
    return { claim, label: definition.label, values, words: setWords(definition, values) }
  })
  return { ...record, title: claimSchema(record.schema).title, part: partOf(record.schema, part), claims }
}

/** A model or epoch of 0 is none: the claim is unused. */
function partOf(schema: string, value: bigint | undefined): ToldRecordWords['part'] {
  const claim = partClaim(schema)
  if (claim === undefined || value === undefined || value === 0n) return undefined
  return { claim, value, words: `${claimDefinition(schema, claim).label} ${value}` }
}
