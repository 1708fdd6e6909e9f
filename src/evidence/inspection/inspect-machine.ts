import type { Clock } from '../../protocol/effects.ts'
import type { MachineDescription } from './describe-machine.ts'
import { type GpuInspection, type InspectionReport, zMachineInspection } from './inspection-report.ts'
import { nvidiaSmiArguments, parseNvidiaSmi } from './parse-nvidia-smi.ts'
import type { RunCommand } from './run-command.ts'

export interface InspectionEffects {
  run: RunCommand
  describeMachine: () => Promise<MachineDescription>
  clock: Clock
  /** The identity that this machine's agent once drew and keeps: 32 hex digits. Used only when there is no GPU. */
  machineId: string
}

export interface Inspection {
  /** One report a GPU; exactly one report, of kind `machine`, where there is none. */
  reports: [InspectionReport, ...InspectionReport[]]
  /** Why no GPU was found although an NVIDIA driver seems to be installed, else null. */
  notice: string | null
}

/**
 * Looks at this machine: its NVIDIA GPUs, or else its processor and RAM. What it returns is self-reported.
 * @throws AssayError `malformed` when nvidia-smi answers something that can't be read.
 */
export async function inspectMachine(effects: InspectionEffects): Promise<Inspection> {
  const { gpus, notice } = await inspectGpus(effects)
  const [first, ...others] = gpus
  if (first !== undefined) return { reports: [first, ...others], notice }
  const machine = zMachineInspection.parse({
    type: 'inspection/1',
    kind: 'machine',
    inspectedAt: effects.clock(),
    machineId: effects.machineId,
    ...(await effects.describeMachine()),
  })
  return { reports: [machine], notice }
}

async function inspectGpus({
  run,
  clock,
}: InspectionEffects): Promise<{ gpus: GpuInspection[]; notice: string | null }> {
  let output: string
  try {
    output = await run('nvidia-smi', nvidiaSmiArguments)
  } catch (error) {
    // No such program: no NVIDIA driver, so nothing to say. Any other failure hides GPUs and is worth a line.
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return { gpus: [], notice: missing ? null : `nvidia-smi failed, so no GPU is reported: ${firstLine(error)}` }
  }
  return { gpus: parseNvidiaSmi(output, clock()), notice: null }
}

function firstLine(error: unknown): string {
  const stdout = error instanceof Error && 'stdout' in error ? String(error.stdout).trim() : ''
  const text = stdout !== '' ? stdout : error instanceof Error ? error.message : String(error)
  return text.split('\n')[0]!.slice(0, 200)
}
