export * from './agent-consent.ts'
export * from './challenge-store.ts'
export { credentialFromHeartbeats, type HeartbeatEffects, type UptimeStore } from './credential-from-heartbeats.ts'
export { credentialFromInspection, type InspectedPart } from './credential-from-inspection.ts'
export { credentialFromMeasurement, type Measurement, type MeasurementEffects } from './credential-from-measurement.ts'
export * from './decide-registration.ts'
export * from './device-register.ts'
export {
  type DeviceReleaseJson,
  RELEASE_LIFETIME,
  type SignedRelease,
  zDeviceRelease,
  zSignedRelease,
} from './device-release.ts'
export type { DeviceRequest } from './device-request.ts'
export { findDevices } from './find-devices.ts'
export { type IssueClaimsRequest, issueClaims } from './issue-claims.ts'
export {
  findAnswer,
  type IssuedCredential,
  type IssueRequest,
  type IssuerEffects,
  issueCredential,
  type WithinIssue,
} from './issue-credential.ts'
export {
  type CredentialRequestJson,
  type EvidenceEffects,
  issueFromEvidence,
  zCredentialRequest,
} from './issue-from-evidence.ts'
export {
  createIssuer,
  type Issuer,
  type IssuerSettings,
  type SchemaSettings,
  statusListUrl,
} from './issuer.ts'
export * from './issuer-store.ts'
export * from './messages.ts'
export * from './publish-status-list.ts'
export { type RevocationResult, revokeCredential } from './revoke-credential.ts'
export * from './run-challenge.ts'
export { type CredentialDraft, signCredential } from './sign-credential.ts'
export {
  type StatusListCredentialJson,
  signStatusListCredential,
  zStatusListCredential,
} from './status-list-credential.ts'
