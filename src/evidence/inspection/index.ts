export { type CatalogueModel, catalogue } from './catalogue.ts'
export { checkAgainstCatalogue } from './check-against-catalogue.ts'
export { claimsFromInspection, schemaOfReport, withMeasuredThroughput } from './claims-from-inspection.ts'
export { describeMachine, type MachineDescription } from './describe-machine.ts'
export { type Inspection, type InspectionEffects, inspectMachine } from './inspect-machine.ts'
export {
  deviceOfReport,
  type GpuInspection,
  type InspectionReport,
  type MachineInspection,
  zGpuInspection,
  zInspectionReport,
  zMachineInspection,
} from './inspection-report.ts'
export { matchModel, memoryFits, modelById } from './match-model.ts'
export { nvidiaSmiArguments, parseNvidiaSmi } from './parse-nvidia-smi.ts'
export { type RunCommand, runCommand } from './run-command.ts'
