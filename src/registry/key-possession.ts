import * as z from 'zod'
import { admissible, derivePublicKey, type PublicKey, signMessage, verifySignature } from '../protocol/babyjubjub.ts'
import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { toField } from '../protocol/field.ts'
import { jcs } from '../protocol/jcs.ts'
import { assertThreshold } from './assert-threshold.ts'
import { zFieldText, zPointText } from './parse-document.ts'
import { type Signer, signDocument, zDocumentSignature } from './sign-document.ts'

/** What an issuer claims when it asks to be trusted with a key: this key is mine, for this schema and list, here. */
export interface KeyClaim {
  registryId: string
  issuer: string
  schema: string
  list: number
  /** Coordinates as decimal strings. */
  key: readonly [string, string]
}

/**
 * Both ends of the claim: the BabyJubJub key's signature over toField(jcs(claim)), so that nobody registers a key of
 * someone else, and the issuer's DID's signature over the claim, so that nobody registers a key for someone else.
 */
export const zProofOfPossession = z.strictObject({
  keySignature: z.strictObject({ r8: zPointText, s: zFieldText }),
  issuerSignature: zDocumentSignature,
})
export type ProofOfPossession = z.output<typeof zProofOfPossession>

function claimDocument({ registryId, issuer, schema, list, key }: KeyClaim) {
  return { type: 'AssayKeyPossession', registryId, issuer, schema, list, key }
}

/** Coordinates as documents carry them. */
export function keyText(key: PublicKey): [string, string] {
  return [String(key[0]), String(key[1])]
}

/** Proves that the issuer holds the BabyJubJub private key (32 bytes). Returns its public key along with the proof. */
export async function proveKeyPossession(
  claim: Omit<KeyClaim, 'key'>,
  privateKey: Uint8Array,
  issuer: Signer,
): Promise<{ key: [string, string]; proofOfPossession: ProofOfPossession }> {
  const key = keyText(derivePublicKey(privateKey))
  const document = claimDocument({ ...claim, key })
  const { r8, s } = signMessage(privateKey, toField(jcs(document)))
  return {
    key,
    proofOfPossession: {
      keySignature: { r8: keyText(r8), s: String(s) },
      issuerSignature: await signDocument(document, issuer),
    },
  }
}

/**
 * Checks what can be checked of a key forever, without resolving anything: on the curve, of prime order, not the identity,
 * and in its claimant's hands.
 * @throws AssayError `keyInadmissible`
 */
export function assertKeyPossessed(claim: KeyClaim, proof: ProofOfPossession): void {
  const key: PublicKey = [BigInt(claim.key[0]), BigInt(claim.key[1])]
  if (!admissible(key)) {
    throw new AssayError('keyInadmissible', 'The issuer key is not a point of prime order on BabyJubJub')
  }
  const { r8, s } = proof.keySignature
  const signature = { r8: [BigInt(r8[0]), BigInt(r8[1])] as const, s: BigInt(s) }
  if (!verifySignature(key, toField(jcs(claimDocument(claim))), signature)) {
    throw new AssayError('keyInadmissible', 'The proof of possession is not made by the issuer key')
  }
}

/** Checks that the issuer's DID stands behind the claim. @throws AssayError `notEnoughSignatures` */
export async function assertKeyClaimed(
  claim: KeyClaim,
  proof: ProofOfPossession,
  resolveKeys: ResolveKeys,
): Promise<void> {
  await assertThreshold(claimDocument(claim), [proof.issuerSignature], [claim.issuer], 1, resolveKeys)
}
