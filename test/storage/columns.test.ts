import { asc, getTableColumns, sql } from 'drizzle-orm'
import { pgTable, text } from 'drizzle-orm/pg-core'
import { beforeAll, expect, it } from 'vitest'
import { FIELD_ORDER, MAX_UINT64 } from '../../src/protocol/field.ts'
import { bigInteger, bytes, count, json, seconds } from '../../src/storage/columns.ts'
import { describeOnEachDatabase } from '../shared/databases.ts'

const samples = pgTable('samples', {
  id: text().primaryKey(),
  big: bigInteger().notNull(),
  at: seconds().notNull(),
  n: count().notNull(),
  raw: bytes().notNull(),
  value: json<{ list: (string | null)[] }>().notNull(),
})

describeOnEachDatabase('columns', (open) => {
  beforeAll(async () => {
    const { db } = await open()
    expect(Object.values(getTableColumns(samples)).map((column) => column.getSQLType())).toEqual([
      ...['text', 'numeric(78, 0)', 'bigint', 'bigint', 'bytea', 'jsonb'],
    ])
    await db.execute(
      sql`create table samples (id text primary key, big numeric(78, 0), at bigint, n bigint, raw bytea, value jsonb)`,
    )
  })

  it.each([
    ['least', { big: 0n, at: 0, n: 0, raw: new Uint8Array(0), value: { list: [] } }],
    [
      'greatest',
      {
        big: FIELD_ORDER - 1n,
        at: 4_294_967_295,
        n: Number.MAX_SAFE_INTEGER,
        raw: Uint8Array.of(0, 255, 128),
        value: { list: ['ü', null] },
      },
    ],
    ['64 bits', { big: MAX_UINT64, at: 1, n: 1, raw: Uint8Array.of(1, 2, 3).subarray(1), value: { list: ['"'] } }],
    ['78 digits', { big: 10n ** 78n - 1n, at: 1, n: 1, raw: new Uint8Array(1000).fill(7), value: { list: ['\\'] } }],
  ])('give back what was written: %s', async (id, values) => {
    const { db } = await open()
    await db.insert(samples).values({ id, ...values })
    const [row] = await db.select().from(samples).where(sql`id = ${id}`)
    expect(row).toEqual({ id, ...values })
    expect(row?.raw.constructor).toBe(Uint8Array)
  })

  it('order big integers as numbers', async () => {
    const { db } = await open()
    const rows = await db.select({ big: samples.big }).from(samples).orderBy(asc(samples.big))
    expect(rows.map(({ big }) => big)).toEqual([0n, MAX_UINT64, FIELD_ORDER - 1n, 10n ** 78n - 1n])
  })
})
