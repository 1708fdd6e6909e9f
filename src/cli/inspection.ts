import {
  checkAgainstCatalogue,
  claimsFromInspection,
  describeMachine,
  type InspectionReport,
  inspectMachine,
  type MachineInspection,
  modelById,
  runCommand,
  schemaOfReport,
  zMachineInspection,
} from '../evidence/index.ts'
import { isAssayError, nameClaims, roundClaims } from '../protocol/index.ts'
import { clock } from './effects.ts'
import { claimLines } from './format.ts'

/** What was found on this machine: a report a GPU, and one about the machine itself. */
export interface MachineReports {
  gpus: InspectionReport[]
  machine: MachineInspection
  /** Why no GPU is reported though a driver is there; else null. */
  notice: string | null
}

/** Looks at this machine. Everything it says is self-reported. */
export async function inspectHere(machineId: string): Promise<MachineReports> {
  const { reports, notice } = await inspectMachine({ run: runCommand, describeMachine, clock, machineId })
  const gpus = reports.filter(({ kind }) => kind === 'gpu')
  const seen = reports.find((report): report is MachineInspection => report.kind === 'machine')
  const machine = seen ?? (await reportMachine(machineId))
  return { gpus, machine, notice }
}

/** The machine around its GPUs: what a challenge on the processor measures. */
async function reportMachine(machineId: string): Promise<MachineInspection> {
  const about = { type: 'inspection/1', kind: 'machine', inspectedAt: clock(), machineId }
  return zMachineInspection.parse({ ...about, ...(await describeMachine()) })
}

/** A report judged by the catalogue, as --json shows it. */
export function judgeReport(report: InspectionReport) {
  const schema = schemaOfReport(report)
  try {
    checkAgainstCatalogue(report)
    const claims = roundClaims(schema, claimsFromInspection(report))
    return { schema, report, catalogue: 'consistent' as const, claims: nameClaims(schema, claims), slots: claims }
  } catch (error) {
    if (!isAssayError(error, 'catalogueContradiction') && !isAssayError(error, 'evidenceRejected')) throw error
    return { schema, report, catalogue: 'contradicted' as const, code: error.code, reason: error.message }
  }
}

export type JudgedReport = ReturnType<typeof judgeReport>

/** A judged report in plain words. */
export function reportLines(judged: JudgedReport): string[] {
  const { report, schema } = judged
  const title = report.kind === 'gpu' ? `GPU: ${report.name}` : `Machine without a GPU of its own: ${report.cpuBrand}`
  if (judged.catalogue === 'contradicted') return [title, `  ✗ ${judged.reason}`]
  const model = modelById(judged.slots[0]!)
  const known =
    report.kind === 'gpu' ? [model ? `catalogue: ${model.name}` : 'catalogue: not a model that it knows'] : []
  return [title, ...[...known, ...claimLines({ schema, claims: judged.slots })].map((line) => `  ${line}`)]
}
