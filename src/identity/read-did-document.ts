import { extractPublicKeyBytes } from 'did-jwt'
import * as z from 'zod'
import { fromBase64url } from '../protocol/bytes.ts'
import { zJwk } from '../protocol/jwk.ts'

/** A set as DID documents write it: JSON-LD may leave a single member without its brackets, and some writers put null for none. */
const zSet = z.preprocess(
  (value) => (value == null ? [] : Array.isArray(value) ? value : [value]),
  z.array(z.unknown()),
)

/** The parts of a stranger's DID document that matter here. Each entry is read by itself: a malformed one spoils no other. */
export const zDidDocument = z.looseObject({
  id: z.string(),
  verificationMethod: zSet,
  authentication: zSet,
  assertionMethod: zSet,
})
export type DidDocument = z.output<typeof zDidDocument>

/** A verification method, in every form in which Ed25519 keys are written. Null stands for a member that is not there. */
const zVerificationMethod = z.looseObject({
  id: z.string(),
  type: z.string(),
  publicKeyJwk: z.record(z.string(), z.unknown()).nullish(),
  publicKeyMultibase: z.string().nullish(),
  publicKeyBase58: z.string().nullish(),
})
type VerificationMethod = z.output<typeof zVerificationMethod>

/** What a key is listed for: statements that outlive the moment, or showing at this moment who one is. */
export type KeyPurpose = 'assertionMethod' | 'authentication'

/** The Ed25519 keys of a DID document, and of each entry that gives none the reason, in words. */
export interface ListedKeys {
  keys: Uint8Array[]
  skipped: string[]
}

/** The Ed25519 public keys that a DID document lists for a purpose. */
export function ed25519KeysOf(document: DidDocument, purpose: KeyPurpose): ListedKeys {
  const methods = new Map<string, unknown>(
    document.verificationMethod.flatMap((method) => {
      const { data } = z.looseObject({ id: z.string() }).safeParse(method)
      return data === undefined ? [] : [[absoluteId(document, data.id), method] as const]
    }),
  )
  const listed: ListedKeys = { keys: [], skipped: [] }
  for (const entry of document[purpose]) {
    const isReference = typeof entry === 'string'
    try {
      const method = isReference ? methods.get(absoluteId(document, entry)) : entry
      if (method === undefined) throw new Error('is not one of its verification methods')
      listed.keys.push(readKey(method))
    } catch (error) {
      const id = isReference ? entry : (entry as { id?: unknown } | null)?.id
      const name = typeof id === 'string' ? printable(id.replace(`${document.id}#`, '#')) : 'an entry without id'
      listed.skipped.push(`${name} ${(error as Error).message}`)
    }
  }
  return listed
}

/** DID Core, 3.2.2: `#key-1` is relative to the document's DID, and so is `key-1`, which JSON-LD writers make of it with `@base`. */
function absoluteId({ id }: DidDocument, reference: string): string {
  if (/^[a-z][a-z0-9+.-]*:/i.test(reference)) return reference
  return /^[#/?]/.test(reference) ? id + reference : `${id}#${reference}`
}

/** The key of a verification method. @throws Error with the reason why there is none, to be read after the method's name */
function readKey(method: unknown): Uint8Array {
  const parsed = zVerificationMethod.safeParse(method)
  if (!parsed.success) throw new Error('is malformed')
  const keys = [keyOfJwk(parsed.data), keyOfMultibase(parsed.data), keyOfBase58(parsed.data)].filter(
    (key) => key !== undefined,
  )
  if (keys.length === 0) throw new Error(`is of type ${printable(parsed.data.type)}, which is not read`)
  if (keys.some((key) => key.join() !== keys[0]!.join())) throw new Error('states two different keys')
  return keys[0]!
}

/** JsonWebKey, and JsonWebKey2020 before it. */
function keyOfJwk({ publicKeyJwk }: VerificationMethod): Uint8Array | undefined {
  if (publicKeyJwk == null) return undefined
  const members = Object.fromEntries(Object.entries(publicKeyJwk).filter(([, value]) => value !== null))
  // DID Core, 5.2.1: a method that publishes a private key is rejected
  if ('d' in members) throw new Error('holds a private key')
  const parsed = zJwk.safeParse(members)
  if (!parsed.success) throw new Error('is not an Ed25519 key for signatures')
  return fromBase64url(parsed.data.x)
}

/** Multikey, and Ed25519VerificationKey2020 before it. */
function keyOfMultibase({ id, type, publicKeyMultibase }: VerificationMethod): Uint8Array | undefined {
  if (publicKeyMultibase == null) return undefined
  return keyBytes({ id, type, controller: '', publicKeyMultibase }, 'is not an Ed25519 key in multibase')
}

/** Ed25519VerificationKey2018. The text itself does not say of which curve the key is, so the type decides. */
function keyOfBase58({ id, type, publicKeyBase58 }: VerificationMethod): Uint8Array | undefined {
  if (publicKeyBase58 == null || type !== 'Ed25519VerificationKey2018') return undefined
  return keyBytes({ id, type, controller: '', publicKeyBase58 }, 'is not an Ed25519 key in base58')
}

function keyBytes(method: Parameters<typeof extractPublicKeyBytes>[0], otherwise: string): Uint8Array {
  try {
    const { keyBytes: key, keyType } = extractPublicKeyBytes(method)
    if (keyType === 'Ed25519' && key.length === 32) return key
  } catch {
    // what the decoder says of a stranger's text is not for our message
  }
  throw new Error(otherwise)
}

/** A stranger's text in a message of ours: short, and nothing that moves a terminal's cursor. */
function printable(text: string): string {
  return text.slice(0, 120).replace(/[^\x20-\x7e]/g, '?')
}
