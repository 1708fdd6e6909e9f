import * as z from 'zod'
import { fromBase64url, toBase64url, zBase64url } from '../../protocol/bytes.ts'
import { zDid } from '../../protocol/did.ts'
import type { ResolveKeys, Sign } from '../../protocol/effects.ts'
import { AssayError } from '../../protocol/errors.ts'
import { jcsBytes } from '../../protocol/jcs.ts'
import { verifyEd25519 } from '../../protocol/jws.ts'

/** A signature by the reputation service's DID: Ed25519, 64 bytes. */
export const zStatementSignature = z.strictObject({ signer: zDid, value: zBase64url(64) })
export type StatementSignature = z.output<typeof zStatementSignature>

/** What a statement says, named in the bytes that are signed, so that a signature under one kind is none under another. */
export type StatementType = 'AssayScore' | 'AssayScoreExplanation' | 'AssayVoidEpoch'

const signedBytes = (type: StatementType, statement: object) => jcsBytes({ type, ...statement })

/** Adds the DID's signature over the canonical form (RFC 8785) of the statement and its type. */
export async function signStatement<T extends object>(
  type: StatementType,
  statement: T,
  { did, sign }: { did: string; sign: Sign },
): Promise<T & { signature: StatementSignature }> {
  return { ...statement, signature: { signer: did, value: toBase64url(await sign(signedBytes(type, statement))) } }
}

/**
 * Parses a signed statement, and checks that the named DID signed it.
 * @throws AssayError `malformed`, `signatureInvalid`, and what `resolveKeys` throws (`didUnresolvable`)
 */
export async function openStatement<T extends { signature: StatementSignature }>(
  type: StatementType,
  { json, schema }: { json: unknown; schema: z.ZodType<T> },
  { signer, resolveKeys }: { signer: string; resolveKeys: ResolveKeys },
): Promise<Omit<T, 'signature'>> {
  const parsed = schema.safeParse(json)
  if (!parsed.success) throw new AssayError('malformed', `The ${type} is malformed: ${z.prettifyError(parsed.error)}`)
  const { signature, ...statement } = parsed.data
  if (signature.signer !== signer) {
    throw new AssayError('signatureInvalid', `The ${type} is signed by ${signature.signer}, not by ${signer}`)
  }
  const [bytes, value] = [signedBytes(type, statement), fromBase64url(signature.value)]
  const keys = await resolveKeys(signer)
  if (!keys.some((key) => verifyEd25519(key, bytes, value))) throw new AssayError('signatureInvalid')
  return statement
}
