import { sql } from 'drizzle-orm'
import { check, index, integer, pgTable, primaryKey, text, unique } from 'drizzle-orm/pg-core'
import type { Genesis } from '../../registry/genesis.ts'
import type { LogEntry } from '../../registry/log-entry.ts'
import type { UpdateName } from '../../registry/registry-store.ts'
import type { RootStatement } from '../../registry/root-statement.ts'
import type { StatusUpdate } from '../../registry/status-update.ts'
import { count, json, seconds } from '../columns.ts'

/*
 * Documents are hashed and signed in their canonical form, so that it does no harm that jsonb keeps no key order. Every
 * row is inserted once; the constraints decide which of two writers was first.
 */

/** The registry's one genesis. */
export const registryGenesis = pgTable(
  'registry_genesis',
  {
    id: integer().primaryKey(),
    document: json<Genesis>().notNull(),
  },
  (table) => [check('registry_genesis_single', sql`${table.id} = 1`)],
)

/** The governors' log: one entry a number, one successor an entry. */
export const registryLog = pgTable('registry_log', {
  seq: count().primaryKey(),
  previous: text().notNull().unique('registry_log_previous_unique'),
  document: json<LogEntry>().notNull(),
})

/**
 * Every status list that was taken in. An update names the number of the one it was checked against, which can have one
 * successor only: else two writers could each add a bit, and the later would undo the earlier's.
 */
export const statusUpdates = pgTable(
  'status_updates',
  {
    issuer: text().notNull(),
    list: count().notNull(),
    seq: count().notNull(),
    previousSeq: count().notNull(),
    document: json<StatusUpdate>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.issuer, table.list, table.seq] }),
    unique('status_updates_previous_unique').on(table.issuer, table.list, table.previousSeq),
    check('status_updates_forward', sql`${table.seq} > ${table.previousSeq}`),
  ],
)

/** What the witnesses signed, and which log entry and status updates it stands for. */
export const registryRoots = pgTable(
  'registry_roots',
  {
    seq: count().primaryKey(),
    issuedAt: seconds().notNull(),
    logSeq: count().notNull(),
    /** Null where it is that of the statement before: most statements only say that nothing changed. */
    lists: json<UpdateName[]>(),
    statement: json<RootStatement>().notNull(),
  },
  (table) => [
    index('registry_roots_issued_at').on(table.issuedAt),
    index('registry_roots_changes').on(table.seq).where(sql`${table.lists} is not null`),
  ],
)
