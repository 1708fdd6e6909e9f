import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  doublePrecision,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
} from 'drizzle-orm/pg-core'
import type { Cut } from '../../registry/cut.ts'
import type { Genesis } from '../../registry/genesis.ts'
import type { LogEntry } from '../../registry/log-entry.ts'
import type { RootConflict } from '../../registry/root-conflict.ts'
import type { RootStatement } from '../../registry/root-statement.ts'
import type { StatusUpdate } from '../../registry/status-update.ts'
import { count, json, seconds } from '../columns.ts'

/*
 * Documents are hashed and signed in their canonical form, so that it does no harm that jsonb keeps no key order. The
 * constraints decide which of two writers was first.
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
    acceptedAt: seconds().notNull(),
    /** The day of an urgent update, in days since the Unix epoch: an issuer has one a day. */
    urgentDay: count(),
    document: json<StatusUpdate>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.issuer, table.list, table.seq] }),
    unique('status_updates_previous_unique').on(table.issuer, table.list, table.previousSeq),
    unique('status_updates_urgent_unique').on(table.issuer, table.urgentDay),
    index('status_updates_urgent').on(table.acceptedAt).where(sql`${table.urgentDay} is not null`),
    check('status_updates_forward', sql`${table.seq} > ${table.previousSeq}`),
  ],
)

/** What each root covers: one cut a (number, sub), whoever made it. */
export const registryCuts = pgTable(
  'registry_cuts',
  {
    number: count().notNull(),
    sub: count().notNull(),
    document: json<Cut>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.number, table.sub] })],
)

/** The root of each cut. Signatures are added until enough witnesses signed; the rest of a statement never changes. */
export const registryRoots = pgTable(
  'registry_roots',
  {
    number: count().notNull(),
    sub: count().notNull(),
    isSigned: boolean().notNull(),
    statement: json<RootStatement>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.number, table.sub] }),
    foreignKey({ columns: [table.number, table.sub], foreignColumns: [registryCuts.number, registryCuts.sub] }),
  ],
)

/** Evidence against witnesses, by its hash. */
export const registryConflicts = pgTable('registry_conflicts', {
  hash: text().primaryKey(),
  place: count().notNull().generatedAlwaysAsIdentity(),
  document: json<RootConflict>().notNull(),
})

/** What each witness of this deployment signed last, by its DID. */
export const witnessMarks = pgTable('witness_marks', {
  witness: text().primaryKey(),
  number: count().notNull(),
  boot: text().notNull(),
  seconds: doublePrecision().notNull(),
})
