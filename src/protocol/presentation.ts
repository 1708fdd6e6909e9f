import * as z from 'zod'
import { jcsHash } from './jcs.ts'
import { zCircuitId, zNonce, zRecipient } from './proof-request.ts'
import { zPublicSignals } from './signals.ts'

/** Order of the BN254 base field, in which the proof's points have their coordinates. */
export const BASE_FIELD_ORDER = 21888242871839275222246405745257275088696311157297823662689037894645226208583n

const zCoordinate = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,77})$/, 'must be a canonical decimal string')
  .transform((text) => BigInt(text))
  .refine((value) => value < BASE_FIELD_ORDER, 'must be less than the base field order')

const zG1 = z.tuple([zCoordinate, zCoordinate])
const zG2 = z.tuple([zG1, zG1])

/** A Groth16 proof on BN254 in affine coordinates; those of G2 as [c0, c1] of c0 + c1·u. */
export const zGroth16Proof = z.strictObject({ a: zG1, b: zG2, c: zG1 })
export type Groth16Proof = z.output<typeof zGroth16Proof>

const zProof = z.strictObject({ proof: zGroth16Proof, signals: zPublicSignals })

/** The answer to a proof request: one proof a policy, in the request's order, and the recipient's signature (`control`). */
export const zPresentation = z.strictObject({
  type: z.literal('AssayPresentation'),
  version: z.literal(1),
  circuit: zCircuitId,
  nonce: zNonce,
  recipient: zRecipient,
  proofs: z.array(zProof).min(1).max(4),
  control: z.string().min(1).max(2048),
})

export type Presentation = z.output<typeof zPresentation>
export type PresentationJson = z.input<typeof zPresentation>

/** The `typ` of the JWS with which the recipient's session key signs `{ nonce, presentation }` (the hash below). */
export const CONTROL_TYP = 'assay-recipient+jwt'

/** What the recipient signs: the nonce, and the hash of everything in the presentation but its own signature. */
export const zControlClaims = z.strictObject({ nonce: zNonce, presentation: z.string().length(43) })

/** SHA-256 of the presentation without `control`, base64url. It never serves as a replay key: proofs are malleable. */
export function presentationHash(presentation: Omit<PresentationJson, 'control'> & { control?: string }): string {
  const { control: _, ...signed } = presentation
  return jcsHash(signed)
}
