import {
  computeClaims,
  describeMachine,
  hardwareClaims,
  type Inspection,
  type InspectionReport,
  inspectMachine,
  judgeGpus,
  modelById,
  runCommand,
} from '../evidence/index.ts'
import { COMPUTE, HARDWARE, nameClaims, nameSources, roundClaims, type SourcedClaims } from '../protocol/index.ts'
import { clock } from './effects.ts'
import { claimLines } from './format.ts'

/** Looks at this machine. Everything it says is self-reported. */
export function inspectHere(machineId: string): Promise<Inspection> {
  return inspectMachine({ run: runCommand, describeMachine, clock, machineId })
}

/** What a report supports, as --json shows it: the claims about the GPUs of each model, and those about the machine. */
export function judgeReport(report: InspectionReport) {
  const { rejected } = judgeGpus(report.gpus)
  return {
    hardware: hardwareClaims(report).map((claims) => ({ members: claims.members, ...named(HARDWARE, claims) })),
    compute: named(COMPUTE, computeClaims(report)),
    rejected: rejected.map(({ gpu, error }) => ({ member: gpu.member, code: error.code, reason: error.message })),
  }
}

/** A report in plain words. */
export function reportLines(report: InspectionReport): string[] {
  const gpus = hardwareClaims(report).flatMap((claims) => {
    const { model, members } = claims
    const known = modelById(model)?.name ?? 'a model that the catalogue does not know'
    return [`${members.length} GPU${members.length === 1 ? '' : 's'}: ${known}`, ...indented(HARDWARE, claims)]
  })
  const rejected = judgeGpus(report.gpus).rejected.map(({ error }) => `✗ ${error.message}`)
  return [...gpus, ...rejected, `Machine: ${report.cpuBrand}`, ...indented(COMPUTE, computeClaims(report))]
}

function named(schema: string, { claims, sources }: SourcedClaims) {
  const rounded = roundClaims(schema, claims)
  return { schema, claims: nameClaims(schema, rounded), sources: nameSources(schema, [...sources]) }
}

function indented(schema: string, { claims, sources }: SourcedClaims): string[] {
  const rounded = { schema, claims: roundClaims(schema, claims), sources: [...sources] }
  return claimLines(rounded).map((line) => `  ${line}`)
}
