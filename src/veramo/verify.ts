import type { Dapp } from '../verifier/index.ts'
import { type VerifyArgs, type VerifyResult, zVerifyArgs } from './method-schemas.ts'
import { parseArgs } from './parse-args.ts'

/**
 * Verifies a presentation made for one of the dapp's own requests.
 * @throws AssayError `malformed` (the arguments), `unavailable`, `didUnresolvable`: no judgement on the presentation
 */
export async function verifyFor(dapp: Dapp, args: VerifyArgs): Promise<VerifyResult> {
  const { presentation, context } = parseArgs('assayVerify', zVerifyArgs, args)
  const result = await dapp.verify(presentation, context)
  if (!result.ok) return { ok: false, code: result.code, message: result.message }
  const { retry, pseudonym, devicePseudonyms, request, recipient } = result
  return {
    ok: true,
    retry,
    pseudonym: String(pseudonym),
    devicePseudonyms: devicePseudonyms.map(String),
    purpose: request.purpose,
    recipient,
  }
}
