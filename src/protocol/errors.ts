/**
 * Every refusal and failure that Assay reports has a stable code from this catalogue: the same one in the library,
 * over REST (problem details), in the CLI's JSON and on chain. A code is never renamed; its sentence may improve.
 */
export const errorCodes = {
  // input
  malformed: 'The input does not have the required shape.',
  unknownSchema: 'The claim schema is not known here.',
  // what a wallet refuses before any proving
  policyNotMet: 'A claim or its source does not meet the policy.',
  policyOffGrid: "A policy bound is not on the claim's grid, so it would reveal an exact value.",
  revoked: 'The credential is revoked.',
  untrustedIssuer: 'The issuer is not trusted for this schema.',
  expired: 'The credential, request or signature has expired.',
  audienceNotSigned: 'The proof request is not signed by the DID that it names as its audience.',
  nowOffStep: 'The time of the proof request is not the end of the step that holds its expiry.',
  requestTooLong: 'The proof request is valid for longer than one step.',
  budgetExceeded: 'The answer would tell this audience too much about the machine.',
  declined: 'The holder does not answer this request.',
  credentialMissing: 'The wallet holds no credential of the requested schema.',
  credentialInvalid: "The credential's signature is invalid, or its parts contradict each other.",
  // what a verifier refuses, in the order of its checks
  proofMalformed: 'The proof is not seven canonical signals and three points on their curves.',
  circuitMismatch: 'The presentation is made for another circuit or key.',
  wrongAudience: 'The presentation is made for another audience.',
  nonceUnknown: 'The nonce was not issued by this verifier.',
  nonceExpired: 'The proof request has expired.',
  nonceUsed: 'The nonce has been used already.',
  challengeMismatch: 'The proof is not bound to this proof request.',
  policyMismatch: 'The proof is for a policy other than the requested one.',
  nowMismatch: 'The proof states a different time from the request.',
  clockSkew: "The verifier's clock lies outside the request's time window.",
  rootUnknown: 'The registry root is not one that enough witnesses signed.',
  rootSuperseded: 'The registry root is of an interval that has passed, or an urgent root ended it.',
  registryStale: 'The registry has no signed root of the present interval or the one before.',
  proofInvalid: 'The zero-knowledge proof does not verify.',
  notRecipient: 'The presenter does not control the recipient that the proof names.',
  pseudonymMismatch: 'The proofs of one presentation belong to different pseudonyms.',
  deviceMismatch: 'The proofs of one presentation belong to different devices.',
  replayed: 'This pseudonym or device has been accepted for this purpose and period already.',
  // keys and artifacts
  unsafeKey: 'The verification key may accept forgeries: its record does not show who contributed to its set-up.',
  developmentKey: 'A development key is refused in production.',
  artifactCorrupt: 'A circuit artifact does not have the recorded hash.',
  // registry
  registryInvalid: 'The registry document does not verify.',
  notEnoughSignatures: 'Fewer valid signatures than the threshold.',
  sequenceStale: 'The sequence number is not newer than the last one.',
  unrevocationForbidden: 'A status list may not clear a revoked bit without the governors.',
  keyInadmissible: 'The issuer key is not admissible.',
  cutInvalid: 'The cut of the registry skips, goes back or contradicts an earlier one.',
  rootConflict: 'Two different roots have the same number.',
  rootFromFuture: 'The root is of an interval that has not begun.',
  rootPending: 'The root needs the signatures of more witnesses.',
  urgentSpent: "The issuer has already used today's urgent root.",
  clockJumped: 'The clock of the witness moved further than its running time allows.',
  // evidence and issuing
  selfReportedRefused: 'This issuer does not issue credentials of self-reported claims alone.',
  evidenceRejected: 'The evidence does not support the claims.',
  catalogueContradiction: 'The inspected values contradict the hardware catalogue.',
  challengeUnknown: 'No such challenge is open.',
  challengeLate: 'The answer came after the deadline.',
  challengeFailed: 'The answer to the challenge is wrong.',
  deviceBound: 'The device is bound to another holder.',
  deviceUnknown: 'The device is not in the register.',
  deviceRevoked: 'The holder gets no credentials for this device: one was revoked for cause.',
  memberBound: 'A member is registered with another machine.',
  machineUnclear: "It can't be told which of the holder's machines this is.",
  generationStale: 'The agent key is of an older generation than the one on record.',
  releaseUsed: 'The device release has been used.',
  epochOpen: 'The epoch has not closed yet.',
  // identity
  didUnresolvable: 'The DID does not resolve.',
  signatureInvalid: 'The signature does not verify.',
  signatureReplayed: 'The signed request has been used already.',
  unauthorized: 'The request is not signed by someone who may do this.',
  // reputation
  pseudonymUnknown: 'The ledger holds nothing under this pseudonym.',
  firstEpochFixed: 'The first epoch of a device is fixed at its first presentation.',
  joinInvalid: 'A device can join only with the epochs that its first presentation allows.',
  epochBeforeJoin: 'The epoch lies before the one with which the device joined.',
  policyNotAccepted: 'The policy is not one that the reputation service signs.',
  // holder
  walletLocked: 'The wallet cannot be opened with this passphrase.',
  phraseInvalid: 'The recovery phrase is not valid.',
  // service and storage
  notFound: 'There is nothing at this address.',
  conflict: 'The request contradicts what is stored.',
  rateLimited: 'Too many requests.',
  bodyTooLarge: 'The request body is too large.',
  folderInUse: 'Another process uses the data folder.',
  fileInUse: 'Another process is changing the file.',
  storageFull: 'There is no space left on the disk.',
  configInvalid: 'The configuration is not valid.',
  unavailable: 'A needed service cannot be reached.',
  internal: 'Something went wrong in the service.',
} as const

export type ErrorCode = keyof typeof errorCodes

/** What a refusal carries besides its sentence: small, public, JSON-safe facts (never secrets). */
export type ErrorDetail = Record<string, string | number | boolean | null>

/** The one error class. `message` is one sentence a user can act on; `code` is what programs branch on. */
export class AssayError extends Error {
  readonly code: ErrorCode
  readonly detail: ErrorDetail

  constructor(code: ErrorCode, message: string = errorCodes[code], detail: ErrorDetail = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'AssayError'
    this.code = code
    this.detail = detail
  }
}

/** Narrows an unknown thrown value to an AssayError, optionally of one code. */
export function isAssayError(error: unknown, code?: ErrorCode): error is AssayError {
  return error instanceof AssayError && (code === undefined || error.code === code)
}
