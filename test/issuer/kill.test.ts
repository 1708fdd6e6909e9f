import { expect, it } from 'vitest'
import { createIssuerStore } from '../../src/storage/issuer-store.ts'
import { openDatabase } from '../../src/storage/open-database.ts'
import { issuedCredentials, statusEntries } from '../../src/storage/schema/issuer.ts'
import { freshFolder } from '../shared/databases.ts'
import { spawnScript } from '../shared/spawn-script.ts'

it('an issuer killed with -9 has lost no credential that it handed out, and no index is half taken', async () => {
  const { target, remove } = await freshFolder()
  const acknowledged: string[] = []
  for (const [round, count] of [9, 23].entries()) {
    const { lines, kill } = spawnScript(new URL('issuing-process.ts', import.meta.url), target.dataFolder, `${round}`)
    for (let i = 0; i < count; i += 1) acknowledged.push((await lines.next()).value as string)
    await kill('SIGKILL')
    for await (const line of lines) acknowledged.push(line)
  }
  const database = await openDatabase(target)
  const store = createIssuerStore(database)
  for (const id of acknowledged) {
    expect(await store.transaction((tx) => tx.findIssued(id))).toMatchObject({ id })
  }
  expect(acknowledged.length).toBeGreaterThanOrEqual(32)
  expect(await database.db.$count(statusEntries)).toBe(await database.db.$count(issuedCredentials))
  await database.close()
  await remove()
})
