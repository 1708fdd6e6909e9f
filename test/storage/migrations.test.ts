import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { renderMigrations } from '../../scripts/db-generate.ts'
import { migrationsFolder } from '../../src/storage/migrate.ts'

describe('the committed migrations', () => {
  it('are those that the schema generates (else: npm run db:generate)', async () => {
    const rendered = await renderMigrations()
    const names = (await readdir(migrationsFolder, { recursive: true, withFileTypes: true })).filter((e) => e.isFile())
    expect(names).toHaveLength(Object.keys(rendered).length)
    for (const [name, content] of Object.entries(rendered)) {
      expect(await readFile(join(migrationsFolder, name), 'utf8')).toBe(content)
    }
  })

  it('come out the same each time', async () => {
    expect(await renderMigrations()).toEqual(await renderMigrations())
  })
})
