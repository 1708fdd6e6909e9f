import type { z } from 'zod'
import type { ResolveKeys } from '../../protocol/effects.ts'
import { type Explanation, zExplanation } from '../model/explanation-schema.ts'
import { openStatement, zStatementSignature } from './signed-statement.ts'

/** What GET /v1/reputation/:pseudonym answers: the explanation, and the service's signature. */
export const zSignedExplanation = zExplanation.extend({ signature: zStatementSignature })
export type SignedExplanation = z.output<typeof zSignedExplanation>

/**
 * Checks an explanation as anyone can who knows the reputation service's DID (`signer`), wherever the JSON came from.
 * It shows what the service answered for that pseudonym at `t`; how recent that is, the caller judges.
 * @throws AssayError `malformed`, `signatureInvalid`, `didUnresolvable`
 */
export function verifyExplanation(
  json: unknown,
  by: { signer: string; resolveKeys: ResolveKeys },
): Promise<Explanation> {
  return openStatement('AssayScoreExplanation', { json, schema: zSignedExplanation }, by)
}
