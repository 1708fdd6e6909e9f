import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import * as z from 'zod'

/** Order of the BN254 scalar field, in which the circuit computes. */
export const FIELD_ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617n

export const MAX_UINT64 = (1n << 64n) - 1n

/**
 * Maps text to a field element: the top 248 bits of keccak256(utf8(text)). 248 bits never alias modulo the field
 * order, and a contract computes the same with one shift.
 * @throws TypeError when the text holds half of a surrogate pair: UTF-8 has no bytes for it, so all halves would be one
 */
export function toField(text: string): bigint {
  if (/\p{Surrogate}/u.test(text)) throw new TypeError('Half of a surrogate pair has no bytes in UTF-8')
  return BigInt(`0x${bytesToHex(keccak_256(utf8ToBytes(text)))}`) >> 8n
}

const canonicalDecimal = z.string().regex(/^(0|[1-9][0-9]{0,77})$/, 'must be a canonical decimal string')

/** A field element as JSON carries it: a canonical decimal string below the field order. Parses to a bigint. */
export const zField = canonicalDecimal.transform((text, context) => {
  const value = BigInt(text)
  if (value < FIELD_ORDER) return value
  context.addIssue({ code: 'custom', message: 'must be less than the field order' })
  return z.NEVER
})

/** A 64-bit unsigned number as JSON carries it: a canonical decimal string. Parses to a bigint. */
export const zUint64 = canonicalDecimal.transform((text, context) => {
  const value = BigInt(text)
  if (value <= MAX_UINT64) return value
  context.addIssue({ code: 'custom', message: 'must be less than 2^64' })
  return z.NEVER
})

/** Seconds since the Unix epoch, a whole number. */
export const zSeconds = z.int().min(0).max(4_294_967_295)
