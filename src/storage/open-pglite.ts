import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { DurableFs, type Fsync } from './durable-fs.ts'

/** `-F` turns fsync off; `fdatasync`, the default method, is a no-op in PGlite's C library. */
const startParams = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  '-c',
  'wal_sync_method=fsync',
  '-c',
  'synchronous_commit=on',
]

/**
 * Opens the embedded PostgreSQL in `folder/postgres`, and creates it if needed. Every commit is on the
 * disk before it is acknowledged. The caller holds the lock on the folder: PGlite takes none.
 */
export async function openPglite(folder: string, fsync: Fsync = fsyncSync): Promise<PGlite> {
  const path = join(folder, 'postgres')
  if (!existsSync(path)) await initialise(folder, path)
  return start(path, fsync)
}

/** The cluster is made aside and moved into place whole, so that a process killed half-way leaves nothing to trip over. */
async function initialise(folder: string, path: string): Promise<void> {
  const draft = join(folder, 'postgres.draft')
  rmSync(draft, { recursive: true, force: true })
  // what is written here is synced once, below
  await (await start(draft, () => {})).close()
  syncTree(draft)
  renameSync(draft, path)
  syncPath(folder)
}

function start(path: string, fsync: Fsync): Promise<PGlite> {
  return PGlite.create({ fs: new DurableFs(path, fsync), startParams })
}

function syncTree(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const child = join(path, entry.name)
    if (entry.isDirectory()) syncTree(child)
    else if (entry.isFile()) syncPath(child)
  }
  syncPath(path)
}

function syncPath(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
