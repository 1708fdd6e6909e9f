import { z } from 'zod'
import { CREDENTIAL_TYP, toTimestamp, VC_CONTEXT, zTimestamp } from '../protocol/credential.ts'
import { zDid } from '../protocol/did.ts'
import { AssayError } from '../protocol/errors.ts'
import { signJws } from '../protocol/jws.ts'
import { type Issuer, statusListUrl } from './issuer.ts'
import type { StatusList } from './issuer-store.ts'

/** A status list as the ecosystem reads it: W3C Bitstring Status List 1.0, 2.2, the payload of a `vc+jwt`. */
export const zStatusListCredential = z.strictObject({
  '@context': z.tuple([z.literal(VC_CONTEXT[0])]),
  id: z.url(),
  type: z.tuple([z.literal('VerifiableCredential'), z.literal('BitstringStatusListCredential')]),
  issuer: zDid,
  validFrom: zTimestamp,
  credentialSubject: z.strictObject({
    id: z.url(),
    type: z.literal('BitstringStatusList'),
    statusPurpose: z.literal('revocation'),
    encodedList: z.string().max(65_536),
    /** How long a reader may keep it. Milliseconds. */
    ttl: z.int().min(1),
  }),
})
export type StatusListCredentialJson = z.input<typeof zStatusListCredential>

/**
 * Signs the published state of a status list as a BitstringStatusListCredential (`vc+jwt`): what
 * `GET /v1/status-lists/{list}` serves.
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
  const payload: StatusListCredentialJson = {
    '@context': [VC_CONTEXT[0]],
    id: url,
    type: ['VerifiableCredential', 'BitstringStatusListCredential'],
    issuer: issuer.did,
    validFrom: toTimestamp(now),
    credentialSubject: {
      id: `${url}#list`,
      type: 'BitstringStatusList',
      statusPurpose: 'revocation',
      encodedList,
      ttl: ttlSeconds * 1000,
    },
  }
  return signJws({ header: { typ: CREDENTIAL_TYP, kid: issuer.kid }, payload, sign: issuer.sign })
}
