import { sql } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/storage/open-database.ts'
import { isUniqueViolation, postgresError } from '../../src/storage/postgres-error.ts'
import { secrets } from '../../src/storage/schema/index.ts'
import { describeOnEachDatabase, freshDatabase, freshPostgres, kinds } from '../shared/databases.ts'

describeOnEachDatabase('a database', (open) => {
  it('keeps all of a transaction', async () => {
    const { db, transaction } = await open()
    const result = await transaction(async (tx) => {
      await tx.insert(secrets).values({ name: 'a', encrypted: '1' })
      await tx.insert(secrets).values({ name: 'b', encrypted: '2' })
      return 'done'
    })
    expect(result).toBe('done')
    expect(await db.$count(secrets)).toBe(2)
  })

  it('keeps nothing of a transaction that throws', async () => {
    const { db, transaction } = await open()
    const before = await db.$count(secrets)
    const failing = transaction(async (tx) => {
      await tx.insert(secrets).values({ name: 'c', encrypted: '3' })
      throw new Error('changed my mind')
    })
    await expect(failing).rejects.toThrow('changed my mind')
    expect(await db.$count(secrets)).toBe(before)
  })

  it('names the unique constraint that refused a row', async () => {
    const { db } = await open()
    await db.insert(secrets).values({ name: 'taken', encrypted: '1' })
    const error = await db
      .insert(secrets)
      .values({ name: 'taken', encrypted: '2' })
      .catch((thrown: unknown) => thrown)
    expect(isUniqueViolation(error)).toBe(true)
    expect(isUniqueViolation(error, 'secrets_pkey')).toBe(true)
    expect(isUniqueViolation(error, 'dids_alias_unique')).toBe(false)
    expect(postgresError(new Error('another'))).toBeUndefined()
  })

  it('runs a transaction again that lost against a concurrent one', async () => {
    const { transaction } = await open()
    let runs = 0
    const value = await transaction(async (tx) => {
      runs += 1
      if (runs < 3) await tx.execute(sql`do $$ begin raise exception 'lost' using errcode = '40001'; end $$`)
      return runs
    })
    expect(value).toBe(3)
  })

  it('gives up on a transaction that always loses', async () => {
    const { transaction } = await open()
    let runs = 0
    const losing = transaction(async (tx) => {
      runs += 1
      await tx.execute(sql`do $$ begin raise exception 'lost' using errcode = '40P01'; end $$`)
    })
    const error = await losing.catch((thrown: unknown) => thrown)
    expect(postgresError(error)?.code).toBe('40P01')
    expect(runs).toBe(5)
  })
})

describe.each(kinds)('opening (%s)', (kind) => {
  it('finds again what was kept, and refuses a database of another schema', async () => {
    const { target, remove } = await freshDatabase(kind)
    const first = await openDatabase(target)
    await first.db.insert(secrets).values({ name: 'kept', encrypted: 'x' })
    await first.close()
    await first.close()

    const second = await openDatabase(target)
    expect(await second.db.select().from(secrets)).toEqual([{ name: 'kept', encrypted: 'x' }])
    await second.db.execute(sql`update drizzle.__drizzle_migrations set hash = 'another'`)
    await second.close()

    await expect(openDatabase(target)).rejects.toMatchObject({
      code: 'configInvalid',
      message: 'The database was made by another version of Assay, whose schema differs',
    })
    await remove()
  })
})

describe('PostgreSQL', () => {
  it('is migrated once by many processes that start at the same moment', async () => {
    const { target, remove } = await freshPostgres()
    const databases = await Promise.all(Array.from({ length: 6 }, () => openDatabase(target, { maxConnections: 2 })))
    const applied = await databases[0]!.db.execute(sql`select hash from drizzle.__drizzle_migrations`)
    expect((applied as unknown as { rows: unknown[] }).rows).toHaveLength(1)
    await Promise.all(databases.map((database) => database.close()))
    await remove()
  })

  it('answers a wrong URL with configInvalid', async () => {
    await expect(openDatabase({ url: 'mysql://localhost/assay' })).rejects.toMatchObject({
      code: 'configInvalid',
      message: 'The database URL must start with postgres:// or postgresql://',
    })
  })

  it('answers a server that is not there with unavailable', async () => {
    await expect(openDatabase({ url: 'postgres://assay@127.0.0.1:1/assay' })).rejects.toMatchObject({
      code: 'unavailable',
      message: 'The database server cannot be reached',
    })
  })
})
