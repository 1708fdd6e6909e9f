import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { zStatusListCredential } from '../../src/issuer/index.ts'
import {
  COMPUTE,
  CREDENTIAL_TYP,
  claimOf,
  decodeStatusList,
  ed25519FromDidKey,
  isRevoked,
  nameClaims,
  nameSources,
  verifyJws,
} from '../../src/protocol/index.ts'
import { verifyLog, verifyRoots, verifySnapshot, zPublishedLog, zPublishedRoots } from '../../src/registry/index.ts'
import { type FreshDatabase, freshDatabase, kinds } from '../shared/databases.ts'
import { nowSeconds, problemOf, send } from '../shared/http.ts'
import { runTestAgent } from '../shared/test-agent.ts'
import { createTestProvider, credentialOf, issuerOf } from '../shared/test-provider.ts'
import { operatorSigner, startTestService, type TestService } from '../shared/test-service.ts'
import { until } from '../shared/until.ts'

describe.each(kinds)('credentials over HTTP (%s)', (kind) => {
  let database: FreshDatabase
  let service: TestService
  let url: string

  beforeAll(async () => {
    database = await freshDatabase(kind)
    service = await startTestService({}, { database: database.target })
    url = service.url
  })
  afterAll(async () => {
    await service.stop()
    await database.remove()
  })

  const resolveKeys = async (did: string) => [ed25519FromDidKey(did)]
  const registryId = () => service.service.registry.registryId
  const viewRegistry = async () => {
    const { json } = await send(`${url}/v1/registry`)
    return verifySnapshot(json, { registryId: registryId(), resolveKeys, now: nowSeconds() })
  }
  const statusListOf = async (statusListUrl: string) => {
    const answer = await send(statusListUrl)
    const payload = JSON.parse(Buffer.from(answer.text.split('.')[1]!, 'base64url').toString())
    const publicKey = ed25519FromDidKey(payload.issuer)
    const verified = await verifyJws(answer.text, { typ: CREDENTIAL_TYP, publicKey })
    return { answer, list: zStatusListCredential.parse(verified.payload) }
  }

  it('issues self-reported claims on inspection, signed for the circuit and for everyone, and the same again for the same request', async () => {
    const provider = await createTestProvider(url)
    const issuer = issuerOf(provider.description, COMPUTE)
    const body = await provider.bodyFor(COMPUTE, { type: 'inspection', report: provider.report() })
    const answer = await send(`${url}/v1/credentials`, { body, signer: provider.signerFor(issuer) })
    expect(answer.status).toBe(201)
    const { jwt, payload, credential } = credentialOf(answer.json)
    await verifyJws(jwt, { typ: CREDENTIAL_TYP, publicKey: ed25519FromDidKey(issuer) })
    expect(credential).toMatchObject({ issuer, schema: COMPUTE })
    expect(nameClaims(COMPUTE, credential.claims)).toMatchObject({ ramMiB: '15360', gops: '0', cores: '8' })
    expect(new Set(Object.values(nameSources(COMPUTE, credential.sources)))).toEqual(new Set(['selfReported']))
    expect(payload).toMatchObject({ evidence: [{ type: 'SelfReportedInspection' }] })
    const view = await viewRegistry()
    expect(view.trustPath(credential)).toMatchObject({ sourceCap: 2, root: view.root })
    expect(view.isRevoked({ issuer, list: credential.list }, credential.statusIndex)).toBe(false)
    const again = await send(`${url}/v1/credentials`, { body, signer: provider.signerFor(issuer) })
    expect(again.json).toEqual(answer.json)
  })

  it('measures by the timed challenge, refuses a cheated answer, and states the throughput as measured, under the same index', async () => {
    const provider = await createTestProvider(url)
    const inspected = credentialOf(
      (await provider.ask(COMPUTE, { type: 'inspection', report: provider.report() })).json,
    )
    const cheated = await provider.measure({ falsely: true })
    expect(problemOf(cheated.opened)).toMatchObject({
      status: 422,
      code: 'challengeFailed',
      detail: expect.stringMatching(/^The opened row \d+ of layer \d is not the product that was asked for$/),
      facts: { check: 'product' },
    })
    const refused = await provider.ask(COMPUTE, {
      type: 'challenge',
      challengeId: cheated.challenge.id,
      report: provider.report(),
    })
    expect(problemOf(refused)).toMatchObject({ status: 422, code: 'challengeFailed' })

    const honest = await provider.measure()
    expect(honest.opened).toMatchObject({ status: 200, json: { ok: true } })
    const { mops } = honest.opened.json as { mops: number }
    const answer = await provider.ask(COMPUTE, {
      type: 'challenge',
      challengeId: honest.challenge.id,
      report: provider.report(),
    })
    const { credential, payload } = credentialOf(answer.json)
    const gops = Math.floor(mops / 1000)
    expect(Number(claimOf(credential, 'gops'))).toBeLessThanOrEqual(gops)
    const sources = { gops: 'measured', ramMiB: 'selfReported', cores: 'selfReported' }
    expect(nameSources(COMPUTE, credential.sources)).toMatchObject(sources)
    expect(payload).toMatchObject({ evidence: [{ type: 'TimedMatrixChallenge' }, { type: 'SelfReportedInspection' }] })
    expect(credential.statusIndex).toBe(inspected.credential.statusIndex)
    const secondTime = await send(`${url}/v1/challenges/${honest.challenge.id}/commitment`, { body: honest.commitment })
    expect(problemOf(secondTime)).toMatchObject({ status: 409, code: 'conflict' })
  })

  it('lets an agent key have so many unanswered challenges only', async () => {
    const { agent, device } = await createTestProvider(url)
    const ask = () => send(`${url}/v1/challenges`, { body: { device: String(device) }, signer: agent })
    expect((await ask()).status).toBe(201)
    expect((await ask()).status).toBe(201)
    expect(problemOf(await ask())).toMatchObject({ status: 429, code: 'rateLimited' })
  })

  it('takes challenges, commitments and openings for each other’s only', async () => {
    const provider = await createTestProvider(url)
    const { challenge, commitment } = await provider.measure()
    const other = 'A'.repeat(22)
    const elsewhere = await send(`${url}/v1/challenges/${other}/commitment`, { body: commitment })
    expect(problemOf(elsewhere)).toMatchObject({ status: 400, code: 'malformed' })
    const unknown = await send(`${url}/v1/challenges/${other}/commitment`, { body: { ...commitment, id: other } })
    expect(problemOf(unknown)).toMatchObject({ status: 404, code: 'challengeUnknown' })
    const nobody = await send(`${url}/v1/challenges`, {
      body: { device: String(provider.device) },
      signer: { ...provider.agent, did: 'did:web:agent.invalid', kid: 'did:web:agent.invalid#1' },
    })
    expect(problemOf(nobody)).toMatchObject({ status: 401, code: 'didUnresolvable' })
    expect(challenge.n).toBe(64)
  })

  it('lets operators revoke: it shows in the status list, and in the next root, for good', async () => {
    const provider = await createTestProvider(url)
    const { credential } = await provider.enroll()
    const { id, issuer, list, statusIndex, statusListUrl } = credential
    const before = await statusListOf(statusListUrl)
    expect(before.answer.headers.get('content-type')).toBe('application/vc+jwt; charset=utf-8')
    expect(before.answer.headers.get('cache-control')).toBe('public, max-age=1')
    expect(isRevoked(decodeStatusList(before.list.credentialSubject.encodedList), statusIndex)).toBe(false)
    const rootBefore = (await viewRegistry()).root
    const path = `${url}/v1/credentials/${id}/revocation`
    const body = { reason: 'the machine was sold' }

    const stranger = await send(path, { body, signer: provider.agent })
    expect(problemOf(stranger)).toMatchObject({ status: 401, code: 'unauthorized' })
    const revoked = await send(path, { body, signer: operatorSigner })
    expect(revoked).toMatchObject({ status: 200, json: { id, issuer, list, index: statusIndex, already: false } })

    const { rootNumber } = revoked.json as { rootNumber: number }
    const view = await until(async () => {
      const now = await viewRegistry()
      return now.number >= rootNumber && now
    })
    expect(view.isRevoked({ issuer, list }, statusIndex)).toBe(true)
    expect(view.root).not.toBe(rootBefore)
    const after = await statusListOf(statusListUrl)
    expect(isRevoked(decodeStatusList(after.list.credentialSubject.encodedList), statusIndex)).toBe(true)
    const renewal = await provider.ask(COMPUTE, { type: 'inspection', report: provider.report() })
    expect(problemOf(renewal)).toMatchObject({ status: 409, code: 'revoked' })
    const again = await send(path, { body: { reason: 'another' }, signer: operatorSigner })
    expect(again).toMatchObject({ status: 200, json: { already: true, reason: body.reason } })
    const unknown = `${url}/v1/credentials/urn:uuid:00000000-0000-4000-8000-000000000000/revocation`
    expect(problemOf(await send(unknown, { body, signer: operatorSigner }))).toMatchObject({
      status: 404,
      code: 'notFound',
    })
  })

  it('serves a registry that anyone replays from its id alone', async () => {
    const { genesis, ...log } = zPublishedLog.parse((await send(`${url}/v1/registry/log`)).json)
    const { statement } = (await send(`${url}/v1/registry`)).json as { statement: { logHead: string; root: string } }
    const options = { registryId: registryId(), genesis, resolveKeys }
    const trust = await verifyLog(log, { ...options, head: statement.logHead })
    expect(trust.leaves.map(({ schema, sourceCap, state }) => [schema, sourceCap, state])).toEqual(
      service.service.publisher.issuers.flatMap(({ schemas }) => Object.keys(schemas).map((uri) => [uri, 2, 'active'])),
    )
    const roots = zPublishedRoots.parse((await send(`${url}/v1/registry/roots`)).json)
    const known = await verifyRoots(
      { registryId: roots.registryId, statements: roots.statements },
      { ...options, genesis: roots.genesis },
    )
    expect(known.roots.some(({ root }) => String(root) === statement.root)).toBe(true)
    // the whole history, on request
    const all = zPublishedRoots.parse((await send(`${url}/v1/registry/roots?since=0`)).json)
    expect(all.statements.length).toBeGreaterThanOrEqual(roots.statements.length)
    const numbers = all.statements.map(({ number }) => number)
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
  })

  it('has the witness sign the root each interval, though nothing changed', async () => {
    const newest = async () =>
      (await send(`${url}/v1/registry`)).json as { statement: { number: number; root: string } }
    const first = (await newest()).statement
    const later = await until(async () => {
      const { statement } = await newest()
      return statement.number > first.number && statement
    })
    expect(later.root).toBe(first.root)
  })

  describe('WS /v1/heartbeats', () => {
    const connect = (path = '/v1/heartbeats') => new WebSocket(url.replace(/^http/, 'ws') + path)
    const closing = (socket: WebSocket) => {
      return new Promise<string>((resolve) => {
        socket.on('close', (code, reason) => resolve(`${code} ${reason}`))
        socket.on('error', (error) => resolve(error.message))
      })
    }

    it('refuses other paths, unenrolled devices, frames that are no messages, and what is too large', async () => {
      expect(await closing(connect('/v1/other'))).toBe('Unexpected server response: 404')
      const stranger = runTestAgent(url, await createTestProvider(url))
      expect(await stranger.closed).toEqual({
        code: 4404,
        reason: expect.stringContaining('deviceUnknown: The device is not enrolled under this agent key'),
      })
      const say = async (data: string | Buffer) => {
        const socket = connect()
        socket.once('message', () => socket.send(data))
        return closing(socket)
      }
      expect(await say('{"type":"x"}')).toBe('4400 malformed: The frame is not a heartbeat message')
      expect(await say('not JSON')).toBe('4400 malformed: The frame is not a heartbeat message')
      expect(await say(Buffer.from([1, 2]))).toBe('4400 malformed: Frames are text')
      expect(await say('x'.repeat(9000))).toBe('1009 ')
    })

    it('replaces the connection of a device that connects again', async () => {
      const provider = await createTestProvider(url)
      await provider.enroll()
      const first = runTestAgent(url, provider)
      await first.next('ready')
      const second = runTestAgent(url, provider)
      await second.next('ready')
      expect(await first.closed).toEqual({ code: 4409, reason: 'conflict: The agent has connected again' })
      await second.stop()
    })
  })
})
