import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readOrMakeWitnessKeys } from '../../src/cli/witness-keys.ts'
import { createServiceClient } from '../../src/client/index.ts'
import { ed25519FromDidKey } from '../../src/protocol/index.ts'
import {
  cutHash,
  type Registry,
  type RootStatement,
  signCut,
  signRoot,
  verifyConflict,
} from '../../src/registry/index.ts'
import { bootClock } from '../../src/server/open-witness.ts'
import { createRegistryStore, openDatabase } from '../../src/storage/index.ts'
import { freePort } from '../shared/free-port.ts'
import { randomBytes } from '../shared/http.ts'
import { startTestService, type TestService } from '../shared/test-service.ts'
import { type Home, makeHome, type Running } from './run-assay.ts'

type Event = Record<string, unknown>

const resolveKeys = async (did: string) => [ed25519FromDidKey(did)]
const clock = () => Math.floor(Date.now() / 1000)

/** A machine with a witness's keys. */
interface Machine extends Home {
  did: string
  name: string
  start: (args: string[]) => Running
  witness: (url: string, ...options: string[]) => Running
}

async function makeMachine(): Promise<Machine> {
  const home = await makeHome()
  const { witness: keys } = await readOrMakeWitnessKeys(home.path('witness.key'))
  const { did, address } = keys
  const witness = (url: string, ...options: string[]) => {
    return home.start(['registry', 'witness', url, '--key', home.path('witness.key'), '--json', ...options])
  }
  return { ...home, did, name: `${did}=${address}`, witness }
}

/** The next event of that kind, and those that it passed over. */
async function next(running: Running, kind: string, isMeant: (event: Event) => boolean = () => true): Promise<Event> {
  const passed: string[] = []
  for (;;) {
    const { value, done } = await running.lines.next()
    if (done) throw new Error(`it ended without ${kind}: ${passed.join('\n')}`)
    const event = JSON.parse(value as string) as Event
    if (event.event === kind && isMeant(event)) return event
    passed.push(value as string)
  }
}

async function ask(url: string): Promise<{ status: number; json: Event }> {
  const response = await fetch(url)
  return { status: response.status, json: (await response.json()) as Event }
}

/** Asks until the answer is the one that is waited for. */
async function askUntil(url: string, isMeant: (answer: { status: number; json: Event }) => boolean): Promise<Event> {
  for (;;) {
    const answer = await ask(url).catch(() => undefined)
    if (answer !== undefined && isMeant(answer)) return answer.json
    await sleep(100)
  }
}

/** Waits for a root of a number above this one that these witnesses signed, and no others. */
async function rootBy(url: string, above: number, signers: readonly string[]): Promise<RootStatement> {
  const isMeant = ({ number, signatures }: RootStatement) => {
    return (
      number > above &&
      signatures
        .map(({ signer }) => signer)
        .sort()
        .join() === [...signers].sort().join()
    )
  }
  const rootsOf = (json: Event) => (json.statements as RootStatement[] | undefined) ?? []
  const json = await askUntil(`${url}/v1/registry/roots`, (answer) => rootsOf(answer.json).some(isMeant))
  return rootsOf(json).find(isMeant)!
}

