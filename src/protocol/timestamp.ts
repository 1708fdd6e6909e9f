import * as z from 'zod'
import { AssayError } from './errors.ts'

/** A point in time as VC 2.0 writes it, to the second, in UTC. */
export const zTimestamp = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/, 'must be a UTC time to the second')

/** Seconds since the Unix epoch → `2026-01-31T12:00:00Z`. */
export function toTimestamp(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`
}

/** `2026-01-31T12:00:00Z` → seconds since the Unix epoch. @throws AssayError `malformed` for a day that does not exist, or before 1970. */
export function fromTimestamp(timestamp: string): number {
  const seconds = Date.parse(timestamp) / 1000
  if (!Number.isInteger(seconds) || seconds < 0 || toTimestamp(seconds) !== timestamp) {
    throw new AssayError('malformed', `${timestamp} is not a UTC time to the second since 1970`)
  }
  return seconds
}
