import { COMPUTE } from '../../../src/protocol/index.ts'
import { proposedRequest, recordPresentation } from '../../../src/reputation/index.ts'
import type { Service } from '../../../src/server/index.ts'
import { createProofRequest } from '../../../src/verifier/index.ts'

/**
 * Gives a pseudonym a past: one device, up in each of the last epochs. The entries go into the ledger as those of verified
 * presentations do, only that nobody proves them: sixty epochs of one day can't be had in a minute.
 */
export async function seedLedger(
  { ledger, clock, randomBytes, verifier }: Service,
  { pseudonym, epochs }: { pseudonym: bigint; epochs: number },
): Promise<{ pseudonym: string; epochs: number }> {
  const { settings, did, registry, store } = ledger
  const now = clock()
  const current = Math.floor(now / settings.epochSeconds)
  for (let epoch = current - epochs; epoch < current; epoch++) {
    const proposed = proposedRequest({
      kind: 'uptime',
      hardware: { schema: COMPUTE, assurance: 2, ranges: {} },
      uptime: { epoch, rungMicro: 990_000, firstEpoch: current - epochs },
    })
    const asked = { ...proposed, audience: { did }, circuit: verifier.key.circuit, registry }
    const request = createProofRequest(asked, { now, randomBytes })
    const presented = {
      request,
      pseudonym,
      devicePseudonyms: [2n, 2n],
      signals: [],
      recipient: 'benchmark',
      presentationHash: '',
    }
    await store.transaction((tx) => recordPresentation(tx, presented, { settings, now, capabilitySeconds: 1 }))
  }
  return { pseudonym: String(pseudonym), epochs }
}
