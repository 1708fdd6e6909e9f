import { and, eq, isNotNull, isNull, lt, or } from 'drizzle-orm'
import { AssayError } from '../protocol/errors.ts'
import { jcs } from '../protocol/jcs.ts'
import { proofRequestJson, zProofRequest } from '../protocol/proof-request.ts'
import {
  type Acceptance,
  type AcceptanceOutcome,
  type AcceptanceStore,
  audienceName,
} from '../verifier/acceptance-store.ts'
import type { Database, Db } from './database.ts'
import { proofRequests, replayKeys } from './schema/verifier.ts'

/**
 * The verifier's nonces and replay keys in the database. The caller's work gets the transaction in which the nonce is
 * consumed. Two presentations of one nonce meet at its row: the later waits for the earlier and then finds it used.
 */
export function createAcceptanceStore({ db, transaction }: Database): AcceptanceStore<Db> {
  return {
    async issue(request) {
      const row = {
        audience: audienceName(request.audience),
        nonce: request.nonce,
        request: proofRequestJson(request),
        expiresAt: request.expiresAt,
      }
      const inserted = await db
        .insert(proofRequests)
        .values(row)
        .onConflictDoNothing()
        .returning({ nonce: proofRequests.nonce })
      if (inserted.length > 0) return
      const known = await readRow(db, row.audience, row.nonce)
      if (known === undefined || jcs(known.request) !== jcs(row.request)) {
        throw new AssayError('conflict', 'The nonce stands for another proof request')
      }
    },

    async find(audience, nonce) {
      const row = await readRow(db, audience, nonce)
      if (row === undefined) return undefined
      const request = zProofRequest.parse(row.request)
      return row.acceptedAt === null ? { request } : { request, acceptance: acceptanceIn(row) }
    },

    async accept(acceptance, work) {
      try {
        return await transaction((tx) => acceptIn(tx, acceptance, work))
      } catch (error) {
        if (error instanceof Replayed) return { outcome: 'replayed' }
        throw error
      }
    },

    async prune({ unanswered, answered }) {
      const { acceptedAt, expiresAt } = proofRequests
      const pruned = await db
        .delete(proofRequests)
        .where(
          or(and(isNull(acceptedAt), lt(expiresAt, unanswered)), and(isNotNull(acceptedAt), lt(expiresAt, answered))),
        )
        .returning({ nonce: proofRequests.nonce })
      return pruned.length
    },
  }
}

/** Thrown so that the transaction, which has consumed the nonce by then, is rolled back. */
class Replayed extends Error {}

async function acceptIn(
  tx: Db,
  { audience, nonce, recipient, presentationHash, purpose, acceptedAt, replay }: Acceptance,
  work: (tx: Db) => Promise<unknown>,
): Promise<AcceptanceOutcome> {
  const isRow = and(eq(proofRequests.audience, audience), eq(proofRequests.nonce, nonce))
  const consumed = await tx
    .update(proofRequests)
    .set({ recipient, presentationHash, acceptedAt })
    .where(and(isRow, isNull(proofRequests.acceptedAt)))
    .returning({ nonce: proofRequests.nonce })
  if (consumed.length === 0) {
    const row = await readRow(tx, audience, nonce)
    if (row === undefined) return { outcome: 'nonceUnknown' }
    const used = acceptanceIn(row)
    const same = used.recipient === recipient && used.presentationHash === presentationHash
    return same ? { outcome: 'retry', answer: used.answer } : { outcome: 'nonceUsed' }
  }
  // in one order everywhere, so that two presentations of several devices don't wait for each other
  const keys = [...new Set(replay?.keys)].sort((a, b) => (a < b ? -1 : 1))
  for (const key of keys) {
    const row = { audience, purpose, period: replay!.period, key, acceptedAt }
    const inserted = await tx.insert(replayKeys).values(row).onConflictDoNothing().returning({ key: replayKeys.key })
    if (inserted.length === 0) throw new Replayed()
  }
  const answer = JSON.stringify(await work(tx))
  await tx.update(proofRequests).set({ answer }).where(isRow)
  return { outcome: 'accepted', answer: JSON.parse(answer) }
}

async function readRow(
  db: Db,
  audience: string,
  nonce: string,
): Promise<typeof proofRequests.$inferSelect | undefined> {
  const rows = await db
    .select()
    .from(proofRequests)
    .where(and(eq(proofRequests.audience, audience), eq(proofRequests.nonce, nonce)))
  return rows[0]
}

function acceptanceIn({ recipient, presentationHash, answer }: typeof proofRequests.$inferSelect) {
  return { recipient: recipient!, presentationHash: presentationHash!, answer: JSON.parse(answer!) as unknown }
}
