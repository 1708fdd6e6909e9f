import { once } from 'node:events'
import { existsSync, fsyncSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/storage/open-database.ts'
import { secrets } from '../../src/storage/schema/index.ts'
import { freshFolder } from '../shared/databases.ts'
import { spawnScript } from '../shared/spawn-script.ts'

const writer = new URL('writer.ts', import.meta.url)

describe('the embedded database', () => {
  it('brings every commit to the disk before it acknowledges it', async () => {
    const { target, remove } = await freshFolder()
    let synced = 0
    const fsync = (descriptor: number) => {
      fsyncSync(descriptor)
      synced += 1
    }
    const { db, transaction, close } = await openDatabase(target, { fsync })
    expect(await setting('fsync')).toBe('on')
    expect(await setting('synchronous_commit')).toBe('on')
    for (let row = 0; row < 20; row += 1) {
      const before = synced
      if (row % 2 === 0) await db.insert(secrets).values({ name: `${row}`, encrypted: '' })
      else await transaction((tx) => tx.update(secrets).set({ encrypted: `${row}` }))
      expect(synced).toBeGreaterThanOrEqual(before + 1)
    }
    const beforeRead = synced
    await db.select().from(secrets)
    expect(synced).toBe(beforeRead)
    await close()
    await remove()

    async function setting(name: string) {
      const result = await db.execute(sql`select current_setting(${name}) as value`)
      return (result as unknown as { rows: { value: string }[] }).rows[0]?.value
    }
  })

  it('does not acknowledge a commit that did not reach the disk', async () => {
    const { target, remove } = await freshFolder()
    let broken = false
    const fsync = (descriptor: number) => {
      if (broken) throw new Error('the disk is gone')
      fsyncSync(descriptor)
    }
    const { db, close } = await openDatabase(target, { fsync })
    await db.insert(secrets).values({ name: 'kept', encrypted: '' })
    broken = true
    await expect(db.insert(secrets).values({ name: 'lost', encrypted: '' })).rejects.toThrow()
    broken = false
    await close().catch(() => undefined)
    await remove()
  })

  it('shows every acknowledged row after kill -9, and opens again at once', async () => {
    const { target, remove } = await freshFolder()
    const acknowledged: string[] = []
    for (const [round, rows] of [7, 31, 64].entries()) {
      const { lines, kill } = spawnScript(writer, target.dataFolder, `${round}`)
      for (let row = 0; row < rows; row += 1) acknowledged.push((await lines.next()).value as string)
      await kill('SIGKILL')
      for await (const line of lines) acknowledged.push(line)
    }
    const { db, close } = await openDatabase(target)
    const kept = new Set((await db.select({ name: secrets.name }).from(secrets)).map(({ name }) => name))
    expect(acknowledged.filter((name) => !kept.has(name))).toEqual([])
    expect(acknowledged.length).toBeGreaterThanOrEqual(102)
    await close()
    await remove()
  })

  it('is made anew when it was killed while being made', async () => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'assay-killed-'))
    const { child } = spawnScript(new URL('interrupted-maker.ts', import.meta.url), dataFolder)
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
    expect(existsSync(join(dataFolder, 'postgres.draft'))).toBe(true)
    expect(existsSync(join(dataFolder, 'postgres'))).toBe(false)
    const { db, close } = await openDatabase({ dataFolder })
    expect(await db.$count(secrets)).toBe(0)
    expect(existsSync(join(dataFolder, 'postgres.draft'))).toBe(false)
    await close()
    await rm(dataFolder, { recursive: true })
  })
})
