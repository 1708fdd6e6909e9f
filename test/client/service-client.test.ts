import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createServiceClient } from '../../src/client/index.ts'
import { choosePresentation, present, readProofRequest, verifyCredential } from '../../src/holder/index.ts'
import { closeProver, createProver } from '../../src/holder/prove.ts'
import {
  audienceField,
  COMPUTE,
  ed25519FromDidKey,
  pseudonym,
  REPUTATION,
  type ResolveKeys,
} from '../../src/protocol/index.ts'
import { zRegistryDelta } from '../../src/registry/index.ts'
import {
  type Proposal,
  verifyExplanation,
  verifyScoreSummary,
  zDirectoryPage,
  zPseudonymSettings,
} from '../../src/reputation/index.ts'
import { loadProvingArtifacts } from '../../src/storage/circuit-artifacts.ts'
import { nowSeconds, randomBytes } from '../shared/http.ts'
import { createTestProvider, issuerOf, type TestProvider } from '../shared/test-provider.ts'
import { operatorSigner, startTestService, type TestService } from '../shared/test-service.ts'
import { until, untilAfter } from '../shared/until.ts'

const resolveKeys: ResolveKeys = async (did) => [ed25519FromDidKey(did)]
const effects = { fetch: globalThis.fetch, clock: nowSeconds, randomBytes }

describe('a client of a real service', () => {
  let service: TestService
  let provider: TestProvider

  beforeAll(async () => {
    service = await startTestService()
    provider = await createTestProvider(service.url)
  })
  afterAll(async () => {
    await closeProver()
    await service.stop()
  })

  const client = () => createServiceClient(service.url, effects)
  const pin = () => ({ registryId: service.service.registry.registryId, resolveKeys })

  /** Waits until the registry has published the root of a number. */
  async function untilRoot(number: number): Promise<void> {
    await until(async () => (await client().registry(pin())).view.number >= number)
  }

  /** A measured compute credential, got through the client. */
  async function enroll() {
    const { challenge } = await provider.measure()
    const evidence = { type: 'challenge' as const, challengeId: challenge.id, report: provider.report() }
    const body = await provider.bodyFor(COMPUTE, evidence)
    const signer = provider.signerFor(issuerOf(provider.description, COMPUTE))
    const jwt = await client().requestCredential(body, signer)
    // the same body again, signed anew, gets the same credential
    expect(await client().requestCredential(body, signer)).toBe(jwt)
    return verifyCredential(jwt, { keys: provider.keys, resolveKeys })
  }

  it('reads and checks its registry, log and roots against the pinned id', async () => {
    const description = await client().describe()
    expect(description.registryId).toBe(pin().registryId)
    const { view, snapshot } = await client().registry(pin())
    expect(String(view.root)).toBe(snapshot.statement.root)
    const { trust, entries } = await client().log({ ...pin(), head: snapshot.statement.logHead })
    expect([trust.head, entries.length]).toEqual([snapshot.statement.logHead, 4])
    const { roots, stepSeconds } = await client().roots(pin())
    expect(roots.at(-1)?.root).toBe(view.root)
    expect(stepSeconds).toBe(view.stepSeconds)
  })

  it('finds the devices of the holder that asks, brings no evidence where there is none, and reads deltas', async () => {
    const { credential } = await enroll()
    const { did, kid, sign } = provider.signerFor(credential.issuer)
    const { devices } = await client().findDevices([], { did, kid, sign })
    expect(devices).toMatchObject([{ device: String(provider.device), generation: 0, members: [] }])
    const stranger = await createTestProvider(service.url)
    expect(await client().findDevices([], stranger.signerFor(credential.issuer))).toEqual({ devices: [] })
    expect(await client().conflicts()).toEqual([])
    const { snapshot } = await client().registry(pin())
    await untilRoot(snapshot.statement.number + 1)
    const delta = zRegistryDelta.parse(await client().delta(snapshot.statement))
    expect(delta.statement.number).toBeGreaterThan(snapshot.statement.number)
  })

  it('refuses another registry than the pinned one', async () => {
    const other = { registryId: 'A'.repeat(43), resolveKeys }
    await expect(client().registry(other)).rejects.toMatchObject({ code: 'registryInvalid' })
    await expect(client().log(other)).rejects.toMatchObject({ code: 'registryInvalid' })
    await expect(client().roots(other)).rejects.toMatchObject({ code: 'registryInvalid' })
    await expect(client().log({ ...pin(), head: 'A'.repeat(43) })).rejects.toMatchObject({
      code: 'registryInvalid',
      message: 'The log does not end in the head that the witnesses signed',
    })
  })

  it('presents, gets the score and its credential, changes settings, finds itself listed; an operator revokes', async () => {
    const held = await enroll()
    const { reputation: did } = await client().describe()
    const { keys } = provider
    const ramMiB = { min: '8192', source: 'selfReported' } as const
    const hardware = { schema: COMPUTE, ranges: { gops: { source: 'measured' }, ramMiB } } as const
    const jwt = await client().proposeRequest({ kind: 'hardware', hardware })
    const { view } = await client().registry(pin())
    const request = await readProofRequest(jwt, { resolveKeys, now: nowSeconds(), stepSeconds: view.stepSeconds })
    const choices = choosePresentation({ request, credentials: [held], view, now: nowSeconds() })
    const { record, ...artifacts } = await loadProvingArtifacts()
    const presentation = await present({ request, choices, keys, circuit: record.id, prove: createProver(artifacts) })
    const session = keys.sessionKeyFor({ did })
    const answer = await client().submitEvidence(presentation, session)
    const own = String(pseudonym(keys.secret(), audienceField(did)))
    expect(answer.pseudonym).toBe(own)
    const accepted = await verifyScoreSummary(answer.score, { signer: did, resolveKeys })
    expect(accepted).toMatchObject({ score: 0 })
    expect(await client().submitEvidence(presentation, session)).toEqual(answer)
    // the ledger knows the device's capability, but no uptime: nothing joined, so there is no score to certify
    const wish = { holder: keys.didKeyFor(did).did, binding: '1' }
    const again = await client().submitEvidence(presentation, session, wish)
    expect(again.credential).toBeUndefined()

    // what is signed is about the past: the second of the acceptance must be over
    await untilAfter(accepted.t)
    const explanation = await verifyExplanation(await client().score(own), { signer: did, resolveKeys })
    expect(explanation).toMatchObject({ pseudonym: own, score: 0, capabilities: [{ schema: COMPUTE }] })
    expect(await client().history(own)).toMatchObject({ pseudonym: own })
    const settings = zPseudonymSettings.parse(await client().updateSettings(own, { listed: true }, session))
    expect(settings.listed).toBe(true)
    const query = { minScore: 0, schema: COMPUTE, claim: 'ramMiB', min: 8192n, limit: 5 }
    const page = zDirectoryPage.parse(await client().directory(query))
    expect(page.items.map(({ pseudonym }) => pseudonym)).toEqual([own])
    await expect(client().score('1')).rejects.toMatchObject({ code: 'pseudonymUnknown' })
    await expect(
      client().updateSettings(own, { listed: false }, keys.sessionKeyFor({ did: keys.didKeyFor('did:x:y').did })),
    ).rejects.toMatchObject({ code: 'unauthorized' })

    await expect(client().revoke(held.credential.id, { reason: 'a test' }, provider.agent)).rejects.toMatchObject({
      code: 'unauthorized',
    })
    const revoked = await client().revoke(held.credential.id, { reason: 'a test', cause: true }, operatorSigner)
    expect(revoked).toMatchObject({ id: held.credential.id, reason: 'a test', already: false })
    await untilRoot(revoked.rootNumber)
    const after = await client().registry(pin())
    expect(() => choosePresentation({ request, credentials: [held], view: after.view, now: nowSeconds() })).toThrow(
      expect.objectContaining({ code: 'revoked' }),
    )
    expect(await client().liftBars(held.credential.id, operatorSigner)).toBe(1)
    expect(await client().liftBars(held.credential.id, operatorSigner)).toBe(0)
  })

  it('gives refusals back under their own code and sentence', async () => {
    const wrong = { kind: 'hardware', hardware: { schema: REPUTATION } } as unknown as Proposal
    await expect(client().proposeRequest(wrong)).rejects.toMatchObject({ name: 'AssayError', code: 'malformed' })
    const never = {
      kind: 'uptime',
      hardware: { schema: COMPUTE, ranges: { gops: { source: 'measured' } } },
      uptime: { epoch: 4_000_000_000, rungMicro: 500_000 },
    } as const
    await expect(client().proposeRequest(never)).rejects.toMatchObject({
      code: 'epochOpen',
      message: 'The epoch has not closed yet.',
      detail: { epoch: 4_000_000_000 },
    })
  })
})

