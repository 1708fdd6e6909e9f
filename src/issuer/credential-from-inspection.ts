import { claimsFromInspection, deviceOfReport, type InspectionReport, schemaOfReport } from '../evidence/index.ts'
import { checkDeviceRequest, type DeviceRequest, issuable } from './device-request.ts'
import { inspectionNotes } from './evidence-notes.ts'
import { type IssuedCredential, type IssuerEffects, issueCredential } from './issue-credential.ts'

/**
 * Issues what a device's agent reports of it: assurance 1, labelled self-reported. The device register is not asked and
 * learns nothing: anyone can report any device.
 * @throws AssayError `catalogueContradiction`, `evidenceRejected`, and what consent and issuing throw
 */
export async function credentialFromInspection(
  effects: IssuerEffects,
  request: DeviceRequest,
  report: InspectionReport,
): Promise<IssuedCredential> {
  checkDeviceRequest(effects.issuer, request, deviceOfReport(report))
  return issueCredential(effects, {
    ...issuable(request),
    schema: schemaOfReport(report),
    claims: claimsFromInspection(report),
    evidence: inspectionNotes(),
  })
}
