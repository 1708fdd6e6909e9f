import { and, asc, desc, eq, gt, gte, isNotNull, lt, max, sql } from 'drizzle-orm'
import { AssayError } from '../protocol/errors.ts'
import type { RegistryStore } from '../registry/registry-store.ts'
import type { Db } from './database.ts'
import { registryGenesis, registryLog, registryRoots, statusUpdates } from './schema/registry.ts'

/** The registry's store on a database, or on a transaction of it: a refused insert does not spoil the transaction. */
export function createRegistryStore(db: Db): RegistryStore {
  return {
    async genesis() {
      const [row] = await db.select().from(registryGenesis)
      return row?.document
    },

    async insertGenesis(document) {
      const rows = await db
        .insert(registryGenesis)
        .values({ id: 1, document })
        .onConflictDoNothing()
        .returning({ id: registryGenesis.id })
      assertInserted(rows, 'The registry has a genesis already')
    },

    async entriesAfter(seq) {
      const rows = await db.select().from(registryLog).where(gt(registryLog.seq, seq)).orderBy(asc(registryLog.seq))
      return rows.map(({ document }) => document)
    },

    async insertEntry(document) {
      const { seq, previous } = document
      const rows = await db
        .insert(registryLog)
        .values({ seq, previous, document })
        .onConflictDoNothing()
        .returning({ seq: registryLog.seq })
      assertInserted(rows, `The log has an entry ${seq} already`)
    },

    latestUpdates() {
      const { issuer, list, seq } = statusUpdates
      const newest = sql<number>`${max(seq)}`.mapWith(Number)
      return db.select({ issuer, list, seq: newest }).from(statusUpdates).groupBy(issuer, list).orderBy(issuer, list)
    },

    async latestUpdate({ issuer, list }) {
      const [row] = await db
        .select()
        .from(statusUpdates)
        .where(and(eq(statusUpdates.issuer, issuer), eq(statusUpdates.list, list)))
        .orderBy(desc(statusUpdates.seq))
        .limit(1)
      return row?.document
    },

    async update({ issuer, list, seq }) {
      const [row] = await db
        .select()
        .from(statusUpdates)
        .where(and(eq(statusUpdates.issuer, issuer), eq(statusUpdates.list, list), eq(statusUpdates.seq, seq)))
      return row?.document
    },

    async insertUpdate(document, previousSeq) {
      const { issuer, list, seq } = document
      const rows = await db
        .insert(statusUpdates)
        .values({ issuer, list, seq, previousSeq, document })
        .onConflictDoNothing()
        .returning({ seq: statusUpdates.seq })
      assertInserted(rows, `Status list ${list} has an update after ${previousSeq} already`)
    },

    async latestRoot() {
      const [row] = await db.select().from(registryRoots).orderBy(desc(registryRoots.seq)).limit(1)
      if (row === undefined) return undefined
      const lists = row.lists ?? (await listsBefore(db, row.seq))
      return { statement: row.statement, logSeq: row.logSeq, lists }
    },

    async statementsSince(since) {
      const { seq, issuedAt, statement } = registryRoots
      const [before] = await db
        .select({ seq })
        .from(registryRoots)
        .where(lt(issuedAt, since))
        .orderBy(desc(issuedAt), desc(seq))
        .limit(1)
      const rows = await db
        .select({ statement })
        .from(registryRoots)
        .where(gte(seq, before?.seq ?? 0))
        .orderBy(asc(seq))
      return rows.map((row) => row.statement)
    },

    async insertRoot({ statement, logSeq, lists }) {
      const { seq, issuedAt } = statement
      const rows = await db
        .insert(registryRoots)
        .values({ seq, issuedAt, logSeq, statement, lists: lists ?? null })
        .onConflictDoNothing()
        .returning({ seq: registryRoots.seq })
      assertInserted(rows, `There is a root statement ${seq} already`)
    },
  }
}

/** The lists of the newest statement before `seq` that states them. */
async function listsBefore(db: Db, seq: number) {
  const [row] = await db
    .select({ lists: registryRoots.lists })
    .from(registryRoots)
    .where(and(lt(registryRoots.seq, seq), isNotNull(registryRoots.lists)))
    .orderBy(desc(registryRoots.seq))
    .limit(1)
  return row?.lists ?? []
}

function assertInserted(rows: readonly unknown[], reason: string): void {
  if (rows.length === 0) throw new AssayError('conflict', reason)
}
