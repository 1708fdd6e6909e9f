import { getScore, trustedLedger } from '../client/index.ts'
import { AssayError } from '../protocol/index.ts'
import type { HolderParts } from './holder-parts.ts'
import { type ScoreArgs, type ScoreResult, zScoreArgs } from './method-schemas.ts'
import { parseArgs } from './parse-args.ts'
import { ownPseudonym } from './present.ts'
import { type Context, type PinnedService, resolveWith } from './service-access.ts'

/**
 * Gets a score with its explanation, signed by a reputation service that the registry trusts.
 * @throws AssayError `malformed`, `pseudonymUnknown`, `signatureInvalid`, `untrustedIssuer`, `registryInvalid`
 */
export async function scoreOf(
  { access, holder }: { access: PinnedService; holder?: Pick<HolderParts, 'wallet'> | undefined },
  args: ScoreArgs,
  context: Context,
): Promise<ScoreResult> {
  const { pseudonym: named, at } = parseArgs('assayScore', zScoreArgs, args)
  const registry = access.registry(context)
  const ledger = await trustedLedger({ description: await access.describe(), registry })
  const pseudonym = named ?? (holder && (await ownPseudonym(holder, { did: ledger })))
  if (pseudonym === undefined) {
    throw new AssayError('malformed', 'assayScore needs a pseudonym: this agent acts for no holder of its own')
  }
  return getScore(access.client, { pseudonym, at }, { ledger, resolveKeys: resolveWith(context) })
}
