import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import {
  type SignedExplanation,
  verifyExplanation,
  zSignedExplanation,
} from '../reputation/ledger/signed-explanation.ts'
import type { ServiceClient } from './service-client.ts'

export interface ScoreQuery {
  pseudonym: string
  /** As of when, in seconds. Default: now. */
  at?: number | undefined
  /** A score: the forecast tells when it is reached. */
  target?: number | undefined
}

/**
 * Gets a score with its explanation, and checks that the ledger signed it, for this pseudonym and moment.
 * @param ledger the DID of the service's ledger
 * @throws AssayError `pseudonymUnknown`, `malformed`, `signatureInvalid`, `didUnresolvable`
 */
export async function getScore(
  client: Pick<ServiceClient, 'score'>,
  { pseudonym, at, target }: ScoreQuery,
  { ledger, resolveKeys }: { ledger: string; resolveKeys: ResolveKeys },
): Promise<SignedExplanation> {
  const json = await client.score(pseudonym, at, target)
  const explanation = await verifyExplanation(json, { signer: ledger, resolveKeys })
  if (explanation.pseudonym === pseudonym && explanation.t === (at ?? explanation.t)) {
    return zSignedExplanation.parse(json)
  }
  throw new AssayError('signatureInvalid', 'The service answered with a score of another pseudonym or moment')
}
