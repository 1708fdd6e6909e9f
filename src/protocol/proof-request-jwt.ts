import * as z from 'zod'
import type { ResolveKeys, Sign } from './effects.ts'
import { AssayError } from './errors.ts'
import { signJws, verifyJws } from './jws.ts'
import { PROOF_REQUEST_TYP, type ProofRequest, proofRequestJson, zProofRequest } from './proof-request.ts'

/**
 * The compact JWS of a proof request: its members, and `iss`, the audience's DID, which signs.
 * `keyId` is a DID URL of the signing key; by default the DID alone.
 */
export function encodeProofRequest(request: ProofRequest, sign: Sign, keyId?: string): Promise<string> {
  const { did } = request.audience
  const payload = { iss: did, ...proofRequestJson(request) }
  return signJws({ header: { typ: PROOF_REQUEST_TYP, kid: keyId ?? did }, payload, sign })
}

/**
 * Opens a signed proof request. It is the audience's own: a service that signed requests for someone else's audience
 * would let any caller harvest that audience's pseudonyms. Times are not judged here.
 * @throws AssayError `malformed`, `signatureInvalid`, `audienceNotSigned`, `didUnresolvable`
 */
export async function openProofRequest(jwt: string, resolveKeys: ResolveKeys): Promise<ProofRequest> {
  const { payload, did } = await verifyJws(jwt, { typ: PROOF_REQUEST_TYP, resolveKeys })
  const { iss: _, ...members } = payload
  const parsed = zProofRequest.safeParse(members)
  if (!parsed.success) {
    throw new AssayError('malformed', `The proof request is malformed: ${z.prettifyError(parsed.error)}`)
  }
  if (parsed.data.audience.did !== did) {
    const asked = parsed.data.audience.did
    throw new AssayError('audienceNotSigned', `The proof request for ${asked} is signed by ${did}`, { signer: did! })
  }
  return parsed.data
}
