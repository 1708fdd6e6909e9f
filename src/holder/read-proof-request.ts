import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError, isAssayError } from '../protocol/errors.ts'
import type { ProofRequest } from '../protocol/proof-request.ts'
import { openProofRequest } from '../protocol/proof-request-jwt.ts'
import { endOfStep } from '../protocol/time.ts'

/** How far clocks may differ, in seconds. */
export const REQUEST_SKEW = 120

/** What the times of a request are judged by, in seconds. */
export interface RequestClock {
  now: number
  /** The step of the registry's genesis (`RegistryView`). */
  stepSeconds: number
  skew?: number
}

/**
 * Reads a signed proof request and refuses any that its audience's DID did not sign: answering one would hand the
 * holder's pseudonym for that audience to a stranger.
 * @throws AssayError `malformed`, `audienceNotSigned`, what `assertCurrent` throws, and what `resolveKeys` throws
 */
export async function readProofRequest(
  jwt: string,
  { resolveKeys, ...clock }: RequestClock & { resolveKeys: ResolveKeys },
): Promise<ProofRequest> {
  const request = await openProofRequest(jwt, resolveKeys).catch((error: unknown) => {
    if (!isAssayError(error, 'signatureInvalid')) throw error
    throw new AssayError('audienceNotSigned', undefined, {}, error)
  })
  assertCurrent(request, clock)
  return request
}

/**
 * Refuses a request whose times could tell more than its policies do. `now` becomes the proof's clock, and an audience that
 * could choose it freely would bisect the expiry of a credential; one that lives longer than a step could be answered
 * with credentials that have expired since.
 * @throws AssayError `nowOffStep`, `expired`, `clockSkew`, `requestTooLong`
 */
export function assertCurrent(
  { now: stated, expiresAt }: Pick<ProofRequest, 'now' | 'expiresAt'>,
  { now, stepSeconds, skew = REQUEST_SKEW }: RequestClock,
): void {
  if (stated !== endOfStep(expiresAt, stepSeconds)) {
    const message = `The proof request states the time ${stated}, which is not the end of the step of its expiry`
    throw new AssayError('nowOffStep', message, { requestNow: stated, expiresAt, stepSeconds })
  }
  if (now > expiresAt) {
    throw new AssayError('expired', `The proof request expired ${now - expiresAt} s ago`, { expiresAt })
  }
  const latest = now + 2 * stepSeconds + skew
  if (stated < now - skew || stated > latest) {
    const message = `The proof request states a time ${stated - now} s from now, and at most ${latest - now} s is allowed`
    throw new AssayError('clockSkew', message, { requestNow: stated, now })
  }
  if (expiresAt > now + stepSeconds + skew) {
    const message = `The proof request lives for ${expiresAt - now} s more, and a step has ${stepSeconds} s`
    throw new AssayError('requestTooLong', message, { expiresAt, stepSeconds })
  }
}
