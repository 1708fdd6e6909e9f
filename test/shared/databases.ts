import { randomUUID } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, describe, inject } from 'vitest'
import type { Database, DatabaseTarget } from '../../src/storage/database.ts'
import { openDatabase } from '../../src/storage/open-database.ts'

export type Kind = Database['kind']
export const kinds: readonly Kind[] = ['pglite', 'postgres']

/** A fresh, migrated database that nobody has open, and how to remove it. */
export type FreshDatabase<T extends DatabaseTarget = DatabaseTarget> = { target: T; remove: () => Promise<void> }

/** A data folder of its own for the embedded database, copied from the run's template. */
export async function freshFolder(): Promise<FreshDatabase<{ dataFolder: string }>> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'assay-data-'))
  await cp(await made('/pglite-template'), dataFolder, { recursive: true })
  return { target: { dataFolder }, remove: () => rm(dataFolder, { recursive: true, force: true }) }
}

/** A database of its own, still empty, on the run's PostgreSQL server. */
export async function freshPostgres(): Promise<FreshDatabase<{ url: string }>> {
  const server = await made('/postgres')
  const name = `assay_${randomUUID().replaceAll('-', '')}`
  await execute(server, `create database ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return { target: { url: url.href }, remove: () => execute(server, `drop database if exists ${name} with (force)`) }
}

/** A fresh database of one kind. */
export function freshDatabase(kind: Kind): Promise<FreshDatabase> {
  return kind === 'pglite' ? freshFolder() : freshPostgres()
}

/**
 * Runs one suite on the embedded database and on a real PostgreSQL, each time on a fresh database.
 *
 * `open` gives the database. Called again, it gives what a second server process would see: another pool on PostgreSQL;
 * on the embedded database, which one process owns, the same handle. All are closed after the suite.
 * @example
 * describeOnEachDatabase('used tokens', (open) => {
 *   it('takes a token once', async () => { const { db } = await open() … })
 * })
 */
export function describeOnEachDatabase(name: string, suite: (open: () => Promise<Database>, kind: Kind) => void): void {
  describe.each(kinds)(`${name} (%s)`, (kind) => {
    let fresh: Promise<FreshDatabase> | undefined
    const opened: Promise<Database>[] = []
    const open = () => {
      if (kind === 'pglite' && opened[0] !== undefined) return opened[0]
      fresh ??= freshDatabase(kind)
      const database = fresh.then(({ target }) => openDatabase(target, { maxConnections: 4 }))
      opened.push(database)
      return database
    }
    afterAll(async () => {
      for (const database of await Promise.all(opened)) await database.close()
      await (await fresh)?.remove()
    })
    suite(open, kind)
  })
}

async function made(path: string): Promise<string> {
  const response = await fetch(inject('databasesUrl') + path)
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  return text
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
