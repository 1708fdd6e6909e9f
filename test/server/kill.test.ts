import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { COMPUTE } from '../../src/protocol/index.ts'
import { KMS_SECRET_FILE } from '../../src/server/index.ts'
import { createIssuerStore } from '../../src/storage/issuer-store.ts'
import { freshFolder } from '../shared/databases.ts'
import { freePort } from '../shared/free-port.ts'
import { send } from '../shared/http.ts'
import { spawnScript } from '../shared/spawn-script.ts'
import { createTestProvider, credentialOf, issuerOf, type TestProvider } from '../shared/test-provider.ts'
import { startTestService, testSettings } from '../shared/test-service.ts'
import { until } from '../shared/until.ts'

const script = new URL('serve-process.ts', import.meta.url)

interface Issued {
  provider: TestProvider
  body: unknown
  answer: unknown
  statusIndex: number
  id: string
}

/** Asks for credentials, one holder after the other, until the service is gone. */
async function issueUntilKilled(url: string, count: number, issued: Issued[]): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    const provider = await createTestProvider(url)
    const body = await provider.bodyFor(COMPUTE, { type: 'inspection', report: provider.report() })
    const signer = provider.signerFor(issuerOf(provider.description, COMPUTE))
    const { status, json } = await send(`${url}/v1/credentials`, { body, signer })
    expect(status).toBe(201)
    const { credential } = credentialOf(json)
    issued.push({ provider, body, answer: json, statusIndex: credential.statusIndex, id: credential.id })
  }
}

describe('kill -9 while credentials are issued', () => {
  it('loses no acknowledged credential, and the registry goes on as it was', async () => {
    const { target, remove } = await freshFolder()
    // the same address each time, as a service has it
    const port = await freePort()
    const settings = { ...testSettings, ...target, port }
    const issued: Issued[] = []
    const registryIds = new Set<string>()
    for (const round of [1, 2]) {
      const { child, lines, kill } = spawnScript(script, JSON.stringify(settings))
      const [url, registryId] = ((await lines.next()).value as string).split(' ')
      registryIds.add(registryId!)
      const before = issued.length
      const clients = Array.from({ length: 3 }, () => issueUntilKilled(url!, 1000, issued).catch(() => undefined))
      await until(() => issued.length >= before + 15)
      await kill('SIGKILL')
      expect(child.signalCode, `round ${round}`).toBe('SIGKILL')
      await Promise.all(clients)
    }
    const { url, service, stop } = await startTestService({ port }, { database: target })
    expect([...registryIds]).toEqual([service.registry.registryId])
    expect(issued.length).toBeGreaterThanOrEqual(30)
    const store = createIssuerStore(service.database)
    for (const { provider, body, answer, statusIndex, id } of issued) {
      const record = await store.transaction((tx) => tx.findIssued(id))
      expect(record).toMatchObject({ index: statusIndex, jwt: (answer as { credential: string }).credential })
      const signer = provider.signerFor(issuerOf(provider.description, COMPUTE))
      // the same request again: the same answer
      expect((await send(`${url}/v1/credentials`, { body, signer })).json).toEqual(answer)
    }
    // a renewal keeps its index, and no two holders share one
    const [first] = issued
    const renewed = await first!.provider.ask(COMPUTE, { type: 'inspection', report: first!.provider.report() })
    expect(credentialOf(renewed.json).credential.statusIndex).toBe(first!.statusIndex)
    expect(new Set(issued.map(({ statusIndex }) => statusIndex)).size).toBe(issued.length)
    expect((await send(`${url}/readyz`)).status).toBe(200)
    await stop()
    await remove()
  })

  it.each([0, 150])(
    '%i ms into making keys and registry leaves a folder that the next start takes up',
    async (delayMs) => {
      const { target, remove } = await freshFolder()
      const { lines, kill } = spawnScript(script, JSON.stringify({ ...testSettings, ...target }))
      await until(() => existsSync(join(target.dataFolder, KMS_SECRET_FILE)))
      // any moment will do
      await sleep(delayMs)
      await kill('SIGKILL')
      const { value: line } = (await lines.next()) as { value?: string }
      const { service, url, stop } = await startTestService({}, { database: target })
      // it may have been ready just before
      if (line !== undefined) expect(line.split(' ')[1]).toBe(service.registry.registryId)
      const { entries } = (await send(`${url}/v1/registry/log`)).json as { entries: unknown[] }
      expect(entries).toHaveLength(4)
      expect((await send(`${url}/readyz`)).status).toBe(200)
      await stop()
      await remove()
    },
  )
})
