/** The client module: a holder's conversation with a service, and a wallet's answers to dapps. It runs in browsers. */
export * from './answer-request.ts'
export { hardwareOf, type StatedHardware, usualCapability } from './capability.ts'
export * from './change-settings.ts'
export { findMachine, type MachineOptions } from './choose-machine.ts'
export {
  assertTrustedIssuer,
  type CredentialEvidence,
  type CredentialRequest,
  credentialRequestBody,
} from './credential-request.ts'
export * from './enroll-machine.ts'
export * from './events.ts'
export * from './get-score.ts'
export * from './measure-machine.ts'
export { measuredDevices } from './measured-devices.ts'
export * from './obtain-credential.ts'
export * from './present-epochs.ts'
export * from './present-hardware.ts'
export { type PresentedJobs, presentJobs } from './present-jobs.ts'
export * from './present-proposal.ts'
export * from './registry-cache.ts'
export * from './release-machine.ts'
export * from './service-client.ts'
export * from './session.ts'
export { createTransport, originOf, type Transport, type TransportEffects } from './transport.ts'
export { type ProvableEpoch, provableEpoch } from './uptime-credential.ts'
export * from './wallet-keeper.ts'
