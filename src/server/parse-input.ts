import type { z } from 'zod'
import { AssayError } from '../protocol/index.ts'

/** Parses what came from outside. @throws AssayError `malformed`, saying where and why, never echoing the value. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.output<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.') || what}: ${message}`)
  throw new AssayError('malformed', `The ${what} is malformed: ${issues.join('; ')}`)
}
