import * as z from 'zod'
import { type Member, machineDevice, zMachineId, zMemberId, zMembers } from '../../protocol/device.ts'
import { zSeconds } from '../../protocol/field.ts'

const zLine = z.string().min(1).max(128)
const zWatts = z.number().min(0).max(100_000)

/**
 * One GPU of a machine as its driver describes it; `parent` names the card of a MIG slice. Null is what the driver does not
 * know ("[N/A]"). `mig` says whether the GPU is divided into slices; `computeCapability` is times ten.
 */
export const zGpuInspection = z.strictObject({
  member: zMemberId,
  parent: zMemberId.optional(),
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
export type GpuInspection = z.output<typeof zGpuInspection>

/** What an agent says of its machine after looking at it: self-reported. RAM is never a GPU's memory. */
export const zInspectionReport = z
  .strictObject({
    type: z.literal('inspection/1'),
    inspectedAt: zSeconds,
    machineId: zMachineId,
    cpuBrand: zLine,
    cores: z.int().min(1).max(65_536),
    ramMiB: z.int().min(1).max(1_073_741_824),
    diskGiB: z.int().min(0).max(1_073_741_824).nullable(),
    netMbit: z.int().min(0).max(10_000_000).nullable(),
    virtual: z.boolean().nullable(),
    gpus: z.array(zGpuInspection).max(64),
  })
  .superRefine(({ gpus }, refine) => {
    const parsed = zMembers.safeParse(gpus.map(memberOf))
    for (const { message } of parsed.error?.issues ?? []) refine.addIssue({ code: 'custom', path: ['gpus'], message })
  })
export type InspectionReport = z.output<typeof zInspectionReport>

/** The device that a report is about. */
export function deviceOfReport({ machineId }: Pick<InspectionReport, 'machineId'>): bigint {
  return machineDevice(machineId)
}

/** A GPU as a member of its machine. */
export function memberOf({ member, parent }: Pick<GpuInspection, 'member' | 'parent'>): Member {
  return parent === undefined ? { id: member } : { id: member, parent }
}
