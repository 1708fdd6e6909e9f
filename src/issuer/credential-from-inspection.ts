import {
  computeClaims,
  deviceOfReport,
  type HardwareClaims,
  hardwareClaims,
  type InspectionReport,
} from '../evidence/index.ts'
import { COMPUTE, HARDWARE } from '../protocol/claim-schemas.ts'
import { AssayError } from '../protocol/errors.ts'
import { checkDeviceRequest, type DeviceRequest, issuable } from './device-request.ts'
import { inspectionNotes } from './evidence-notes.ts'
import { type IssuedCredential, type IssuerEffects, issueCredential } from './issue-credential.ts'

/** What is asked of an inspection: the machine itself, or its GPUs of one model (0: of no known one). */
export type InspectedPart = { schema: typeof COMPUTE } | { schema: typeof HARDWARE; model: bigint }

/**
 * Issues what a machine's agent reports: self-reported claims alone, which an operator must allow. The device register is not
 * asked and learns nothing: anyone can report any machine.
 * @throws AssayError `evidenceRejected`, `selfReportedRefused`, and what consent and issuing throw
 */
export async function credentialFromInspection(
  effects: IssuerEffects,
  request: DeviceRequest,
  report: InspectionReport,
  part: InspectedPart,
): Promise<IssuedCredential> {
  checkDeviceRequest(effects.issuer, request, deviceOfReport(report))
  const base = { ...issuable(request), evidence: inspectionNotes() }
  if (part.schema === COMPUTE) {
    return issueCredential(effects, { ...base, schema: COMPUTE, ...computeClaims(report), members: [] })
  }
  const { claims, sources, members } = claimsOfModel(report, part.model)
  return issueCredential(effects, { ...base, schema: HARDWARE, claims, sources, members })
}

/** @throws AssayError `evidenceRejected` when the report has no GPU of that model that can be claimed */
function claimsOfModel(report: InspectionReport, model: bigint): HardwareClaims {
  const found = hardwareClaims(report).find((claims) => claims.model === model)
  if (found !== undefined) return found
  throw new AssayError('evidenceRejected', `The report has no GPU of model ${model} that can be claimed`)
}
