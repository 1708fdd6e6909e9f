import * as z from 'zod'
import { type ProofRequest, zNonce } from './proof-request.ts'

/**
 * What a holder sends when it does not answer a proof request. It is one word, whether the holder would not or could not:
 * the reason would tell what the proof was to hide.
 */
export const zRefusal = z.strictObject({
  type: z.literal('AssayRefusal'),
  version: z.literal(1),
  nonce: zNonce,
  code: z.literal('declined'),
})
export type Refusal = z.output<typeof zRefusal>

/** The refusal of a request. */
export function refusalOf({ nonce }: Pick<ProofRequest, 'nonce'>): Refusal {
  return { type: 'AssayRefusal', version: 1, nonce, code: 'declined' }
}
