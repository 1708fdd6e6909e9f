import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COMPUTE, errorCodes, FIELD_ORDER, HARDWARE, REPUTATION, UPTIME } from '../../src/protocol/index.ts'
import { allRoutes } from '../../src/server/routes/index.ts'
import { type FreshDatabase, freshDatabase, kinds } from '../shared/databases.ts'
import { authorize, nowSeconds, problemOf, send } from '../shared/http.ts'
import { sendRawPath } from '../shared/send-raw-path.ts'
import { createTestProvider, issuerOf, type TestProvider } from '../shared/test-provider.ts'
import { operatorSigner, startTestService, type TestService } from '../shared/test-service.ts'

describe.each(kinds)('bad input (%s)', (kind) => {
  let database: FreshDatabase
  let service: TestService
  let provider: TestProvider
  let url: string

  beforeAll(async () => {
    database = await freshDatabase(kind)
    service = await startTestService({}, { database: database.target })
    url = service.url
    provider = await createTestProvider(url)
  })
  afterAll(async () => {
    await service.stop()
    await database.remove()
  })

  const signer = () => provider.signerFor(issuerOf(provider.description, COMPUTE))
  const inspection = () => ({ type: 'inspection' as const, report: provider.report() })

  /** The operations that take a body, at an address that parses. */
  const posts = () =>
    allRoutes(service.service)
      .filter(({ body }) => body !== undefined)
      .map((route) => ({ ...route, url: url + route.path.replace(/:pseudonym/, '1').replace(/:id/, 'A'.repeat(22)) }))

  const signerOf = (auth: string) => {
    if (auth === 'none') return {}
    return { signer: auth === 'did' ? signer() : provider.keys.sessionKeyFor({ did: provider.description.reputation }) }
  }

  it('is refused by every operation that takes a body: no JSON, no UTF-8, wrong types, nothing, null', async () => {
    for (const { url: address, auth, method, path } of posts()) {
      const verb = method.toUpperCase()
      const bodies = [
        '{"a":',
        'nonsense',
        new Uint8Array([0x22, 0xff, 0x22]),
        '',
        'null',
        '[]',
        '"text"',
        '{}',
        '1e999',
      ]
      for (const body of bodies) {
        const answer = await send(address, { method: verb, body, ...signerOf(auth) })
        expect(problemOf(answer), `${path} ${String(body)}`).toMatchObject({ status: 400, code: 'malformed' })
      }
      const answer = await send(address, { method: verb, body: { unknown: 1 }, ...signerOf(auth) })
      expect(problemOf(answer).detail, path).toMatch(/Unrecognized key: "unknown"|discriminator/)
    }
  })

  it('is refused by every operation when it is too large, and not read to the end', async () => {
    for (const { url: address, auth, method, path, bodyLimit = 65_536 } of posts()) {
      const body = JSON.stringify({ filling: 'x'.repeat(bodyLimit) })
      const answer = await send(address, { method: method.toUpperCase(), body, ...signerOf(auth) })
      expect(problemOf(answer), path).toMatchObject({ status: 413, code: 'bodyTooLarge' })
    }
  })

  it('is refused without a signature where one is due', async () => {
    const signed = allRoutes(service.service).filter(({ auth }) => auth !== 'none')
    expect(signed.length).toBeGreaterThanOrEqual(3)
    for (const { path, method, auth } of signed) {
      const address = url + path.replace(/:\w+/, '1')
      const answer = await send(address, { method: method.toUpperCase(), body: {} })
      expect(problemOf(answer), path).toMatchObject({
        status: 401,
        code: 'unauthorized',
        detail: 'The request is not signed',
        facts: { scheme: auth === 'did' ? 'DID' : 'Session' },
      })
    }
  })

  describe('numbers and fields of a credential request', () => {
    const body = () => provider.bodyFor(COMPUTE, inspection())
    const refusal = async (change: Record<string, unknown>) => {
      const answer = await send(`${url}/v1/credentials`, { body: { ...(await body()), ...change }, signer: signer() })
      return problemOf(answer)
    }

    it.each(['subject', 'device', 'binding'])('%s must be a canonical number below p', async (name) => {
      const tooLarge = [FIELD_ORDER, FIELD_ORDER + 1n, 2n ** 256n]
      for (const value of tooLarge) {
        expect(await refusal({ [name]: String(value) })).toMatchObject({
          status: 400,
          code: 'malformed',
          detail: `The body is malformed: ${name}: must be less than the field order`,
        })
      }
      for (const value of ['01', '-1', '0x1', '1.0', '', ' 1', '1e3', '9'.repeat(79)]) {
        expect(await refusal({ [name]: value })).toMatchObject({
          code: 'malformed',
          detail: expect.stringContaining(`${name}: must be a canonical decimal string`),
        })
      }
      for (const value of [1, null, true, {}]) {
        expect(await refusal({ [name]: value })).toMatchObject({ code: 'malformed' })
      }
    })

    it('refuses another device, binding or subject than the agent consents to', async () => {
      expect(await refusal({ device: '1' })).toMatchObject({ status: 422, code: 'evidenceRejected' })
      expect(await refusal({ binding: '1' })).toMatchObject({
        status: 401,
        code: 'unauthorized',
        detail: 'The agent consents to another binding than the request names',
      })
    })

    it('refuses unknown fields at every depth, and says which', async () => {
      expect((await refusal({ more: 1 })).detail).toContain('Unrecognized key: "more"')
      const evidence = inspection()
      expect((await refusal({ evidence: { ...evidence, more: 1 } })).detail).toContain('"more"')
      expect(
        (await refusal({ evidence: { ...evidence, report: { ...evidence.report, gpuMiB: 1 } } })).detail,
      ).toContain('"gpuMiB"')
    })

    it('refuses schemas that are unknown, that evidence can’t show, and that nobody issues', async () => {
      expect(await refusal({ schema: 'urn:assay:schema:hardware:2' })).toMatchObject({
        code: 'malformed',
        detail: 'The body is malformed: schema: must be a known claim schema',
      })
      for (const schema of [HARDWARE, UPTIME, REPUTATION]) {
        expect(await refusal({ schema })).toMatchObject({ status: 422, code: 'evidenceRejected' })
      }
      expect(await refusal({ schema: 'urn:assay:schema:jobs:1:market.example' })).toMatchObject({
        status: 400,
        code: 'unknownSchema',
      })
    })

    it('refuses evidence that contradicts itself or leaves its ranges', async () => {
      const report = { ...provider.report(), ramMiB: 2 ** 40 }
      expect(await refusal({ evidence: { type: 'inspection', report } })).toMatchObject({ code: 'malformed' })
      for (const epoch of [-1, 1.5, 2 ** 53, '1']) {
        const evidence = { type: 'heartbeats', epoch }
        expect(await refusal({ schema: UPTIME, evidence })).toMatchObject({ code: 'malformed' })
      }
      const challenge = { type: 'challenge', challengeId: 'A'.repeat(22), report: provider.report() }
      expect(problemOf(await provider.ask(COMPUTE, challenge as never))).toMatchObject({
        status: 404,
        code: 'challengeUnknown',
      })
    })
  })

  describe('signatures', () => {
    const path = '/v1/challenges'
    const body = () => JSON.stringify({ device: String(provider.device) })
    const bytes = () => new TextEncoder().encode(body())
    const sendWith = (authorization: string, sent: unknown = body()) =>
      send(url + path, { body: sent, headers: { authorization } })

    it('are good for one use', async () => {
      const fresh = await createTestProvider(url)
      const authorization = await authorize(fresh.agent, 'POST', url + path, bytes())
      expect((await sendWith(authorization)).status).toBe(201)
      expect(problemOf(await sendWith(authorization))).toMatchObject({ status: 401, code: 'signatureReplayed' })
    })

    it('of one use are used once, however many requests come at once', async () => {
      const fresh = await createTestProvider(url)
      const authorization = await authorize(fresh.agent, 'POST', url + path, bytes())
      const answers = await Promise.all(Array.from({ length: 8 }, () => sendWith(authorization)))
      expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(401)])
    })

    it('cover method, URL and body', async () => {
      const elsewhere = await authorize(provider.agent, 'POST', `${url}/v1/credentials`, bytes())
      expect(problemOf(await sendWith(elsewhere))).toMatchObject({
        code: 'unauthorized',
        detail: 'The request is signed for another URL',
      })
      const otherService = await authorize(provider.agent, 'POST', `http://assay.example${path}`, bytes())
      expect(problemOf(await sendWith(otherService)).detail).toBe('The request is signed for another URL')
      const otherMethod = await authorize(provider.agent, 'PATCH', url + path, bytes())
      expect(problemOf(await sendWith(otherMethod)).detail).toBe('The request is signed for another method')
      const authorization = await authorize(provider.agent, 'POST', url + path, bytes())
      expect(problemOf(await sendWith(authorization, `${body()} `)).detail).toBe(
        'The request is signed for another body',
      )
    })

    it('expire, and a clock that is off is told ours', async () => {
      const now = nowSeconds()
      const late = await authorize(provider.agent, 'POST', url + path, bytes(), now - 600)
      const expired = problemOf(await sendWith(late))
      expect(expired).toMatchObject({ status: 401, code: 'expired', detail: 'The signed request has expired' })
      const early = await authorize(provider.agent, 'POST', url + path, bytes(), now + 600)
      const skewed = problemOf(await sendWith(early))
      expect(skewed).toMatchObject({ status: 401, code: 'clockSkew' })
      for (const { facts } of [expired, skewed]) {
        expect(facts?.serverTime).toBeGreaterThanOrEqual(now)
        expect(facts?.serverTime).toBeLessThan(now + 60)
      }
    })

    it('of DIDs that do not resolve are refused as such', async () => {
      for (const did of ['did:web:localhost%3A1', 'did:web:nobody.invalid', 'did:example:1', 'did:key:zNonsense']) {
        const stranger = { ...provider.agent, did, kid: `${did}#1` }
        const authorization = await authorize(stranger, 'POST', url + path, bytes())
        expect(problemOf(await sendWith(authorization)), did).toMatchObject({
          status: 401,
          code: 'didUnresolvable',
          facts: { did },
        })
      }
    })

    it('of someone else’s key, and what is none, are refused', async () => {
      const forged = { ...provider.agent, sign: operatorSigner.sign }
      const authorization = await authorize(forged, 'POST', url + path, bytes())
      expect(problemOf(await sendWith(authorization))).toMatchObject({ status: 401, code: 'signatureInvalid' })
      for (const header of ['Bearer x', 'DID', 'DID x', 'DID a.b.c', `DID ${'x'.repeat(9000)}`]) {
        expect(problemOf(await sendWith(header)), header).toMatchObject({ status: 401, code: 'unauthorized' })
      }
    })
  })

  it('in addresses and queries is refused, not guessed at', async () => {
    const list = (id: string) => send(`${url}/v1/status-lists/${id}`)
    for (const id of ['x', '-1', '01', '1e3', '99999999999', '%00']) {
      expect(problemOf(await list(id)), id).toMatchObject({ status: 400, code: 'malformed' })
    }
    expect(problemOf(await list('424242'))).toMatchObject({ status: 404, code: 'notFound', facts: { list: 424_242 } })
    for (const query of ['since=x', 'since=-1', 'since=1&since=2', 'since=99999999999', 'other=1']) {
      expect(problemOf(await send(`${url}/v1/registry/roots?${query}`)), query).toMatchObject({ code: 'malformed' })
    }
    expect(await sendRawPath(url, '/v1/status-lists/%ff')).toBe(400)
    expect(await sendRawPath(url, '/v1/status-lists/%zz')).toBe(400)
    expect(await sendRawPath(url, '/../../etc/passwd')).toBe(404)
    expect(await sendRawPath(url, '//v1/service')).toBe(404)
    expect(problemOf(await send(`${url}/v1/nothing`))).toMatchObject({ status: 404, code: 'notFound' })
    expect(problemOf(await send(`${url}/v1/service`, { method: 'DELETE' }))).toMatchObject({ code: 'notFound' })
  })

  it('gets problem details that say the code, what is wrong and where the log has it, and no value back', async () => {
    const secret = 'do-not-echo-me'
    const answer = await send(`${url}/v1/challenges`, { body: { device: secret }, signer: provider.agent })
    const problem = problemOf(answer)
    expect(problem).toEqual({
      type: 'urn:assay:error:malformed',
      title: errorCodes.malformed,
      status: 400,
      detail: 'The body is malformed: device: must be a canonical decimal string',
      code: 'malformed',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    expect(answer.text).not.toContain(secret)
  })

  it('finds the usual headers against misuse in every answer, and is answered to pages of any origin', async () => {
    const { headers } = await send(`${url}/v1/nothing`)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toContain("default-src 'self'")
    expect(headers.get('x-powered-by')).toBeNull()
    expect(headers.get('access-control-allow-origin')).toBe('*')
    const preflight = await send(`${url}/v1/credentials`, { method: 'OPTIONS' })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-headers')).toBe('authorization, content-type')
  })
})

