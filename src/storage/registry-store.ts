import { and, asc, desc, eq, gt, gte, isNotNull, lt, lte, max, or, sql } from 'drizzle-orm'
import { AssayError } from '../protocol/errors.ts'
import { jcsHash } from '../protocol/jcs.ts'
import type { RegistryStore, RootName } from '../registry/registry-store.ts'
import type { Db } from './database.ts'
import { isUniqueViolation } from './postgres-error.ts'
import {
  registryConflicts,
  registryCuts,
  registryGenesis,
  registryLog,
  registryRoots,
  statusUpdates,
  witnessMarks,
} from './schema/registry.ts'

const DAY = 86_400

/** The registry's store on a database, or on a transaction of it: a refused insert does not spoil the transaction. */
export function createRegistryStore(db: Db): RegistryStore {
  return { ...log(db), ...updates(db), ...cuts(db), ...roots(db), ...evidence(db), ...marks(db) }
}

function log(db: Db) {
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
  } satisfies Partial<RegistryStore>
}

function updates(db: Db) {
  return {
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
    async insertUpdate(document, previousSeq, accepted) {
      const { issuer, list, seq, urgent } = document
      const acceptedAt = accepted ?? 0
      const urgentDay = urgent && accepted !== null ? Math.floor(accepted / DAY) : null
      // a savepoint, so that a violation does not spoil the caller's transaction
      const rows = await db
        .transaction((tx) =>
          tx
            .insert(statusUpdates)
            .values({ issuer, list, seq, previousSeq, acceptedAt, urgentDay, document })
            .onConflictDoNothing({ target: [statusUpdates.issuer, statusUpdates.list, statusUpdates.seq] })
            .returning({ seq: statusUpdates.seq }),
        )
        .catch((error: unknown) => {
          if (isUniqueViolation(error, 'status_updates_urgent_unique')) throw new AssayError('urgentSpent')
          if (isUniqueViolation(error, 'status_updates_previous_unique')) return []
          throw error
        })
      assertInserted(rows, `Status list ${list} has an update after ${previousSeq} already`)
    },
    async urgentUpdatesSince(acceptedAt) {
      const { issuer, list, seq } = statusUpdates
      return db
        .select({ issuer, list, seq, acceptedAt: statusUpdates.acceptedAt })
        .from(statusUpdates)
        .where(and(isNotNull(statusUpdates.urgentDay), gte(statusUpdates.acceptedAt, acceptedAt)))
        .orderBy(asc(statusUpdates.acceptedAt))
    },
  } satisfies Partial<RegistryStore>
}

function cuts(db: Db) {
  return {
    async insertCut(document) {
      const { number, sub } = document
      const rows = await db
        .insert(registryCuts)
        .values({ number, sub, document })
        .onConflictDoNothing()
        .returning({ number: registryCuts.number })
      assertInserted(rows, `There is a cut ${number}.${sub} already`)
    },
    async cut(name) {
      const [row] = await db.select().from(registryCuts).where(isNamed(registryCuts, name))
      return row?.document
    },
    async cutBefore({ number, sub }) {
      const [row] = await db
        .select()
        .from(registryCuts)
        .where(or(lt(registryCuts.number, number), and(eq(registryCuts.number, number), lt(registryCuts.sub, sub))))
        .orderBy(desc(registryCuts.number), desc(registryCuts.sub))
        .limit(1)
      return row?.document
    },
  } satisfies Partial<RegistryStore>
}

function roots(db: Db) {
  return {
    async latestRoot(upTo = Number.MAX_SAFE_INTEGER) {
      const [row] = await db
        .select({ statement: registryRoots.statement, cut: registryCuts.document })
        .from(registryRoots)
        .innerJoin(
          registryCuts,
          and(eq(registryCuts.number, registryRoots.number), eq(registryCuts.sub, registryRoots.sub)),
        )
        .where(and(registryRoots.isSigned, lte(registryRoots.number, upTo)))
        .orderBy(desc(registryRoots.number), desc(registryRoots.sub))
        .limit(1)
      return row
    },
    async root(name) {
      const [row] = await db.select().from(registryRoots).where(isNamed(registryRoots, name))
      return row?.statement
    },
    async rootsSince(number, limit) {
      const rows = await db
        .select({ statement: registryRoots.statement })
        .from(registryRoots)
        .where(and(registryRoots.isSigned, gte(registryRoots.number, number)))
        .orderBy(desc(registryRoots.number), desc(registryRoots.sub))
        .limit(limit)
      return rows.map(({ statement }) => statement).reverse()
    },
    async insertRoot({ statement, isSigned }) {
      const { number, sub } = statement
      const rows = await db
        .insert(registryRoots)
        .values({ number, sub, isSigned, statement })
        .onConflictDoNothing()
        .returning({ number: registryRoots.number })
      assertInserted(rows, `There is a root ${number}.${sub} already`)
    },
    async addSignature(name, signature, threshold) {
      await db.transaction(async (tx) => {
        const [row] = await tx.select().from(registryRoots).where(isNamed(registryRoots, name)).for('update')
        if (row === undefined) throw new AssayError('notFound', `There is no root ${name.number}.${name.sub}`)
        const { statement } = row
        if (statement.signatures.some(({ signer }) => signer === signature.signer)) return
        const signatures = [...statement.signatures, signature]
        await tx
          .update(registryRoots)
          .set({ statement: { ...statement, signatures }, isSigned: row.isSigned || signatures.length >= threshold })
          .where(isNamed(registryRoots, name))
      })
    },
  } satisfies Partial<RegistryStore>
}

function evidence(db: Db) {
  return {
    async conflicts(limit) {
      const rows = await db.select().from(registryConflicts).orderBy(asc(registryConflicts.place)).limit(limit)
      return rows.map(({ document }) => document)
    },
    async addConflict(document) {
      // the same two statements in either order are the same evidence
      const hash = jcsHash(document.statements.map((statement) => jcsHash(statement)).sort())
      await db.insert(registryConflicts).values({ hash, document }).onConflictDoNothing()
    },
  } satisfies Partial<RegistryStore>
}

function marks(db: Db) {
  return {
    async witnessMark(witness) {
      const [row] = await db.select().from(witnessMarks).where(eq(witnessMarks.witness, witness))
      return row && { number: row.number, boot: row.boot, seconds: row.seconds }
    },
    async putWitnessMark(witness, mark) {
      await db
        .insert(witnessMarks)
        .values({ witness, ...mark })
        .onConflictDoUpdate({ target: witnessMarks.witness, set: mark })
    },
    async clearWitnessMark(witness) {
      await db.delete(witnessMarks).where(eq(witnessMarks.witness, witness))
    },
  } satisfies Partial<RegistryStore>
}

function isNamed(table: typeof registryCuts | typeof registryRoots, { number, sub }: RootName) {
  return and(eq(table.number, number), eq(table.sub, sub))
}

function assertInserted(rows: readonly unknown[], reason: string): void {
  if (rows.length === 0) throw new AssayError('conflict', reason)
}
