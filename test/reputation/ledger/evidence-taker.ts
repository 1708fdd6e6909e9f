/** A process of its own that takes presentations from standard input, and prints each answer once it is committed. */
import { text } from 'node:stream/consumers'
import type { PresentationJson } from '../../../src/protocol/index.ts'
import { takeEvidence } from '../../../src/reputation/index.ts'
import { openDatabase } from '../../../src/storage/open-database.ts'
import { ledgerOn } from './world.ts'

const [dataFolder = '', session = ''] = process.argv.slice(2)
const presentations: PresentationJson[] = JSON.parse(await text(process.stdin))
const service = await ledgerOn(await openDatabase({ dataFolder }), 'taker')
for (const presentation of presentations) {
  const { answer } = await takeEvidence(service, { presentation, session })
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
