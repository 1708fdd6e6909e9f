import type { ErrorRequestHandler, Response } from 'express'
import type { Logger } from 'pino'
import * as z from 'zod'
import { AssayError, type ErrorCode, errorCodes } from '../protocol/index.ts'

/** The HTTP status of each code. Refusals of a proof are 422: the request was understood, and the answer is no. */
const statusByCode: Record<ErrorCode, number> = {
  malformed: 400,
  unknownSchema: 400,
  policyNotMet: 422,
  policyOffGrid: 422,
  revoked: 409,
  untrustedIssuer: 422,
  expired: 401,
  audienceNotSigned: 401,
  nowOffStep: 422,
  requestTooLong: 422,
  budgetExceeded: 422,
  declined: 422,
  credentialMissing: 422,
  credentialInvalid: 422,
  proofMalformed: 422,
  circuitMismatch: 422,
  wrongAudience: 422,
  nonceUnknown: 422,
  nonceExpired: 422,
  nonceUsed: 409,
  challengeMismatch: 422,
  policyMismatch: 422,
  nowMismatch: 422,
  clockSkew: 401,
  rootUnknown: 422,
  rootSuperseded: 422,
  registryStale: 503,
  proofInvalid: 422,
  notRecipient: 422,
  pseudonymMismatch: 422,
  deviceMismatch: 422,
  replayed: 409,
  unsafeKey: 500,
  developmentKey: 500,
  artifactCorrupt: 500,
  registryInvalid: 422,
  notEnoughSignatures: 422,
  sequenceStale: 409,
  unrevocationForbidden: 409,
  keyInadmissible: 422,
  cutInvalid: 422,
  rootConflict: 409,
  rootFromFuture: 422,
  rootPending: 503,
  urgentSpent: 429,
  clockJumped: 503,
  selfReportedRefused: 422,
  evidenceRejected: 422,
  catalogueContradiction: 422,
  challengeUnknown: 404,
  challengeLate: 422,
  challengeFailed: 422,
  deviceBound: 409,
  deviceUnknown: 404,
  deviceRevoked: 409,
  memberBound: 409,
  machineUnclear: 409,
  generationStale: 409,
  releaseUsed: 409,
  epochOpen: 409,
  didUnresolvable: 401,
  signatureInvalid: 401,
  signatureReplayed: 401,
  unauthorized: 401,
  pseudonymUnknown: 404,
  firstEpochFixed: 409,
  joinInvalid: 422,
  epochBeforeJoin: 422,
  policyNotAccepted: 422,
  walletLocked: 500,
  phraseInvalid: 400,
  notFound: 404,
  conflict: 409,
  rateLimited: 429,
  bodyTooLarge: 413,
  fileInUse: 500,
  storageFull: 503,
  folderInUse: 500,
  configInvalid: 500,
  unavailable: 503,
  internal: 500,
}

/** Problem details (RFC 9457). `code` is what programs branch on; `requestId` finds the service's log line. */
export const zProblem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]),
  requestId: z.string(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
})
type Problem = z.output<typeof zProblem>

export const statusOf = (code: ErrorCode): number => statusByCode[code]

/** An error as a client may see it. Unexpected errors reveal no details. */
function toProblem(error: unknown, requestId: string): Problem {
  const known = fromLibrary(error)
  const { code, message, detail } =
    known ?? new AssayError('internal', 'Something went wrong; the log has it under this request id')
  const status = statusByCode[code]
  const facts = Object.keys(detail).length > 0 ? { facts: detail } : {}
  const text = status === 500 && known === undefined ? errorCodes.internal : message
  return { type: `urn:assay:error:${code}`, title: errorCodes[code], status, detail: text, code, requestId, ...facts }
}

/** Errors that libraries throw for a client's mistake, in our terms; undefined for what is a fault of ours. */
function fromLibrary(error: unknown): AssayError | undefined {
  if (error instanceof AssayError) return error
  const type = (error as { type?: unknown } | null)?.type
  if (type === 'entity.too.large') return new AssayError('bodyTooLarge')
  if (type === 'entity.parse.failed') return new AssayError('malformed', 'The body is not valid JSON')
  if (typeof type === 'string' && (error as { expose?: unknown }).expose === true) {
    return new AssayError('malformed', `The body can't be read: ${type}`)
  }
  if (error instanceof URIError) return new AssayError('malformed', 'The address is not validly encoded')
  return undefined
}

export function sendProblem(response: Response, error: unknown): Problem {
  const problem = toProblem(error, String(response.getHeader('x-request-id') ?? ''))
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem))
  return problem
}

/** The one place where errors become answers. */
export function problemHandler(log: Logger): ErrorRequestHandler {
  return (error, _request, response, next) => {
    if (response.headersSent) return next(error)
    const problem = sendProblem(response, error)
    if (problem.status >= 500) log.error({ err: error, requestId: problem.requestId }, 'request failed')
  }
}
