import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { AssayError } from '../protocol/errors.ts'
import type { Db } from './database.ts'

/** The migrations are data beside the sources, found from `src/storage` and from `dist/storage` alike. */
export const migrationsFolder = fileURLToPath(new URL('../../src/storage/migrations', import.meta.url))

/**
 * Checks that the database holds exactly the migrations of this version, after they were applied. drizzle's migrator
 * compares dates only, so it would take a database of another history for a current one.
 * @throws AssayError `configInvalid`
 */
export async function checkMigrations(db: Db): Promise<void> {
  const applied = await db
    .select({ hash: sql<string>`hash` })
    .from(sql`drizzle.__drizzle_migrations`)
    .orderBy(sql`created_at`)
  const expected = readMigrationFiles({ migrationsFolder }).map(({ hash }) => hash)
  if (applied.length === expected.length && applied.every(({ hash }, index) => hash === expected[index])) return
  throw new AssayError('configInvalid', 'The database was made by another version of Assay, whose schema differs', {
    applied: applied.length,
    expected: expected.length,
  })
}
