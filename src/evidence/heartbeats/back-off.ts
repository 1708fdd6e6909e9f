import type { RandomBytes } from '../../protocol/effects.ts'

/** How long to wait between attempts to connect: doubling from `firstMs` to `longestMs`. */
export interface BackOff {
  firstMs: number
  longestMs: number
}

export const defaultBackOff: BackOff = { firstMs: 1000, longestMs: 60_000 }

/**
 * The wait after so many failed attempts (0 for the first), in milliseconds: doubled each time, and between half and all
 * of that at random, so that a fleet that lost its monitor does not come back in one moment.
 */
export function backOffMs(attempts: number, { firstMs, longestMs }: BackOff, randomBytes: RandomBytes): number {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(attempts, 30))
  return Math.ceil(full * (0.5 + randomBytes(1)[0]! / 512))
}
