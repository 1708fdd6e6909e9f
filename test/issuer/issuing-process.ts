/** A process of its own that issues credential after credential, and says so on standard output after each. */
import { issueCredential } from '../../src/issuer/index.ts'
import { createIssuerStore } from '../../src/storage/issuer-store.ts'
import { openDatabase } from '../../src/storage/open-database.ts'
import { issueRequest, issuerOf, randomBytes } from './fixture.ts'

const [dataFolder = '', round = ''] = process.argv.slice(2)
const store = createIssuerStore(await openDatabase({ dataFolder }))
const issuer = issuerOf('issuer')
for (let i = 0; ; i += 1) {
  const { id } = await issueCredential({ issuer, store, randomBytes }, issueRequest(issuer, `${round}/${i}`))
  process.stdout.write(`${id}\n`)
}
