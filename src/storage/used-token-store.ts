import { and, inArray, lt, sql } from 'drizzle-orm'
import type { UsedTokenStore } from '../identity/stores.ts'
import type { Db } from './database.ts'
import { usedTokens } from './schema/index.ts'

/** Seconds, or so many tokens if they come sooner: fewer than go at once, so that the table shrinks whatever comes in. */
const PRUNE_INTERVAL = 60
const PRUNE_AFTER = 500
const PRUNE_AT_ONCE = 1_000

/** Used tokens; the primary key decides who was first. Expired ones are removed now and then, as tokens come in. */
export function createUsedTokenStore(db: Db): UsedTokenStore {
  let prunedAt = Number.NEGATIVE_INFINITY
  let since = 0
  return {
    async use({ signer, jti, expiresAt, now }) {
      const kept = await db
        .insert(usedTokens)
        .values({ signer, jti, expiresAt })
        .onConflictDoNothing()
        .returning({ jti: usedTokens.jti })
      since += 1
      if (now >= prunedAt + PRUNE_INTERVAL || since >= PRUNE_AFTER) {
        prunedAt = now
        since = 0
        await prune(db, now)
      }
      return kept.length === 1
    },
  }
}

/** Rows that another process is removing are skipped, or the two could wait for each other. */
async function prune(db: Db, now: number): Promise<void> {
  const expired = db
    .select({ row: sql`ctid` })
    .from(usedTokens)
    .where(lt(usedTokens.expiresAt, now))
    .limit(PRUNE_AT_ONCE)
    .for('update', { skipLocked: true })
  await db.delete(usedTokens).where(and(inArray(sql`ctid`, expired), lt(usedTokens.expiresAt, now)))
}
