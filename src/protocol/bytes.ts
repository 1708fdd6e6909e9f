import { base64urlnopad } from '@scure/base'
import * as z from 'zod'

/** Bytes as JSON carries them: canonical base64url without padding. */
export function toBase64url(bytes: Uint8Array): string {
  return base64urlnopad.encode(bytes)
}

/** Decodes canonical base64url. @throws Error when the text is not canonical. */
export function fromBase64url(text: string): Uint8Array {
  return base64urlnopad.decode(text)
}

function isCanonicalBase64url(text: string): boolean {
  try {
    fromBase64url(text)
    return true
  } catch {
    return false
  }
}

/** A base64url string that decodes to exactly `length` bytes. It stays a string. */
export function zBase64url(length: number) {
  return z
    .string()
    .length(Math.ceil((length * 4) / 3))
    .refine(isCanonicalBase64url, 'must be canonical base64url')
}

/** A base64url string of any length up to `maxCharacters`. It stays a string. */
export function zBase64urlText(maxCharacters: number) {
  return z.string().min(1).max(maxCharacters).refine(isCanonicalBase64url, 'must be canonical base64url')
}

/** 32 bytes as 64 lower-case hex digits. It stays a string. */
export const zHex32 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits')
