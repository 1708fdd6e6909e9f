import * as z from 'zod'
import { AssayError } from './errors.ts'
import { zJwk } from './jwk.ts'

/**
 * The protected header. `kid` is a DID URL of the signer; `jwk` carries a session key. Other parameters are ignored
 * (RFC 7515, 4), so none of them may choose a key: `jku`, `x5u` and the like do nothing here.
 */
export const zJwsHeader = z.object({
  /** Both name the same signature for the keys that are used here (RFC 8037, 3.1; RFC 9864, 2.2). */
  alg: z.enum(['EdDSA', 'Ed25519']),
  typ: zMediaTypeName(),
  cty: zMediaTypeName().optional(),
  kid: z.string().min(1).max(600).optional(),
  jwk: zJwk.optional(),
})
export type JwsHeader = z.output<typeof zJwsHeader>

/** @throws AssayError `malformed` for a critical extension (RFC 7515, 4.1.11: none are supported). @throws ZodError */
export function parseJwsHeader(header: unknown): JwsHeader {
  const parsed = zJwsHeader.parse(header)
  if (Object.hasOwn(header as object, 'crit')) {
    throw new AssayError('malformed', 'The JWS has critical header parameters (crit), and none are supported')
  }
  return parsed
}

/** Whether two names of media types mean one: case does not count, and `application/` may be left out (RFC 7515, 4.1.9). */
export function isSameMediaType(left: string, right: string): boolean {
  return fullMediaType(left) === fullMediaType(right)
}

function fullMediaType(name: string): string {
  return (name.includes('/') ? name : `application/${name}`).toLowerCase()
}

/** Visible ASCII: letters of other scripts have lower-case forms that look like a type's. */
function zMediaTypeName() {
  return z
    .string()
    .max(100)
    .regex(/^[\x21-\x7e]+$/, 'must be the name of a media type')
}