describe('a registry whose roots take two of three witnesses, in three processes', { timeout: 240_000 }, () => {
  let operator: Home
  let machines: [Machine, Machine]
  let port: number
  let url: string
  let service: Running
  let running: Running
  let own: string
  let registryId: string

  const serve = (...options: string[]) => {
    const fixed = ['--port', String(port), '--data-folder', operator.path('data'), '--log-level', 'fatal']
    return operator.start(['serve', ...fixed, '--interval-seconds', '2', '--skew-seconds', '0', '--json', ...options])
  }
  const started = async () => JSON.parse((await service.lines.next()).value as string) as Event

  beforeAll(async () => {
    ;[operator, ...machines] = await Promise.all([makeHome(), makeMachine(), makeMachine()])
    port = await freePort()
    url = `http://127.0.0.1:${port}`
    const names = machines.map(({ name }) => name).join(',')
    service = serve('--witnesses', names, '--witness-threshold', '2')
    registryId = (await started()).registryId as string
  })
  afterAll(async () => {
    service.child.kill('SIGKILL')
    running?.child.kill('SIGKILL')
    await Promise.all([operator, ...machines].map(({ remove }) => remove()))
  })

  it('knows witnesses by the names that the command for their keys prints', async () => {
    const [{ json, path, did, name }] = machines
    const shown = await json(['registry', 'witness-key', path('witness.key')])
    expect(shown).toMatchObject({ code: 0, result: { did, name, isNew: false } })
  })

  it('is served before its first root, and says whose signatures are missing', async () => {
    expect((await ask(`${url}/healthz`)).status).toBe(200)
    own = ((await ask(`${url}/witness/did.json`)).json as { id: string }).id
    const missing = machines.map(({ did }) => did).join(' ')
    const pending = { code: 'rootPending', facts: { signatures: 1, threshold: 2, missing } }
    for (const path of ['/v1/registry', '/readyz']) {
      expect(await ask(url + path), path).toMatchObject({ status: 503, json: pending })
    }
    const shown = await operator.json(['registry', 'show', '--service', url])
    expect(shown).toMatchObject({ code: 3, result: { code: 'rootPending' } })
  })

  it('has roots as soon as one witness elsewhere signs, and readers accept them', async () => {
    running = machines[0].witness(url, '--registry', registryId)
    const { did } = machines[0]
    expect(await next(running, 'started')).toMatchObject({ did, registryId, pin: 'flag', threshold: 2, witnesses: 3 })
    const { number, root, signatures } = await next(running, 'signed')
    expect(signatures).toBe(2)
    const client = createServiceClient(url, { fetch, clock, randomBytes })
    const { view, snapshot } = await client.registry({ registryId, resolveKeys })
    expect(view.number).toBeGreaterThanOrEqual(number as number)
    expect(String(view.root)).toBe(root)
    expect(snapshot.statement.signatures.map(({ signer }) => signer).sort()).toEqual([own, did].sort())
    await askUntil(`${url}/readyz`, ({ status }) => status === 200)
  })

  it('lets no second process use the same state', async () => {
    const [{ json, path }] = machines
    const second = await json(['registry', 'witness', url, '--key', path('witness.key')])
    expect(second).toMatchObject({ code: 3, result: { ok: false, code: 'folderInUse' } })
  })

  it('goes on by another witness when one is killed, which then goes on by its state', async () => {
    const [killed, other] = machines
    const last = (await next(running, 'signed')).number as number
    await running.stop('SIGKILL')
    const second = other.witness(url)
    expect(await next(second, 'started')).toMatchObject({ pin: 'service', registryId })
    await rootBy(url, last, [own, other.did])
    await second.stop('SIGTERM')
    running = killed.witness(url)
    expect(await next(running, 'started')).toMatchObject({ pin: 'state', registryId, firstNumber: 0 })
    expect((await next(running, 'signed')).number).toBeGreaterThan(last)
  })

  it('waits for a service that is away', async () => {
    await service.stop('SIGTERM')
    await next(running, 'away')
    service = serve()
    expect(await started()).toMatchObject({ ok: true, registryId })
    await next(running, 'back')
    await next(running, 'signed')
  })

  it('has no root when no witness elsewhere is left, and says so', async () => {
    const { code, stdout } = await running.stop('SIGTERM')
    const end = JSON.parse(stdout.trim().split('\n').at(-1)!)
    expect([code, end]).toEqual([
      0,
      expect.objectContaining({ ok: true, event: 'stopped', signed: expect.any(Number) }),
    ])
    const problem = await askUntil(`${url}/readyz`, ({ json }) => json.code === 'rootPending')
    const missing = machines.map(({ did }) => did).join(' ')
    expect(problem).toMatchObject({ code: 'rootPending', facts: { signatures: 1, threshold: 2, missing } })
    for (const { did } of machines) expect(problem.detail).toContain(did)
  })

  it('can be governed while the other witnesses are away', async () => {
    await service.stop('SIGTERM')
    const data = ['--data-folder', operator.path('data')]
    const urgent = await operator.json(['registry', 'urgent', '--reason', 'a key is lost', ...data])
    expect(urgent).toMatchObject({ code: 0, result: { ok: true, signed: false } })
  })
})

