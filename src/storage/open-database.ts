import { mkdirSync } from 'node:fs'
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres'
import { migrate as migratePostgres } from 'drizzle-orm/node-postgres/migrator'
import type { PgTransactionConfig } from 'drizzle-orm/pg-core'
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite'
import { migrate as migratePglite } from 'drizzle-orm/pglite/migrator'
import pg from 'pg'
import { AssayError } from '../protocol/errors.ts'
import type { Database, DatabaseTarget, Db } from './database.ts'
import type { Fsync } from './durable-fs.ts'
import { lockFolder } from './lock-folder.ts'
import { checkMigrations, migrationsFolder } from './migrate.ts'
import { openPglite } from './open-pglite.ts'
import { isRetryable } from './postgres-error.ts'
import * as schema from './schema/index.ts'

export type OpenOptions = {
  /** How a file is brought to the disk; the system's fsync unless a test counts. Embedded database only. */
  fsync?: Fsync
  /** Most connections at once. PostgreSQL only. Default 10. */
  maxConnections?: number
  /** Told of a connection lost while idle; the next query opens another. PostgreSQL only. Default: nothing is done. */
  onConnectionLost?: (error: Error) => void
}

const ATTEMPTS = 5

/** Tables name their columns in camel case; the database in snake case. */
const casing = 'snake_case'

/** Held by the one process that migrates, while others that start on the same PostgreSQL wait ("assay" in ASCII). */
const MIGRATION_LOCK = 0x6173736179

/**
 * Opens the database, creating and migrating it as needed.
 *
 * Embedded: PGlite in `dataFolder`, which one process owns at a time; an acknowledged commit is on the disk.
 * PostgreSQL: a pool of connections to `url`; any number of processes may open it, start and migrate at once.
 * @throws AssayError `folderInUse`, `unavailable` (no server there), `configInvalid` (wrong URL, foreign schema)
 */
export function openDatabase(target: DatabaseTarget, options: OpenOptions = {}): Promise<Database> {
  return 'url' in target ? openPostgres(target.url, options) : openEmbedded(target.dataFolder, options)
}

async function openEmbedded(dataFolder: string, { fsync }: OpenOptions): Promise<Database> {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  const lock = await lockFolder(dataFolder)
  try {
    const client = await openPglite(dataFolder, fsync)
    const close = once(async () => {
      await client.close()
      await lock.release()
    })
    return await finishOpening('pglite', drizzlePglite({ client, schema, casing }), close, (db) =>
      migratePglite(db, { migrationsFolder }),
    )
  } catch (error) {
    await lock.release().catch(() => undefined)
    throw error
  }
}

async function openPostgres(url: string, options: OpenOptions): Promise<Database> {
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new AssayError('configInvalid', 'The database URL must start with postgres:// or postgresql://')
  }
  const pool = new pg.Pool({
    connectionString: url,
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: 10_000,
    application_name: 'assay',
  })
  // without a listener, a server that restarts would end this process
  pool.on('error', options.onConnectionLost ?? (() => undefined))
  return finishOpening(
    'postgres',
    drizzlePostgres({ client: pool, schema, casing }),
    once(() => pool.end()),
    async () => {
      const client = await pool.connect().catch(throwUnavailable)
      try {
        await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
        await migratePostgres(drizzlePostgres({ client, schema, casing }), { migrationsFolder })
      } finally {
        // closing the connection releases the lock, whatever state it is in
        client.release(true)
      }
    },
  )
}

async function finishOpening<D extends Db>(
  kind: Database['kind'],
  db: D,
  close: () => Promise<void>,
  migrate: (db: D) => Promise<void>,
): Promise<Database> {
  try {
    await migrate(db)
    await checkMigrations(db)
  } catch (error) {
    await close()
    throw error
  }
  return { kind, db, close, transaction: (work, config) => runTransaction(db, work, config) }
}

async function runTransaction<T>(db: Db, work: (tx: Db) => Promise<T>, config?: PgTransactionConfig): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction(work, config)
    } catch (error) {
      if (attempt === ATTEMPTS || !isRetryable(error)) throw error
    }
  }
}

function throwUnavailable(error: unknown): never {
  throw new AssayError('unavailable', 'The database server cannot be reached', {}, error)
}

function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => {
    done ??= action()
    return done
  }
}
