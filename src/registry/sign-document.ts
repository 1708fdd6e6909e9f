import * as z from 'zod'
import { toBase64url, zBase64url } from '../protocol/bytes.ts'
import { zCanonicalDid } from '../protocol/canonical-did.ts'
import type { Sign } from '../protocol/effects.ts'
import { jcsBytes } from '../protocol/jcs.ts'

/** One signature under a registry document: an Ed25519 signature by a DID over `signedBytes` of the document. */
export const zDocumentSignature = z.strictObject({ signer: zCanonicalDid, value: zBase64url(64) })
export type DocumentSignature = z.output<typeof zDocumentSignature>

/** Who can sign for a DID. */
export interface Signer {
  did: string
  sign: Sign
}

/** What is signed: the canonical form of a document (which names its type and registry) without its signatures. */
export function signedBytes(document: object): Uint8Array {
  const { signatures: _, ...body } = document as { signatures?: unknown }
  return jcsBytes(body)
}

/** One signer's signature over a document. */
export async function signDocument(document: object, signer: Signer): Promise<DocumentSignature> {
  return { signer: signer.did, value: toBase64url(await signer.sign(signedBytes(document))) }
}

/** The document with the signatures of all these signers instead of any it had. */
export async function withSignatures<T extends object>(
  document: T,
  signers: readonly Signer[],
): Promise<Omit<T, 'signatures'> & { signatures: DocumentSignature[] }> {
  const { signatures: _, ...body } = document as T & { signatures?: unknown }
  return { ...body, signatures: await Promise.all(signers.map((signer) => signDocument(body, signer))) }
}
