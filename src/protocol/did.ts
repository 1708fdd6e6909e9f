import { concatBytes } from '@noble/hashes/utils.js'
import { base58 } from '@scure/base'
import * as z from 'zod'
import { AssayError } from './errors.ts'
import { toField } from './field.ts'
import { zShownText } from './text.ts'

/** A DID without path, query or fragment (W3C DID Core, 3.1), so that `did + '#' + context` has one reading. */
export const zDid = z
  .string()
  .max(512)
  .regex(/^did:[a-z0-9]+:(?:[A-Za-z0-9._-]|%[0-9A-F]{2}|:)*(?:[A-Za-z0-9._-]|%[0-9A-F]{2})$/, 'must be a DID')

/** What names an appearance of an audience: a campaign, a season. */
export const zContext = zShownText(128)

/** Who a presentation is for: a DID and, for a fresh pseudonym, a context. */
export const zAudience = z.strictObject({ did: zDid, context: zContext.optional() })
export type Audience = z.output<typeof zAudience>

/** The audience as a field element: toField(did) or toField(did#context). */
export function audienceField(did: string, context?: string): bigint {
  const parsed = zDid.safeParse(did)
  if (!parsed.success) throw new AssayError('malformed', `An audience must be a DID without fragment, got ${did}`)
  return toField(context === undefined ? did : `${did}#${context}`)
}

const ED25519_MULTICODEC = Uint8Array.of(0xed, 0x01)

/** The did:key of an Ed25519 public key (32 bytes). */
export function didKeyFromEd25519(publicKey: Uint8Array): string {
  if (publicKey.length !== 32) throw new RangeError(`An Ed25519 public key has 32 bytes, got ${publicKey.length}`)
  return `did:key:z${base58.encode(concatBytes(ED25519_MULTICODEC, publicKey))}`
}

/** The Ed25519 public key of a did:key. @throws AssayError `didUnresolvable` when the DID is of another kind. */
export function ed25519FromDidKey(did: string): Uint8Array {
  const bytes = /^did:key:z[1-9A-HJ-NP-Za-km-z]+$/.test(did) ? base58.decode(did.slice('did:key:z'.length)) : undefined
  if (bytes?.length !== 34 || bytes[0] !== 0xed || bytes[1] !== 0x01) {
    throw new AssayError('didUnresolvable', `${did} is not an Ed25519 did:key`)
  }
  return bytes.slice(2)
}
