import { AssayError, encodeProofRequest, type ProofRequest, type Sign } from '../protocol/index.ts'

/**
 * Signs a proof request as a JWT. A verifier signs for its own audience only: one that signed for others would let any
 * caller harvest their pseudonyms.
 * @throws AssayError `audienceNotSigned` when the request is for another DID than the signer's
 */
export async function signProofRequest(
  request: ProofRequest,
  { did, sign, keyId }: { did: string; sign: Sign; keyId?: string },
): Promise<string> {
  if (request.audience.did !== did) {
    throw new AssayError('audienceNotSigned', `${did} can't sign a proof request for ${request.audience.did}`)
  }
  return encodeProofRequest(request, sign, keyId)
}
