import { z } from 'zod'
import { zDid } from './did.ts'
import { toField } from './field.ts'

/** A physical GPU's UUID as its driver prints it, with or without the `GPU-` prefix. */
export const zGpuUuid = z
  .string()
  .regex(/^(?:GPU-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'must be a GPU UUID')

/** The identity of a machine without a GPU, drawn once by its agent and kept: 16 bytes in hex. */
export const zMachineId = z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 lower-case hex digits')

/** The device of a physical GPU. */
export function gpuDevice(uuid: string): bigint {
  return toField(`gpu:${zGpuUuid.parse(uuid).toLowerCase().replace(/^gpu-/, '')}`)
}

/** The device of a machine without a GPU. */
export function machineDevice(id: string): bigint {
  return toField(`machine:${zMachineId.parse(id)}`)
}

/** The device of a job or reputation credential: its source, so that the device pseudonym is a tag of the source. */
export function sourceDevice(issuerDid: string): bigint {
  return toField(`source:${zDid.parse(issuerDid)}`)
}
