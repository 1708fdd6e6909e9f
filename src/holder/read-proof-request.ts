import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError, isAssayError } from '../protocol/errors.ts'
import type { ProofRequest } from '../protocol/proof-request.ts'
import { openProofRequest } from '../protocol/proof-request-jwt.ts'

/** How far clocks may differ, in seconds. */
export const CLOCK_SKEW = 120

/**
 * Reads a signed proof request and refuses any that its audience's DID did not sign: answering one would hand the
 * holder's pseudonym for that audience to a stranger.
 * @param options.now seconds
 * @throws AssayError `malformed`, `audienceNotSigned`, `expired`, `clockSkew`, and what `resolveKeys` throws
 */
export async function readProofRequest(
  jwt: string,
  { resolveKeys, now, skew = CLOCK_SKEW }: { resolveKeys: ResolveKeys; now: number; skew?: number },
): Promise<ProofRequest> {
  const request = await openProofRequest(jwt, resolveKeys).catch((error: unknown) => {
    if (!isAssayError(error, 'signatureInvalid')) throw error
    throw new AssayError('audienceNotSigned', undefined, {}, error)
  })
  assertCurrent(request, now, skew)
  return request
}

/** @throws AssayError `expired`, `clockSkew` */
export function assertCurrent(request: ProofRequest, now: number, skew: number = CLOCK_SKEW): void {
  if (now > request.expiresAt) {
    throw new AssayError('expired', `The proof request expired ${now - request.expiresAt} s ago`, {
      expiresAt: request.expiresAt,
    })
  }
  if (request.now > now + skew) {
    throw new AssayError('clockSkew', `The proof request was signed ${request.now - now} s in the future`, {
      requestNow: request.now,
      now,
    })
  }
}
