/** A process of its own that commits row after row, and says so on standard output after each commit. */
import { openDatabase } from '../../src/storage/open-database.ts'
import { secrets } from '../../src/storage/schema/index.ts'

const [dataFolder = '', round = ''] = process.argv.slice(2)
const { db } = await openDatabase({ dataFolder })
for (let row = 0; ; row += 1) {
  const name = `${round}/${row}`
  await db.insert(secrets).values({ name, encrypted: 'x'.repeat(500) })
  process.stdout.write(`${name}\n`)
}