describe('a service that misbehaves', () => {
  let server: Server | undefined

  async function at(answer: RequestListener): Promise<string> {
    server = createServer(answer)
    await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  afterEach(() => {
    server?.closeAllConnections()
    server?.close()
    server = undefined
  })

  const ask = (url: string, timeoutMs = 60_000) => createServiceClient(url, { ...effects, timeoutMs }).describe()

  it('is unavailable when nobody is there, and the message says what to check', async () => {
    const url = await at(() => undefined)
    await new Promise((resolve) => server!.close(resolve))
    await expect(ask(url)).rejects.toMatchObject({
      code: 'unavailable',
      message: `${url} can't be reached (no connection): check the URL, and that the service runs there`,
      detail: { service: url },
    })
  })

  it('is unavailable when it never answers', async () => {
    const url = await at(() => undefined)
    await expect(ask(url, 100)).rejects.toMatchObject({
      code: 'unavailable',
      message: `${url} can't be reached (no answer in 0.1 s): check the URL, and that the service runs there`,
    })
  })

  it.each<[string, RequestListener, string, RegExp]>([
    [
      'answers an error that is no problem',
      (_, response) => response.writeHead(502).end('<html>'),
      'unavailable',
      /answered 502 and no problem details/,
    ],
    [
      'names an unknown code',
      (_, response) => response.writeHead(400).end('{"code":"new","detail":"x"}'),
      'unavailable',
      /answered 400/,
    ],
    [
      'answers no JSON',
      (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{'),
      'unavailable',
      /not JSON/,
    ],
    [
      'describes itself wrongly',
      (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
      'malformed',
      /^The service's description is malformed/,
    ],
    [
      'sends us elsewhere',
      (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      'unavailable',
      /can't be reached/,
    ],
  ])('is refused when it %s', async (_, answer, code, message) => {
    await expect(ask(await at(answer))).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })
})

describe('the URL of a service', () => {
  it.each([
    '',
    'assay.example',
    'ftp://assay.example',
    'https://assay.example/path',
    'https://u:p@assay.example',
    'https://assay.example/?x',
  ])('is refused as %j', (url) => {
    expect(() => createServiceClient(url, effects)).toThrow(
      expect.objectContaining({
        code: 'malformed',
        message: 'A service is named by scheme and host alone, as in https://assay.example',
      }),
    )
  })

  it('is its origin', () => {
    expect(createServiceClient('https://Assay.example/', effects).url).toBe('https://assay.example')
  })
})
