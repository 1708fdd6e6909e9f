import { type ErrorCode, type ErrorDetail, errorCodes } from '../protocol/index.ts'

/** Why a presentation is not accepted: an answer, not an error. */
export interface VerifierRefusal {
  ok: false
  code: ErrorCode
  message: string
  detail: ErrorDetail
}

/** Makes a refusal; the sentence is the catalogue's unless a better one is known. */
export function refuse(code: ErrorCode, detail: ErrorDetail = {}, message: string = errorCodes[code]): VerifierRefusal {
  return { ok: false, code, message, detail }
}
