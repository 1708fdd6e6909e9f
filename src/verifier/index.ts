export {
  type Acceptance,
  type AcceptanceOutcome,
  type AcceptanceStore,
  audienceName,
  type IssuedRequest,
} from './acceptance-store.ts'
export { createDapp, type Dapp, type DappOptions } from './create-dapp.ts'
export { createProofRequest, type ProofRequestOptions } from './create-proof-request.ts'
export { type Fetch, fetchRoots, type RootMemory, type RootSource } from './fetch-roots.ts'
export { type KeyToLoad, loadVerificationKey, type VerificationKey } from './load-key.ts'
export { createMemoryStore } from './memory-store.ts'
export { type PairingKey, type ProofPoints, pairingHolds, proofPoints } from './pairing.ts'
export type { VerifierRefusal } from './refusal.ts'
export { signProofRequest } from './sign-proof-request.ts'
export { type VerificationAnswer, zVerificationAnswer } from './verification-answer.ts'
export { DEFAULT_LIMITS, type KnownRoots, type Limits, type Presented, type Verifier } from './verifier.ts'
export { type PresentationInput, type VerificationResult, verifyPresentation } from './verify-presentation.ts'
