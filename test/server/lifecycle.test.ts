import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { hexToBytes } from '@noble/hashes/utils.js'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { ed25519KeysOf, zDidDocument } from '../../src/identity/index.ts'
import { COMPUTE, didSignerFromKey } from '../../src/protocol/index.ts'
import { checkRoot } from '../../src/registry/index.ts'
import { KMS_SECRET_FILE, OPERATOR_KEY_FILE, serve } from '../../src/server/index.ts'
import { publishRegistry } from '../../src/server/publish-registry.ts'
import { freshDatabase, freshFolder, freshPostgres, kinds } from '../shared/databases.ts'
import { problemOf, send } from '../shared/http.ts'
import { KMS_SECRET } from '../shared/identity.ts'
import { spawnScript } from '../shared/spawn-script.ts'
import { createTestProvider, credentialOf } from '../shared/test-provider.ts'
import { operatorSigner, settingsOf, startTestService, testSettings } from '../shared/test-service.ts'
import { until } from '../shared/until.ts'

const script = new URL('serve-process.ts', import.meta.url)

describe('the first start', () => {
  it.each(kinds)('makes DIDs, registry and keys, and the second start finds them (%s)', async (kind) => {
    const { target, remove } = await freshDatabase(kind)
    const first = await startTestService({}, { database: target })
    const { registry, dids, publisher } = first.service
    const keys = publisher.issuers.map(({ publicKey }) => publicKey)
    expect(new Set(Object.values(dids).map(({ did }) => did)).size).toBe(6)
    await first.stop()
    const second = await startTestService({}, { database: target })
    expect(second.service.registry.registryId).toBe(registry.registryId)
    expect(Object.values(second.service.dids).map(({ did }) => did)).toEqual(Object.values(dids).map(({ did }) => did))
    expect(second.service.publisher.issuers.map(({ publicKey }) => publicKey)).toEqual(keys)
    const { entries } = (await send(`${second.url}/v1/registry/log`)).json as { entries: unknown[] }
    expect(entries).toHaveLength(4)
    await second.stop()
    await remove()
  })

  it('of two processes at once on one PostgreSQL makes one registry, trusted once, and one of them monitors', async () => {
    const { target, remove } = await freshPostgres()
    const [one, two] = await Promise.all([
      startTestService({}, { database: target }),
      startTestService({}, { database: target }),
    ])
    expect(two.service.registry.registryId).toBe(one.service.registry.registryId)
    expect(two.service.dids.hardware.did).toBe(one.service.dids.hardware.did)
    for (const { url } of [one, two]) {
      const { entries } = (await send(`${url}/v1/registry/log`)).json as { entries: unknown[] }
      expect(entries).toHaveLength(4)
    }
    // a credential of the one is known to the other
    const provider = await createTestProvider(one.url)
    const elsewhere = await createTestProvider(two.url)
    expect(elsewhere.description.registryId).toBe(provider.description.registryId)
    const { challenge } = await provider.measure()
    const body = await provider.bodyFor(COMPUTE, {
      type: 'challenge',
      challengeId: challenge.id,
      report: provider.report(),
    })
    const signer = provider.signerFor(one.service.dids.hardware.did)
    expect((await send(`${two.url}/v1/credentials`, { body, signer })).status).toBe(201)
    const greetings = await Promise.all(
      [one, two].map(async ({ url }) => {
        const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/heartbeats`)
        const heard = await Promise.race([
          once(socket, 'message').then(() => 'welcome'),
          new Promise<string>((resolve) => socket.on('error', ({ message }) => resolve(message))),
        ])
        socket.terminate()
        return heard
      }),
    )
    expect(greetings.sort()).toEqual(['Unexpected server response: 503', 'welcome'])
    await Promise.all([one.stop(), two.stop()])
    await remove()
  })

  it('draws the KMS secret and the operator’s key of an embedded database into its folder', async () => {
    const { target, remove } = await freshFolder()
    const { url, stop } = await startTestService({ operators: [] }, { database: target })
    const key = (await readFile(join(target.dataFolder, OPERATOR_KEY_FILE), 'utf8')).trim()
    expect(await readFile(join(target.dataFolder, KMS_SECRET_FILE), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
    const provider = await createTestProvider(url)
    const { credential } = credentialOf(
      (await provider.ask(COMPUTE, { type: 'inspection', report: provider.report() })).json,
    )
    const body = { reason: 'a test' }
    const signer = didSignerFromKey(hexToBytes(key))
    expect((await send(`${url}/v1/credentials/${credential.id}/revocation`, { body, signer })).status).toBe(200)
    await stop()
    const wrong = serve({ ...testSettings, ...target, kmsSecret: KMS_SECRET }, { signals: false })
    await expect(wrong).rejects.toMatchObject({
      code: 'configInvalid',
      message: 'The KMS secret is not the one that the stored keys are encrypted with',
    })
    await remove()
  })
})

describe('a service that must not start', () => {
  it('is refused a folder that another process uses, a port that is taken, a database that is away', async () => {
    const { target, remove } = await freshFolder()
    const { url, stop } = await startTestService({}, { database: target })
    const second = spawnScript(script, JSON.stringify({ ...testSettings, ...target }))
    expect((await second.lines.next()).value).toMatch(/^folderInUse: /)
    await second.kill('SIGTERM')
    const port = Number(new URL(url).port)
    await expect(startTestService({ port })).rejects.toMatchObject({
      code: 'configInvalid',
      message: expect.stringContaining(`The service can't listen on 127.0.0.1, port ${port}`),
    })
    await expect(
      serve({ ...testSettings, databaseUrl: 'postgres://127.0.0.1:1/assay', kmsSecret: KMS_SECRET }),
    ).rejects.toMatchObject({ code: 'unavailable' })
    expect((await send(`${url}/healthz`)).status).toBe(200)
    await stop()
    await remove()
  })

  it('in production refuses the development key that ships, before it writes anything', async () => {
    const production = {
      ...testSettings,
      production: true,
      publicUrl: 'https://assay.example',
      dataFolder: '/nonexistent/data',
    }
    await expect(serve(production, { signals: false })).rejects.toMatchObject({
      code: 'developmentKey',
      message: 'A development key is refused in production.',
    })
  })
})

describe('a service behind https', () => {
  it('has did:web DIDs, serves their documents, and signs for the public URL', async () => {
    const publicUrl = 'https://assay.example'
    const { target, remove } = await freshFolder()
    const running = await startTestService({ publicUrl, allowDidKey: true }, { database: target })
    const { dids, registry } = running.service
    expect(running.url).toBe(publicUrl)
    expect(dids.reputation.did).toBe('did:web:assay.example')
    expect(dids.hardware.did).toBe('did:web:assay.example:hardware')
    expect(dids.monitor.did).toBe('did:web:assay.example:monitor')
    // those whose signatures must be checkable when the host is gone
    expect(registry.genesis.governors[0]).toMatch(/^did:key:/)
    expect(registry.genesis.witnesses[0]!.did).toMatch(/^did:key:/)
    await running.stop()
    // the same data can't come back under DIDs of another kind: a DID is an audience
    await expect(startTestService({}, { database: target })).rejects.toMatchObject({ code: 'configInvalid' })
    await remove()
  })

  it('publishes the document of every role', async () => {
    const { url, service, stop } = await startTestService()
    for (const [role, { did, publicKeys }] of Object.entries(service.dids)) {
      const path = role === 'reputation' ? '/.well-known/did.json' : `/${role}/did.json`
      const { json, headers } = await send(url + path)
      expect(headers.get('content-type')).toBe('application/did+json; charset=utf-8')
      expect(json).toMatchObject({ id: did })
      expect(json).toMatchObject({
        verificationMethod: publicKeys.map(() => ({ type: 'JsonWebKey', controller: did })),
      })
      const listed = ed25519KeysOf(zDidDocument.parse(json), 'authentication')
      expect(listed).toEqual({ keys: publicKeys, skipped: [] })
    }
    await stop()
  })
})

describe('the roots that the service’s own verifier goes by', () => {
  it('follow revocations: the root before counts for one more interval, by the clock', async () => {
    // an interval that ends when the test says so
    const intervalSeconds = 60
    let aheadMs = 0
    const clockMs = () => Date.now() + aheadMs
    const { url, service, stop } = await startTestService({ intervalSeconds, skewSeconds: 600 }, { clockMs })
    const { verifier, registry } = service
    const before = await verifier.roots()
    expect(before.registry).toBe(registry.registryId)
    const { root } = before.roots.at(-1)!
    const provider = await createTestProvider(url)
    const { credential } = await provider.enroll()
    const body = { reason: 'a test' }
    const path = `${url}/v1/credentials/${credential.id}/revocation`
    const { json } = await send(path, { body, signer: operatorSigner })
    const { rootNumber } = json as { rootNumber: number }
    aheadMs = rootNumber * intervalSeconds * 1000 - Date.now()
    await publishRegistry(service.publisher)
    const known = await verifier.roots()
    const covering = known.roots.find(({ number }) => number === rootNumber)!
    expect(covering.root).not.toBe(root)
    const [begin, end] = [rootNumber * intervalSeconds, (rootNumber + 1) * intervalSeconds]
    expect(checkRoot(known, root, begin + 1, 0)).toBeUndefined()
    expect(checkRoot(known, root, end, 0)).toBe('rootSuperseded')
    expect(checkRoot(known, covering.root, end, 0)).toBeUndefined()
    await stop()
  })
})

describe('health', () => {
  it('is one thing, readiness another: without a fresh root the service is not ready', async () => {
    let aheadMs = 0
    const { url, service, stop } = await startTestService({}, { clockMs: () => Date.now() + aheadMs })
    expect((await send(`${url}/readyz`)).json).toEqual({ ok: true })
    // the witness can't sign any more, and time goes on
    service.registry.witnesses = []
    aheadMs = 3_600_000
    expect((await send(`${url}/healthz`)).status).toBe(200)
    expect(problemOf(await send(`${url}/readyz`))).toMatchObject({ status: 503, code: 'registryStale' })
    await stop()
  })
})

describe('a connection', () => {
  it('is kept for longer than a client measures or proves, and than usual proxies keep it', async () => {
    const { url, stop } = await startTestService()
    expect((await send(`${url}/healthz`)).headers.get('keep-alive')).toBe('timeout=75')
    await stop()
  })
})

describe('closing', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'on %s finishes a request under way, and the process ends by itself',
    async (signal) => {
      const { target, remove } = await freshFolder()
      const { child, lines } = spawnScript(script, JSON.stringify({ ...testSettings, ...settingsOf(target) }))
      const exited = once(child, 'exit')
      const [url] = ((await lines.next()).value as string).split(' ')
      const { port } = new URL(url!)
      // a request whose body is still on its way
      const socket = connect(Number(port), '127.0.0.1')
      socket.write('POST /v1/challenges HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{')
      await send(`${url}/healthz`)
      child.kill(signal)
      await until(() =>
        send(`${url}/healthz`).then(
          () => false,
          () => true,
        ),
      )
      socket.write('}')
      const [answer] = (await once(socket, 'data')) as [Buffer]
      expect(answer.toString()).toMatch(/^HTTP\/1\.1 401 /)
      expect((await lines.next()).value).toBe('closed')
      expect(await exited).toEqual([0, null])
      // and leaves the folder to the next
      const next = await startTestService({}, { database: target })
      await next.stop()
      await remove()
    },
  )
})
