import * as z from 'zod'
import { type ErrorCode, errorCodes } from '../protocol/errors.ts'
import { zField } from '../protocol/field.ts'
import { PUBLIC_SIGNALS, type Signals } from '../protocol/signals.ts'

const zDecimal = z.string().refine((text) => zField.safeParse(text).success, 'must be a canonical field element')

const namedSignals = Object.fromEntries(PUBLIC_SIGNALS.map((name) => [name, zDecimal])) as Record<
  keyof Signals,
  typeof zDecimal
>

/**
 * What a service answers that verifies for dapps (`POST /v1/presentations/verify`): accepted, with what the presentation
 * says; or refused, with the code. A retry gets the answer of the first time.
 */
export const zVerificationAnswer = z.strictObject({
  ok: z.boolean(),
  code: z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]).optional(),
  message: z.string().optional(),
  pseudonym: zDecimal.optional(),
  /** One for each policy, in the request's order. */
  devicePseudonyms: z.array(zDecimal).optional(),
  /** The public signals of each proof. */
  signals: z.array(z.strictObject(namedSignals)).optional(),
})
export type VerificationAnswer = z.output<typeof zVerificationAnswer>
