import { memberId } from '../../protocol/device.ts'
import { AssayError, isAssayError } from '../../protocol/errors.ts'
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
 * Parses the output of that query, a GPU a line. A line that can't be read becomes a notice about that line, and the others
 * count; of two lines with one UUID the first counts.
 */
export function parseNvidiaSmi(output: string): { gpus: GpuInspection[]; notices: string[] } {
  const gpus: GpuInspection[] = []
  const notices: string[] = []
  const lines = output.split(/\r?\n/).filter((line) => line.trim() !== '')
  if (lines.length === 1 && lines[0]!.trim() === 'No devices were found') return { gpus, notices }
  for (const line of lines) {
    try {
      const gpu = parseLine(line)
      if (gpus.some(({ member }) => member === gpu.member))
        throw new AssayError('malformed', 'the UUID stands there twice')
      gpus.push(gpu)
    } catch (error) {
      if (!isAssayError(error, 'malformed')) throw error
      notices.push(`A line of nvidia-smi can't be read (${error.message}): ${line.trim().slice(0, 120)}`)
    }
  }
  return { gpus, notices }
}

function parseLine(line: string): GpuInspection {
  const values = line.split(',').map((value) => value.trim())
  if (values.length !== 14) {
    throw new AssayError('malformed', `nvidia-smi gave ${values.length} values for a GPU where 14 were asked for`)
  }
  const text = (column: number) => (absent.has(values[column]!) ? null : values[column]!)
  const number = (column: number) => parseNumber(text(column), column)
  const capability = number(6)
  const parsed = zGpuInspection.safeParse({
    member: memberId(text(0) ?? ''),
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
