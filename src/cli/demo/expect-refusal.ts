import { AssayError, type ErrorCode, isAssayError } from '../../protocol/index.ts'

/**
 * Runs what must be refused, and gives the code of the refusal.
 * @throws AssayError `internal` when it is not refused, or for another reason: then the demo has failed.
 */
export async function expectRefusal(code: ErrorCode, attempt: () => Promise<unknown>): Promise<ErrorCode> {
  try {
    await attempt()
  } catch (error) {
    if (isAssayError(error, code)) return error.code
    throw error
  }
  throw new AssayError('internal', `The demo expected the refusal ${code}, and nothing was refused`)
}
