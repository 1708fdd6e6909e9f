/*
 * Time as the protocol counts it. A registry's genesis fixes both lengths, so that wallets, issuers and verifiers of one
 * registry can't disagree about them.
 */

/**
 * The end of the step that holds a moment, in seconds. A request's `now` is the end of the step that holds its expiry:
 * it can be known beforehand, it identifies nobody, and no verifier can use it to bisect a credential's expiry.
 */
export function endOfStep(seconds: number, stepSeconds: number): number {
  return (Math.floor(seconds / stepSeconds) + 1) * stepSeconds
}

/** A moment rounded up to the end of a step, unless it is one: how issuers round a credential's expiry. */
export function roundUpToStep(seconds: number, stepSeconds: number): number {
  return Math.ceil(seconds / stepSeconds) * stepSeconds
}

/** The number of the interval that holds a moment: of this number is the root that is current then. */
export function intervalNumber(seconds: number, intervalSeconds: number): number {
  return Math.floor(seconds / intervalSeconds)
}
