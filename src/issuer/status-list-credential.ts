import * as z from 'zod'
import { CREDENTIAL_TYP, VC_CONTEXT, vcIssuerDid, zVcIssuer } from '../protocol/credential.ts'
import { AssayError } from '../protocol/errors.ts'
import { signJws } from '../protocol/jws.ts'
import { contradictionOf, jwtClaims, jwtClaimsOf } from '../protocol/jwt-claims.ts'
import { toTimestamp, zTimestamp } from '../protocol/timestamp.ts'
import { type Issuer, statusListUrl } from './issuer.ts'
import type { StatusList } from './issuer-store.ts'

/** A status list as the ecosystem reads it: W3C Bitstring Status List 1.0, 2.2, the payload of a `vc+jwt`. */
export const zStatusListCredential = z
  .strictObject({
    ...jwtClaims,
    '@context': z.tuple([z.literal(VC_CONTEXT)]),
    id: z.url(),
    type: z.tuple([z.literal('VerifiableCredential'), z.literal('BitstringStatusListCredential')]),
    issuer: zVcIssuer,
    validFrom: zTimestamp,
    validUntil: zTimestamp,
    credentialSubject: z.strictObject({
      id: z.url(),
      type: z.literal('BitstringStatusList'),
      statusPurpose: z.literal('revocation'),
      encodedList: z.string().max(65_536),
      /** How long a reader may keep it. Milliseconds. */
      ttl: z.int().min(1),
    }),
  })
  .superRefine((vc, context) => {
    const [validFrom, validUntil] = [Date.parse(vc.validFrom) / 1000, Date.parse(vc.validUntil) / 1000]
    const terms = { id: vc.id, issuer: vcIssuerDid(vc.issuer), subject: vc.credentialSubject.id, validFrom, validUntil }
    const contradiction = contradictionOf(vc, terms)
    if (contradiction !== undefined) context.addIssue({ code: 'custom', message: contradiction })
  })
export type StatusListCredentialJson = z.input<typeof zStatusListCredential>

/**
 * Signs the published state of a status list as a BitstringStatusListCredential (`vc+jwt`): what
 * `GET /v1/status-lists/{list}` serves. It ends after two intervals: it is signed anew each interval, and a cache may keep it for
 * one more.
 * @param ttlSeconds the publish interval
 * @throws AssayError `notFound` when the list was never published, or is another issuer's
 */
export async function signStatusListCredential(
  issuer: Issuer,
  { list, encodedList, ...state }: StatusList,
  now: number,
  ttlSeconds: number,
): Promise<string> {
  if (encodedList === undefined || state.issuer !== issuer.did) {
    throw new AssayError('notFound', 'This issuer has published no status list of this number')
  }
  const url = statusListUrl(issuer, list)
  const subject = `${url}#list`
  const validUntil = now + 2 * ttlSeconds
  // W3C's context, the only one here, has no term for jti
  const { jti: _, ...claims } = jwtClaimsOf({ id: url, issuer: issuer.did, subject, validFrom: now, validUntil })
  const payload: StatusListCredentialJson = {
    ...claims,
    '@context': [VC_CONTEXT],
    id: url,
    type: ['VerifiableCredential', 'BitstringStatusListCredential'],
    issuer: issuer.did,
    validFrom: toTimestamp(now),
    validUntil: toTimestamp(validUntil),
    credentialSubject: {
      id: subject,
      type: 'BitstringStatusList',
      statusPurpose: 'revocation',
      encodedList,
      ttl: ttlSeconds * 1000,
    },
  }
  return signJws({ header: { typ: CREDENTIAL_TYP, kid: issuer.kid }, payload, sign: issuer.sign })
}
