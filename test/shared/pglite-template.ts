import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../src/storage/open-database.ts'

/** A closed, migrated data folder, to be copied: a first boot costs seconds and hundreds of megabytes. */
export async function makePgliteTemplate() {
  const folder = await mkdtemp(join(tmpdir(), 'assay-template-'))
  const database = await openDatabase({ dataFolder: folder })
  await database.close()
  return { value: folder, stop: () => rm(folder, { recursive: true, force: true }) }
}
