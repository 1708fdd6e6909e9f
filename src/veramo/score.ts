import { AssayError } from '../protocol/index.ts'
import { verifyExplanation, zSignedExplanation } from '../reputation/index.ts'
import type { HolderParts } from './holder-parts.ts'
import { type ScoreArgs, type ScoreResult, zScoreArgs } from './method-schemas.ts'
import { parseArgs } from './parse-args.ts'
import { ownPseudonym } from './present.ts'
import { type Context, reputationOf, resolveWith, type ServiceAccess } from './service-access.ts'

/**
 * Gets a score with its explanation, signed by a reputation service that the registry trusts.
 * @throws AssayError `malformed`, `pseudonymUnknown`, `signatureInvalid`, `untrustedIssuer`, `registryInvalid`
 */
export async function scoreOf(
  { access, holder }: { access: ServiceAccess; holder?: Pick<HolderParts, 'wallet'> | undefined },
  args: ScoreArgs,
  context: Context,
): Promise<ScoreResult> {
  const { pseudonym: named, at } = parseArgs('assayScore', zScoreArgs, args)
  const signer = await reputationOf(access, context)
  const pseudonym = named ?? (holder && (await ownPseudonym(holder, { did: signer })))
  if (pseudonym === undefined) {
    throw new AssayError('malformed', 'assayScore needs a pseudonym: this agent acts for no holder of its own')
  }
  const json = await access.client.score(pseudonym, at)
  const explanation = await verifyExplanation(json, { signer, resolveKeys: resolveWith(context) })
  if (explanation.pseudonym !== pseudonym || explanation.t !== (at ?? explanation.t)) {
    throw new AssayError('signatureInvalid', 'The service answered with a score of another pseudonym or moment')
  }
  return zSignedExplanation.parse(json)
}
