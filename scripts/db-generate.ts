import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api'
import * as schema from '../src/storage/schema/index.ts'

const folder = fileURLToPath(new URL('../src/storage/migrations', import.meta.url))

/** Fixed, so that the same tables always give the same bytes. */
const ID = '00000000-0000-4000-8000-000000000001'
const WHEN = 1_767_225_600_000

// sorted, because loaders list a module's exports in different orders
const tables = Object.fromEntries(Object.entries(schema).sort(([a], [b]) => (a < b ? -1 : 1)))

/**
 * The migrations folder as drizzle-kit lays it out, file by file: one initial migration that makes every table of
 * `src/storage/schema`. Nothing is released yet, so a change of schema rewrites it; the first release freezes it, and
 * from then on `drizzle-kit generate` adds to it.
 */
export async function renderMigrations(): Promise<Record<string, string>> {
  const { id: _, ...empty } = generateDrizzleJson({})
  const snapshot = { ...generateDrizzleJson(tables, undefined, undefined, 'snake_case'), id: ID }
  const statements = await generateMigration({ ...empty, id: ID }, snapshot)
  const journal = {
    version: '7',
    dialect: 'postgresql',
    entries: [{ idx: 0, version: snapshot.version, when: WHEN, tag: '0000_init', breakpoints: true }],
  }
  return {
    '0000_init.sql': `${statements.join('\n--> statement-breakpoint\n')}\n`,
    'meta/_journal.json': `${JSON.stringify(journal, null, 2)}\n`,
    'meta/0000_snapshot.json': `${JSON.stringify(snapshot, null, 2)}\n`,
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = await renderMigrations()
  await rm(folder, { recursive: true, force: true })
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
  process.stdout.write(`${Object.keys(files).join('\n')}\n`)
}
