import type { Clock } from '../../protocol/effects.ts'
import type { MachineDescription } from './describe-machine.ts'
import { type GpuInspection, type InspectionReport, zInspectionReport } from './inspection-report.ts'
import { nvidiaSmiArguments, parseNvidiaSmi } from './parse-nvidia-smi.ts'
import type { RunCommand } from './run-command.ts'

export interface InspectionEffects {
  run: RunCommand
  describeMachine: () => Promise<MachineDescription>
  clock: Clock
  /** The machine's id, as its holder's phrase gives it: 32 hex digits. */
  machineId: string
}

export interface Inspection {
  report: InspectionReport
  /** What could not be reported, and why: a sentence for each. */
  notices: string[]
}

/** Looks at this machine: its processor and RAM, and its NVIDIA GPUs. What it returns is self-reported. */
export async function inspectMachine(effects: InspectionEffects): Promise<Inspection> {
  const { gpus, notices } = await inspectGpus(effects.run)
  const report = zInspectionReport.parse({
    type: 'inspection/1',
    inspectedAt: effects.clock(),
    machineId: effects.machineId,
    ...(await effects.describeMachine()),
    gpus,
  })
  return { report, notices }
}

/** The GPUs of this machine alone, as an agent tells them in its telemetry. */
export async function inspectGpus(run: RunCommand): Promise<{ gpus: GpuInspection[]; notices: string[] }> {
  let output: string
  try {
    output = await run('nvidia-smi', nvidiaSmiArguments)
  } catch (error) {
    // No such program: no NVIDIA driver, so nothing to say. Any other failure hides GPUs and is worth a line.
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return { gpus: [], notices: missing ? [] : [`nvidia-smi failed, so no GPU is reported: ${firstLine(error)}`] }
  }
  return parseNvidiaSmi(output)
}

function firstLine(error: unknown): string {
  const stdout = error instanceof Error && 'stdout' in error ? String(error.stdout).trim() : ''
  const text = stdout !== '' ? stdout : error instanceof Error ? error.message : String(error)
  return text.split('\n')[0]!.slice(0, 200)
}
