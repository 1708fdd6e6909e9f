/** A process of its own that is killed while it makes a database: just before the finished draft is moved into place. */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const rename = fs.renameSync
fs.renameSync = (from, to) => {
  if (String(to).endsWith('/postgres')) process.kill(process.pid, 'SIGKILL')
  rename(from, to)
}
syncBuiltinESMExports()
const { openDatabase } = await import('../../src/storage/open-database.ts')
await openDatabase({ dataFolder: process.argv[2] ?? '' })
