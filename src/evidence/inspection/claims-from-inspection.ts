import { COMPUTE, HARDWARE } from '../../protocol/claim-schemas.ts'
import { type SourcedClaims, type SourcedValue, statedClaims } from '../../protocol/claims.ts'
import { judgeGpus } from './check-against-catalogue.ts'
import type { GpuInspection, InspectionReport } from './inspection-report.ts'
import { matchModel } from './match-model.ts'

/** The claims about the GPUs of one model in a machine, and which members they are about. */
export interface HardwareClaims extends SourcedClaims {
  /** The model's catalogue id; 0 for all that the catalogue does not know. */
  model: bigint
  members: string[]
}

/** A value that the driver states; what it does not tell is left unused. */
const stated = (value: number | null): SourcedValue | undefined =>
  value === null ? undefined : { value: BigInt(Math.floor(value)), source: 'selfReported' }

function claimsOf(schema: string, values: Record<string, SourcedValue | undefined>): SourcedClaims {
  const known = Object.entries(values).filter((entry): entry is [string, SourcedValue] => entry[1] !== undefined)
  return statedClaims(schema, Object.fromEntries(known))
}

/**
 * The claims that an inspection supports about a machine's GPUs, one set a model: all self-reported, and not yet rounded to
 * the schema's grid. Values are those of the weakest member. Cards that can't be claimed are left out (`judgeGpus`).
 */
export function hardwareClaims(report: InspectionReport): HardwareClaims[] {
  const byModel = new Map<number, GpuInspection[]>()
  for (const gpu of judgeGpus(report.gpus).accepted) {
    const id = matchModel(gpu.name, gpu.memoryMiB)?.id ?? 0
    byModel.set(id, [...(byModel.get(id) ?? []), gpu])
  }
  return [...byModel].map(([id, gpus]) => ({
    model: BigInt(id),
    members: gpus.map(({ member }) => member).sort(),
    ...claimsOf(HARDWARE, {
      model: { value: BigInt(id), source: 'selfReported' },
      vramMiB: stated(weakest(gpus, 'memoryMiB')),
      gpuCount: stated(gpus.length),
      computeCapability: stated(weakest(gpus, 'computeCapability')),
      powerLimitW: stated(weakest(gpus, 'powerLimitW')),
      hostRamMiB: stated(report.ramMiB),
    }),
  }))
}

/**
 * The claims about the machine itself, not yet rounded. `mops` is what a timed challenge proved, in million operations a
 * second: a lower bound of what answered for the machine's agent key. Everything else is self-reported.
 */
export function computeClaims(report: InspectionReport, mops?: number): SourcedClaims {
  const { ramMiB, cores, diskGiB, netMbit, virtual } = report
  return claimsOf(COMPUTE, {
    ramMiB: stated(ramMiB),
    gops: mops === undefined ? undefined : { value: BigInt(Math.floor(mops / 1000)), source: 'measured' },
    cores: stated(cores),
    diskGiB: stated(diskGiB),
    netMbit: stated(netMbit),
    virtual: stated(virtual === null ? null : Number(virtual)),
  })
}

/** The smallest value of a kind; null when a driver does not tell one of them. */
function weakest(
  gpus: readonly GpuInspection[],
  value: 'memoryMiB' | 'computeCapability' | 'powerLimitW',
): number | null {
  const values = gpus.map((gpu) => gpu[value])
  return values.includes(null) ? null : Math.min(...(values as number[]))
}
