import { COMPUTE } from '../../../src/protocol/index.ts'
import { type Proposal, proposedRequest, recordPresentation } from '../../../src/reputation/index.ts'
import type { Service } from '../../../src/server/index.ts'
import { createProofRequest } from '../../../src/verifier/index.ts'

/**
 * Gives a pseudonym a past: one device, up in each of the last epochs since the ledger's genesis. The entries go into the
 * ledger as those of verified presentations do, each at its time, only that nobody proves them: a month of epochs of one
 * day can't be had in a minute.
 */
export async function seedLedger(
  { ledger, clock, randomBytes, verifier }: Service,
  { pseudonym }: { pseudonym: bigint },
): Promise<{ pseudonym: string; epochs: number }> {
  const { settings, did, registry, store } = ledger
  const { epochSeconds, genesisEpoch } = settings
  const { stepSeconds } = await verifier.roots()
  const current = Math.floor(clock() / epochSeconds)
  for (let epoch = genesisEpoch; epoch < current; epoch++) {
    const now = (epoch + 1) * epochSeconds
    const proposal: Proposal = {
      kind: 'uptime',
      hardware: { schema: COMPUTE, ranges: { gops: { source: 'measured' } } },
      uptime: { epoch, rungMicro: 990_000 },
      ...(epoch === genesisEpoch ? { join: { joinEpoch: epoch, inheritedSilence: 0 as const } } : {}),
    }
    const asked = { ...proposedRequest(proposal), audience: { did }, circuit: verifier.key.circuit, registry }
    const request = createProofRequest(asked, { now, stepSeconds, randomBytes })
    const presented = {
      request,
      pseudonym,
      devicePseudonyms: [2n, 2n],
      signals: [],
      recipient: 'benchmark',
      presentationHash: '',
    }
    const options = { settings, now, capabilitySeconds: 1, clockConfirmed: true }
    await store.transaction((tx) => recordPresentation(tx, presented, options))
  }
  return { pseudonym: String(pseudonym), epochs: current - genesisEpoch }
}