describe('a witness and a publisher that can not be trusted', { timeout: 240_000 }, () => {
  let machine: Machine
  let idle: Machine
  let service: TestService
  let registry: Registry
  let proxy: Server
  let url: string
  /** What the publisher serves as its cut to this witness, instead of the true one. */
  let served: unknown

  beforeAll(async () => {
    ;[machine, idle] = await Promise.all([makeMachine(), makeMachine()])
    service = await startTestService({ witnesses: [machine.name, idle.name], witnessThreshold: 3 })
    registry = service.service.registry
    proxy = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const { method = 'GET', url: path = '' } = request
      const body = method === 'POST' ? Buffer.concat(chunks) : undefined
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(service.url + path, { method, ...(body && { body, headers }) })
      const text = path === '/v1/registry/cut' && served !== undefined ? JSON.stringify(served) : await answer.text()
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(text)
    }).listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  })
  afterAll(async () => {
    proxy.closeAllConnections()
    proxy.close()
    await service.stop()
    await Promise.all([machine.remove(), idle.remove()])
  })

  it('signs no second cut of one number, says so, and keeps the evidence', async () => {
    const running = machine.witness(url)
    const number = (await next(running, 'signed')).number as number
    const { store, genesis, witnesses } = registry
    const { signature: _, ...body } = (await store.cut({ number, sub: 0 }))!
    const cut = await signCut({ ...body, issuedAt: body.issuedAt + 1 }, witnesses[0]!)
    const { signatures: __, ...root } = (await store.root(cut))!
    const second = { ...root, issuedAt: cut.issuedAt, cut: cutHash(cut) }
    served = { cut, statement: { ...second, signatures: [await signRoot(second, witnesses[0]!)] } }
    const refused = await next(running, 'refused')
    expect(refused).toMatchObject({ code: 'rootConflict', detail: { number, sub: 0, evidence: true } })
    const evidence = refused.evidence as string
    const conflict = JSON.parse(await readFile(evidence, 'utf8'))
    expect((await verifyConflict(conflict, { genesis, resolveKeys })).witnesses).toEqual([witnesses[0]!.did])
    const { did } = machine
    const signedBoth = (await store.root(cut))!.signatures.filter(({ signer }) => signer === did)
    expect(signedBoth).toHaveLength(1)
    served = undefined
    await next(running, 'signed')
    await running.stop('SIGTERM')
  })

  it('says loudly that the clock was moved, signs nothing, and takes the operator at its word', async () => {
    const state = machine.path('witness.key.state')
    const database = await openDatabase({ dataFolder: state })
    const store = createRegistryStore(database.db)
    const { number } = (await store.witnessMark(machine.did))!
    // as if so many intervals had passed in no time
    await store.putWitnessMark(machine.did, { ...bootClock(), number: number - 100_000 })
    await database.close()
    const running = machine.witness(url)
    expect(await next(running, 'refused')).toMatchObject({ code: 'clockJumped' })
    await running.stop('SIGTERM')
    const confirmed = machine.witness(url, '--confirm-clock')
    expect(await next(confirmed, 'started')).toMatchObject({ clockConfirmed: true })
    await next(confirmed, 'signed')
    const { code } = await confirmed.stop('SIGINT')
    expect(code).toBe(0)
  })
})
