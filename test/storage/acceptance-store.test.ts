import { count } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { COMPUTE, toBase64url } from '../../src/protocol/index.ts'
import { createAcceptanceStore } from '../../src/storage/acceptance-store.ts'
import { replayKeys } from '../../src/storage/schema/verifier.ts'
import { audienceName, createProofRequest } from '../../src/verifier/index.ts'
import { acceptanceStoreSuite } from '../shared/acceptance-store-suite.ts'
import { describeOnEachDatabase } from '../shared/databases.ts'
import { digest, party } from '../shared/proof-fixture.ts'

describeOnEachDatabase('the acceptance store', (open) => {
  acceptanceStoreSuite(async () => createAcceptanceStore(await open()))

  it("writes the caller's work in the transaction that consumes the nonce, or not at all", async () => {
    const database = await open()
    const store = createAcceptanceStore(database)
    const options = {
      audience: { did: party('a dapp').did },
      purpose: 'test',
      policies: [{ schema: COMPUTE, claims: {} }],
      circuit: 'c'.repeat(64),
      registry: toBase64url(digest('a registry')),
    }
    const request = createProofRequest(options, {
      now: 1_800_000_000,
      stepSeconds: 3600,
      randomBytes: () => digest('of the transaction'),
    })
    await store.issue(request)
    const acceptance = {
      audience: audienceName(request.audience),
      nonce: request.nonce,
      recipient: 'r',
      presentationHash: 'h',
      purpose: 'transaction',
      acceptedAt: 1_800_000_000,
    }
    const row = { audience: 'a', purpose: 'written by the work', period: 'p', key: 1n, acceptedAt: 1 }
    const rows = async () => (await database.db.select({ n: count() }).from(replayKeys))[0]!.n
    const before = await rows()
    const failing = store.accept(acceptance, async (tx) => {
      await tx.insert(replayKeys).values(row)
      throw new Error('too late')
    })
    await expect(failing).rejects.toThrow('too late')
    expect(await rows()).toBe(before)
    const result = await store.accept(acceptance, async (tx) => {
      await tx.insert(replayKeys).values(row)
      return 'done'
    })
    expect(result).toEqual({ outcome: 'accepted', answer: 'done' })
    expect(await rows()).toBe(before + 1)
  })
})
