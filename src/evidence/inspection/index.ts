export { type CatalogueModel, catalogue } from './catalogue.ts'
export { checkAgainstCatalogue, judgeGpus, type RejectedGpu } from './check-against-catalogue.ts'
export { computeClaims, type HardwareClaims, hardwareClaims } from './claims-from-inspection.ts'
export { describeMachine, type MachineDescription } from './describe-machine.ts'
export { type Inspection, type InspectionEffects, inspectGpus, inspectMachine } from './inspect-machine.ts'
export {
  deviceOfReport,
  type GpuInspection,
  type InspectionReport,
  memberOf,
  zGpuInspection,
  zInspectionReport,
} from './inspection-report.ts'
export { matchModel, memoryFits, modelById } from './match-model.ts'
export { nvidiaSmiArguments, parseNvidiaSmi } from './parse-nvidia-smi.ts'
export { type RunCommand, runCommand } from './run-command.ts'
