/**
 * Every refusal and failure that Assay reports has a stable code from this catalogue: the same one in the library,
 * over REST (problem details), in the CLI's JSON and on chain. A code is never renamed; its sentence may improve.
 */
export const errorCodes = {
  // input
  malformed: 'The input does not have the required shape.',
  unknownSchema: 'The claim schema is not known here.',
  // what a wallet refuses before any proving
  policyNotMet: 'A claim lies outside the range that the policy asks for.',
  policyOffGrid: "A policy bound is not on the claim's grid, so it would reveal an exact value.",
  revoked: 'The credential is revoked.',
  untrustedIssuer: 'The issuer is not trusted for this schema.',
  expired: 'The credential, request or signature has expired.',
  audienceNotSigned: 'The proof request is not signed by the DID that it names as its audience.',
  credentialMissing: 'The wallet holds no credential of the schema that is asked for.',
  credentialInvalid: 'The credential is not validly signed, or its parts contradict each other.',
  // what a verifier refuses, in the order of its checks
  proofMalformed: 'The proof is not seven canonical signals and three points on their curves.',
  circuitMismatch: 'The presentation is made for another circuit or key.',
  wrongAudience: 'The presentation is made for another audience.',
  nonceUnknown: 'The nonce was not issued by this verifier.',
  nonceExpired: 'The proof request has expired.',
  nonceUsed: 'The nonce has been used already.',
  challengeMismatch: 'The proof is not bound to this proof request.',
  policyMismatch: 'The proof is for another policy than the one requested.',
  nowMismatch: 'The proof states another time than the request.',
  clockSkew: "The verifier's clock lies outside the request's time window.",
  rootUnknown: 'The registry root is not one that enough witnesses signed.',
  rootSuperseded: 'The registry root was superseded longer ago than the grace period.',
  registryStale: "The registry's newest signed root is older than allowed.",
  proofInvalid: 'The zero-knowledge proof does not verify.',
  notRecipient: 'The presenter does not control the recipient that the proof names.',
  pseudonymMismatch: 'The proofs of one presentation belong to different pseudonyms.',
  deviceMismatch: 'The proofs of one presentation belong to different devices.',
  replayed: 'This pseudonym or device has been accepted for this purpose and period already.',
  // keys and artifacts
  unsafeKey: 'The verification key accepts forgeries: nobody contributed to its set-up.',
  developmentKey: 'A development key is refused in production.',
  artifactCorrupt: 'A circuit artifact does not have the recorded hash.',
  // registry
  registryInvalid: 'The registry document does not verify.',
  notEnoughSignatures: 'Fewer valid signatures than the threshold.',
  sequenceStale: 'The sequence number is not newer than the last one.',
  unrevocationForbidden: 'A status list may not clear a revoked bit without the governors.',
  keyInadmissible: 'The issuer key is not admissible.',
  // evidence and issuing
  evidenceRejected: 'The evidence does not support the claims.',
  catalogueContradiction: 'The inspected values contradict the hardware catalogue.',
  challengeUnknown: 'No such challenge is open.',
  challengeLate: 'The answer came after the deadline.',
  challengeFailed: 'The answer to the challenge is wrong.',
  deviceBound: 'The device is bound to another holder.',
  deviceUnknown: 'The device is not in the register.',
  epochOpen: 'The epoch has not closed yet.',
  // identity
  didUnresolvable: 'The DID does not resolve.',
  signatureInvalid: 'The signature does not verify.',
  signatureReplayed: 'The signed request has been used already.',
  unauthorized: 'The request is not signed by someone who may do this.',
  // reputation
  pseudonymUnknown: 'The ledger holds nothing under this pseudonym.',
  firstEpochFixed: 'The first epoch of a device is fixed at its first presentation.',
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
