import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core'
import type { LedgerEntry, ProvedRanges } from '../../reputation/model/ledger.ts'
import { bigInteger, count, json, seconds } from '../columns.ts'

/** How the ledger counts epochs: one row, written once. */
export const ledgerSettings = pgTable(
  'ledger_settings',
  {
    id: integer().primaryKey(),
    epochSeconds: count().notNull(),
    genesisEpoch: count().notNull(),
  },
  (table) => [check('ledger_settings_single', sql`${table.id} = 1`)],
)

/**
 * One row a pseudonym. Whoever adds to a ledger locks its row first. `state` is the score state as JSON text; the score is
 * as of `horizon` and of the first `voids` void epochs, so that the directory knows which scores to renew.
 */
export const ledgers = pgTable(
  'ledgers',
  {
    pseudonym: bigInteger().primaryKey(),
    state: text().notNull(),
    listed: boolean().notNull(),
    score: count().notNull(),
    lower: count().notNull(),
    upper: count().notNull(),
    horizon: count().notNull(),
    voids: count().notNull(),
  },
  (table) => [
    index('ledgers_directory').on(table.score.desc(), table.pseudonym).where(sql`${table.listed}`),
    index('ledgers_stale').on(table.horizon).where(sql`${table.listed}`),
  ],
)

/**
 * Every accepted entry, for good. `epoch` is that of an uptime entry, or the week of a jobs entry; the columns beside the
 * document exist for the constraints: one proof a device and epoch, one a marketplace and week, one joining and one
 * retirement a device.
 */
export const ledgerEntries = pgTable(
  'ledger_entries',
  {
    entryId: text().primaryKey(),
    pseudonym: bigInteger()
      .notNull()
      .references(() => ledgers.pseudonym),
    kind: text({ enum: ['join', 'retire', 'uptime', 'hardware', 'jobs'] }).notNull(),
    acceptedAt: seconds().notNull(),
    devicePseudonym: bigInteger(),
    marketplace: text(),
    epoch: count(),
    document: json<LedgerEntry>().notNull(),
  },
  (table) => [
    index('ledger_entries_pseudonym').on(table.pseudonym, table.acceptedAt),
    uniqueIndex('ledger_entries_uptime_unique')
      .on(table.pseudonym, table.devicePseudonym, table.epoch)
      .where(sql`${table.kind} = 'uptime'`),
    uniqueIndex('ledger_entries_jobs_unique')
      .on(table.pseudonym, table.marketplace, table.epoch)
      .where(sql`${table.kind} = 'jobs'`),
    uniqueIndex('ledger_entries_roster_unique')
      .on(table.pseudonym, table.devicePseudonym, table.kind)
      .where(sql`${table.kind} in ('join', 'retire')`),
  ],
)

/** The newest hardware entry of each device and schema: what the directory is searched by. */
export const ledgerCapabilities = pgTable(
  'ledger_capabilities',
  {
    pseudonym: bigInteger()
      .notNull()
      .references(() => ledgers.pseudonym),
    devicePseudonym: bigInteger().notNull(),
    schema: text().notNull(),
    entryId: text().notNull(),
    acceptedAt: seconds().notNull(),
    ranges: json<ProvedRanges>().notNull(),
    provedAt: seconds().notNull(),
    expires: seconds().notNull(),
  },
  (table) => [primaryKey({ columns: [table.pseudonym, table.devicePseudonym, table.schema] })],
)

/** Thumbprints of the session keys that presented for a pseudonym: they may change its settings. */
export const ledgerSessions = pgTable(
  'ledger_sessions',
  {
    pseudonym: bigInteger()
      .notNull()
      .references(() => ledgers.pseudonym),
    thumbprint: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.pseudonym, table.thumbprint] })],
)

/** The service's signed list of outages. */
export const voidEpochs = pgTable('void_epochs', {
  epoch: count().primaryKey(),
  declaredAt: seconds().notNull(),
  reason: text().notNull(),
  signer: text().notNull(),
  signature: text().notNull(),
})
