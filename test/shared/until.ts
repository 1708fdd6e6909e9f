import { vi } from 'vitest'
import { nowSeconds } from './http.ts'

/** Only a defect lets a condition wait so long. Milliseconds. */
const LIMIT_MS = 500_000

/** Asks again and again until the answer is a true value, and gives it back. */
export function until<T>(condition: () => T | Promise<T>): Promise<Exclude<T, false | null | undefined | 0 | ''>> {
  return vi.waitUntil(condition, { interval: 20, timeout: LIMIT_MS }) as Promise<never>
}

/** Waits until a second, of the Unix epoch, is over. */
export function untilAfter(second: number): Promise<true> {
  return until(() => nowSeconds() > second)
}
