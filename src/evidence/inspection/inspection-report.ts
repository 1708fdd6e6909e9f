import { z } from 'zod'
import { gpuDevice, machineDevice, zGpuUuid, zMachineId } from '../../protocol/device.ts'
import { zSeconds } from '../../protocol/field.ts'

const zLine = z.string().min(1).max(128)
const zWatts = z.number().min(0).max(100_000)

/**
 * One physical GPU as its driver describes it. Null is what the driver does not know ("[N/A]"). `mig` says whether the
 * GPU is divided into slices (Multi-Instance GPU); `computeCapability` is times ten.
 */
export const zGpuInspection = z.strictObject({
  type: z.literal('inspection/1'),
  kind: z.literal('gpu'),
  inspectedAt: zSeconds,
  uuid: zGpuUuid,
  serial: zLine.nullable(),
  name: zLine,
  pciBusId: zLine.nullable(),
  vbiosVersion: zLine.nullable(),
  driverVersion: zLine.nullable(),
  computeCapability: z.int().min(10).max(999).nullable(),
  memoryMiB: z.int().min(1).max(16_777_216).nullable(),
  powerLimitW: zWatts.nullable(),
  powerDrawW: zWatts.nullable(),
  smClockMHz: z.int().min(0).max(100_000).nullable(),
  pcieGeneration: z.int().min(1).max(16).nullable(),
  pcieWidth: z.int().min(1).max(64).nullable(),
  mig: z.enum(['enabled', 'disabled']).nullable(),
})

/** A machine without a GPU that a driver would speak for. Its memory is RAM, and nothing here calls it otherwise. */
export const zMachineInspection = z.strictObject({
  type: z.literal('inspection/1'),
  kind: z.literal('machine'),
  inspectedAt: zSeconds,
  machineId: zMachineId,
  cpuBrand: zLine,
  cores: z.int().min(1).max(65_536),
  ramMiB: z.int().min(1).max(1_073_741_824),
})

/** What an agent says of one device after looking at it: self-reported, assurance 1. */
export const zInspectionReport = z.discriminatedUnion('kind', [zGpuInspection, zMachineInspection])

export type GpuInspection = z.output<typeof zGpuInspection>
export type MachineInspection = z.output<typeof zMachineInspection>
export type InspectionReport = z.output<typeof zInspectionReport>

/** The device that a report is about. */
export function deviceOfReport(report: InspectionReport): bigint {
  return report.kind === 'gpu' ? gpuDevice(report.uuid) : machineDevice(report.machineId)
}
