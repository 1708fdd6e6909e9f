import * as z from 'zod'
import { AssayError } from '../protocol/index.ts'

/** Parses a method's arguments, whoever calls it. @throws AssayError `malformed` */
export function parseArgs<Schema extends z.ZodType>(method: string, schema: Schema, args: unknown): z.output<Schema> {
  const parsed = schema.safeParse(args)
  if (parsed.success) return parsed.data
  throw new AssayError('malformed', `The arguments of ${method} are malformed: ${z.prettifyError(parsed.error)}`)
}