describe('limits', () => {
  it('hold for requests and heartbeat connections of one address', async () => {
    const { url, stop } = await startTestService({ requestsPerMinute: 5, connectionsPerAddress: 1 })
    const answers = []
    for (let i = 0; i < 7; i += 1) answers.push(await send(`${url}/healthz`))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429, 429])
    expect(problemOf(answers[5]!)).toMatchObject({ status: 429, code: 'rateLimited' })
    expect(answers[5]!.headers.get('retry-after')).toMatch(/^\d+$/)
    const { WebSocket } = await import('ws')
    const connect = () => new WebSocket(`${url.replace(/^http/, 'ws')}/v1/heartbeats`)
    const first = connect()
    await new Promise((resolve) => first.once('message', resolve))
    const refused = await new Promise<string>((resolve) => connect().on('error', ({ message }) => resolve(message)))
    expect(refused).toBe('Unexpected server response: 429')
    const closed = new Promise((resolve) => first.once('close', resolve))
    first.close()
    await closed
    await stop()
  })

  it('count the addresses of one IPv6 network as one, since whoever has one has all of them', async () => {
    const { url, stop } = await startTestService({ connectionsPerAddress: 1, trustProxy: 'loopback' })
    const { WebSocket } = await import('ws')
    const connect = (address: string) => {
      const headers = { 'x-forwarded-for': address }
      return new WebSocket(`${url.replace(/^http/, 'ws')}/v1/heartbeats`, { headers })
    }
    const greeted = (socket: InstanceType<typeof WebSocket>) =>
      new Promise((resolve) => socket.once('message', resolve))
    const open = [connect('2001:db8::1'), connect('2001:db9::1')]
    await Promise.all(open.map(greeted))
    const refused = await new Promise<string>((resolve) => {
      connect('2001:db8::2').on('error', ({ message }) => resolve(message))
    })
    expect(refused).toBe('Unexpected server response: 429')
    for (const socket of open) socket.terminate()
    await stop()
  })

  it('end connections that do not say who they are', async () => {
    const { url, stop } = await startTestService({}, { heartbeatLimits: { helloTimeoutMs: 50 } })
    const { WebSocket } = await import('ws')
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/heartbeats`)
    const closed = await new Promise<string>((resolve) => {
      socket.on('close', (code, reason) => resolve(`${code} ${reason}`))
    })
    expect(closed).toBe('4422 challengeLate: No hello came in time')
    await stop()
  })
})
