import type { PgDatabase, PgQueryResultHKT, PgTransactionConfig } from 'drizzle-orm/pg-core'
import type * as schema from './schema/index.ts'

/** What stores query: the database itself, or a transaction on it. One type for both back ends. */
export type Db = PgDatabase<PgQueryResultHKT, typeof schema>

/** An open database, migrated to the newest schema. */
export type Database = {
  kind: 'pglite' | 'postgres'
  db: Db
  /**
   * Runs `work` in one transaction: all of it happens, or nothing does. When PostgreSQL reports a serialization failure or
   * a deadlock it is run again, a few times, so it must have no effects besides its queries.
   */
  transaction: <T>(work: (tx: Db) => Promise<T>, config?: PgTransactionConfig) => Promise<T>
  /** Finishes what is under way, closes every connection and releases the data folder. Calling it again does nothing. */
  close: () => Promise<void>
}

/** Where the data lives: the embedded database in a folder, or a PostgreSQL server at a `postgres://` URL. */
export type DatabaseTarget = { dataFolder: string } | { url: string }
