import * as z from 'zod'

/** Seconds since the Unix epoch, with a fraction or without (RFC 7519, 2). */
const zNumericDate = z.number()

/**
 * The registered JWT claims (RFC 7519, 4.1) that may stand beside the members of a VC (W3C VC-JOSE-COSE, 3.1.3), so that
 * software that knows JWTs alone sees who issued it and when it ends. `aud` is not among them: who is not named by it must
 * refuse the token.
 */
export const jwtClaims = {
  iss: z.string().max(512).optional(),
  sub: z.string().max(512).optional(),
  jti: z.string().max(512).optional(),
  iat: zNumericDate.optional(),
  nbf: zNumericDate.optional(),
  exp: zNumericDate.optional(),
}
const zJwtClaims = z.object(jwtClaims)
export type JwtClaims = z.output<typeof zJwtClaims>

/** What a VC says of itself, times in seconds. */
export interface VcTerms {
  id: string
  issuer: string
  subject: string
  validFrom: number
  validUntil: number
}

/** The claims of a VC. Without `nbf`: VC-JOSE-COSE, 3.1.3, recommends against it, and `validFrom` says it. */
export function jwtClaimsOf({ id, issuer, subject, validFrom, validUntil }: VcTerms) {
  return { iss: issuer, sub: subject, jti: id, iat: validFrom, exp: validUntil }
}

/**
 * In which way JWT claims contradict the VC that they stand beside, or undefined. Readers take either, so both must say one
 * thing. `iat` is when it was signed: that may be before or after `validFrom`, but not when it was over.
 */
export function contradictionOf(claims: JwtClaims, vc: VcTerms): string | undefined {
  const differs = (claim: string | number | undefined, own: string | number) => claim !== undefined && claim !== own
  if (differs(claims.iss, vc.issuer)) return 'iss names another issuer'
  if (differs(claims.sub, vc.subject)) return 'sub names another subject'
  if (differs(claims.jti, vc.id)) return 'jti is another id'
  if (differs(claims.nbf, vc.validFrom)) return 'nbf is not validFrom'
  if (differs(claims.exp, vc.validUntil)) return 'exp is not validUntil'
  if (claims.iat !== undefined && claims.iat >= vc.validUntil) return 'iat lies after validUntil'
  return undefined
}
