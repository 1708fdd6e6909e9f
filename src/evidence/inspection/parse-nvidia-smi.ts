import { AssayError } from '../../protocol/errors.ts'
import { type GpuInspection, zGpuInspection } from './inspection-report.ts'

const fields =
  'uuid,serial,name,pci.bus_id,vbios_version,driver_version,compute_cap,memory.total,power.limit,power.draw,clocks.sm,' +
  'pcie.link.gen.current,pcie.link.width.current,mig.mode.current'

/** The arguments of the one `nvidia-smi` query that an inspection makes. */
export const nvidiaSmiArguments: readonly string[] = [`--query-gpu=${fields}`, '--format=csv,noheader,nounits']

/** What nvidia-smi prints in place of a value that a GPU or driver does not give. */
const absent = new Set([
  '[N/A]',
  'N/A',
  '[Not Supported]',
  '[Unknown Error]',
  '[Insufficient Permissions]',
  '[GPU requires reset]',
])

/**
 * Parses the output of that query, one report a line; a machine without GPUs gives an empty list.
 * @throws AssayError `malformed` when a line does not have the 14 values, or one of them is not what its column holds.
 */
export function parseNvidiaSmi(output: string, inspectedAt: number): GpuInspection[] {
  const lines = output.split(/\r?\n/).filter((line) => line.trim() !== '')
  if (lines.length === 1 && lines[0]!.trim() === 'No devices were found') return []
  return lines.map((line) => parseLine(line, inspectedAt))
}

function parseLine(line: string, inspectedAt: number): GpuInspection {
  const values = line.split(',').map((value) => value.trim())
  if (values.length !== 14) {
    throw new AssayError('malformed', `nvidia-smi gave ${values.length} values for a GPU where 14 were asked for`)
  }
  const text = (column: number) => (absent.has(values[column]!) ? null : values[column]!)
  const number = (column: number) => parseNumber(text(column), column)
  const capability = number(6)
  const parsed = zGpuInspection.safeParse({
    type: 'inspection/1',
    kind: 'gpu',
    inspectedAt,
    uuid: text(0),
    serial: text(1),
    name: text(2),
    pciBusId: text(3),
    vbiosVersion: text(4),
    driverVersion: text(5),
    computeCapability: capability === null ? null : Math.round(capability * 10),
    memoryMiB: number(7),
    powerLimitW: number(8),
    powerDrawW: number(9),
    smClockMHz: number(10),
    pcieGeneration: number(11),
    pcieWidth: number(12),
    mig: text(13)?.toLowerCase() ?? null,
  })
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw new AssayError('malformed', `nvidia-smi gave an unusable ${issue.path.join('.')}: ${issue.message}`)
}

function parseNumber(text: string | null, column: number): number | null {
  if (text === null) return null
  if (/^\d{1,9}(?:\.\d{1,6})?$/.test(text)) return Number(text)
  throw new AssayError('malformed', `nvidia-smi gave "${text}" for ${fields.split(',')[column]}, which is no number`)
}
