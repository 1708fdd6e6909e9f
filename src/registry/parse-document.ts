import * as z from 'zod'
import { zBase64url } from '../protocol/bytes.ts'
import { AssayError } from '../protocol/errors.ts'
import { zField } from '../protocol/field.ts'

/** A field element that stays the decimal string it is: what is signed and hashed is the document, not its reading. */
export const zFieldText = z.string().refine((text) => zField.safeParse(text).success, {
  message: 'must be a field element as a canonical decimal string',
})

/** A curve point's coordinates that stay decimal strings. */
export const zPointText = z.tuple([zFieldText, zFieldText])

/** A SHA-256 hash as the registry writes it. */
export const zHash = zBase64url(32)

/** A sequence number. Its bound leaves room, so that nobody can use up the numbers with one document. */
export const zSeq = z.int().min(1).max(4_294_967_295)

/** The number of an interval: whole intervals since the Unix epoch. */
export const zIntervalNumber = z.int().min(0).max(4_294_967_295)

/** 0 for the root of an interval, and counted up by its urgent ones. */
export const zSub = z.int().min(0).max(10_000)

/** Parses a registry document. @throws AssayError `malformed`, with what is wrong where */
export function parseDocument<T extends z.ZodType>(schema: T, name: string, document: unknown): z.output<T> {
  const parsed = schema.safeParse(document)
  if (parsed.success) return parsed.data
  throw new AssayError('malformed', `The ${name} is malformed: ${z.prettifyError(parsed.error)}`, {}, parsed.error)
}
