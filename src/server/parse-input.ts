import type { z } from 'zod'
import { AssayError } from '../protocol/index.ts'

/** Parses what came from outside. @throws AssayError `malformed`, saying where and why, never echoing the value. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.output<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  // a field that nobody knows is often the misspelt name of one that is missing
  const sorted = parsed.error.issues.toSorted((a, b) => rankOf(a) - rankOf(b))
  const issues = sorted.slice(0, 5).map(({ path, message }) => `${path.join('.') || what}: ${message}`)
  throw new AssayError('malformed', `The ${what} is malformed: ${issues.join('; ')}`)
}

const rankOf = ({ code }: z.core.$ZodIssue): number => (code === 'unrecognized_keys' ? 0 : 1)
