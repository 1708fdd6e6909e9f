import { readFile, stat, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { deriveKeys } from '../../src/holder/index.ts'
import {
  audienceField,
  COMPUTE,
  pseudonym,
  zDid,
  zField,
  zPresentation,
  zRegistryId,
  zSchemaUri,
  zSeconds,
  zSource,
} from '../../src/protocol/index.ts'
import { zLogEntry, zRegistrySnapshot, zRootStatement, zSnapshotLeaf } from '../../src/registry/index.ts'
import { zSignedExplanation } from '../../src/reputation/index.ts'
import { until } from '../shared/until.ts'
import { type Home, lineOf, makeHome, PASSPHRASE, type Running } from './run-assay.ts'

/* One provider's way from a wallet to a score and a dapp's yes, by the command line alone, against a service in a process. */

const zText = z.string().refine((text) => zField.safeParse(text).success)
const ok = z.literal(true)
const zCredential = z.strictObject({
  id: z.string().startsWith('urn:uuid:'),
  schema: zSchemaUri,
  title: z.string(),
  issuer: zDid,
  holder: zDid,
  device: zText,
  claims: z.record(z.string(), z.string()),
  sources: z.record(z.string(), zSource),
  issuedAt: zSeconds,
  expiresAt: zSeconds,
  expired: z.boolean(),
})
const zServe = z.strictObject({
  ok,
  url: z.url(),
  registryId: zRegistryId,
  version: z.string(),
  operatorKey: z.string(),
  reputation: zDid,
  setUp: z.literal('development'),
  witnesses: z.literal(1),
  witnessThreshold: z.literal(1),
})
const zEnroll = z.strictObject({
  ok,
  service: z.url(),
  registryId: zRegistryId,
  pinned: z.boolean(),
  machine: z.literal(0),
  generation: z.int(),
  device: zText,
  credentials: z.array(zCredential),
  measured: z.strictObject({
    challengeId: z.string(),
    seconds: z.number().positive(),
    mops: z.int(),
    n: z.literal(64),
    layers: z.literal(2),
  }),
  agentKey: z.string(),
})
const zPresented = z.strictObject({
  ok,
  service: z.url(),
  pseudonym: zText,
  joined: z.array(z.looseObject({ device: zText, joinEpoch: z.int() })),
  presented: z.array(z.strictObject({ device: zText, epoch: z.int(), rungMicro: z.int(), known: z.boolean() })),
  nothing: z.array(z.strictObject({ device: zText, epoch: z.int(), reason: z.string() })),
  jobs: z.array(z.strictObject({ marketplace: z.string(), week: z.int(), known: z.boolean() })),
})
const zRefusal = z.strictObject({
  ok: z.literal(false),
  code: z.string(),
  message: z.string().min(1),
  detail: z.record(z.string(), z.unknown()).optional(),
  next: z.string().optional(),
})

describe('the way from a wallet to a score, by the command line', () => {
  let home: Home
  let service: Running
  let agent: Running
  let served: z.output<typeof zServe>
  let phrase: string
  let agentFile: string
  let own: string

  beforeAll(async () => {
    home = await makeHome()
    const quick = ['--slot-seconds', '2', '--reply-window-ms', '1800', '--slots-per-epoch', '20']
    const small = ['--measurement-size', '64', '--measurement-layers', '2', '--interval-seconds', '2']
    service = home.start([
      ...['serve', '--json', '--port', '0', '--data-folder', home.path('data'), '--log-level', 'debug'],
      ...quick,
      ...small,
    ])
    const [line] = await lineOf(service, /.*/)
    served = zServe.parse(JSON.parse(line))
    phrase = z
      .strictObject({ ok, wallet: z.literal(home.path('.assay/wallet.age')), phrase: z.string() })
      .parse((await home.json(['wallet', 'create'])).result).phrase
  })
  afterAll(async () => {
    await agent?.stop('SIGKILL')
    await service?.stop('SIGKILL')
    await home?.remove()
  })

  /** A request of the dapp for what stands in policy.json. */
  const newRequest = (out: string) =>
    home.json([
      ...['verify', 'new-request', '--policy', home.path('policy.json'), '--key', home.path('dapp.key')],
      ...['--service', served.url, '--out', home.path(out), '--purpose', 'a test'],
    ])

  it('enrolls: the registry is pinned, the machine measured and registered, and the agent gets its key', async () => {
    expect(phrase.split(' ')).toHaveLength(24)
    const { code, result } = await home.json(['enroll', '--service', served.url])
    expect(code, JSON.stringify(result)).toBe(0)
    const enrolled = zEnroll.parse(result)
    expect(enrolled).toMatchObject({ pinned: true, registryId: served.registryId, service: served.url })
    // one credential holds what was measured and what is self-reported side by side
    expect(enrolled.credentials).toHaveLength(1)
    const sources = { gops: 'measured', ramMiB: 'selfReported', cores: 'selfReported' }
    expect(enrolled.credentials[0]).toMatchObject({ schema: COMPUTE, sources })
    agentFile = enrolled.agentKey
    for (const file of [agentFile, home.path('.assay/wallet.age')]) {
      expect((await stat(file)).mode & 0o777, file).toBe(0o600)
    }
    agent = home.start(['agent', '--agent-key', agentFile])
    await lineOf(agent, /^Connected/)
  })

  it('refuses to enroll with a registry that is not the required one', async () => {
    const { code, result } = await home.json(['enroll', '--service', served.url, '--registry', 'A'.repeat(43)])
    expect([code, zRefusal.parse(result).code]).toEqual([1, 'registryInvalid'])
  })

  it('shows the wallet without secrets', async () => {
    const zShow = z.strictObject({
      ok,
      wallet: z.string(),
      registry: z.strictObject({ registryId: zRegistryId, serviceUrls: z.array(z.url()) }),
      identities: z.array(
        z.strictObject({
          audience: zDid,
          did: zDid,
          pseudonym: zText,
          roles: z.array(z.string()),
          joins: z.array(z.looseObject({ device: zText, joinEpoch: z.int() })),
        }),
      ),
      machines: z.tuple([z.looseObject({ number: z.literal(0), generation: z.literal(0), device: zText })]),
      credentials: z.array(zCredential),
    })
    const { code, result } = await home.json(['wallet', 'show'])
    expect(code).toBe(0)
    expect(zShow.parse(result).registry.serviceUrls).toEqual([served.url])
    const { stdout } = await home.assay(['wallet', 'show'])
    expect(stdout).toContain('(self-reported, nobody checked it)')
    expect(stdout).toContain('(measured)')
  })

  it('answers a dapp, which checks it here and at the service; a changed answer is refused', async () => {
    const policy = {
      schema: COMPUTE,
      claims: { gops: { source: 'measured' }, ramMiB: { min: '1024', source: 'selfReported' } },
    }
    await writeFile(home.path('policy.json'), JSON.stringify(policy))
    const made = await newRequest('request.jwt')
    const zRequest = z.strictObject({
      ok,
      audience: z.strictObject({ did: zDid }),
      registry: z.literal(served.registryId),
      nonce: z.string(),
      expiresAt: zSeconds,
      out: z.string(),
    })
    const { audience } = zRequest.parse(made.result)

    const asked = await home.assay([
      'present',
      '--request',
      home.path('request.jwt'),
      '--out',
      home.path('answer.json'),
    ])
    expect(asked.code).toBe(3)
    expect(asked.stderr).toContain('The answer reveals:')
    expect(asked.stderr).toContain('main memory (RAM): at least 1024 MiB')
    expect(asked.stderr).toContain('Confirmation needs a terminal')

    const answered = await home.json(['present', '--request', home.path('request.jwt'), '--yes'])
    const { presentation } = z
      .strictObject({
        ok,
        audience: z.strictObject({ did: z.literal(audience.did) }),
        purpose: z.literal('a test'),
        policies: z.array(z.unknown()),
        asks: z.string(),
        reveals: z.array(z.string()),
        warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })),
        machinesLeft: z.number().min(10),
        pseudonym: zText,
        presentation: z.record(z.string(), z.unknown()),
      })
      .parse(answered.result)
    zPresentation.parse(presentation)
    await writeFile(home.path('answer.json'), JSON.stringify(presentation))
    const check = ['verify', '--request', home.path('request.jwt'), '--service', served.url]
    const changed = structuredClone(presentation) as { proofs: { signals: string[] }[] }
    changed.proofs[0]!.signals[0] = '1'
    await writeFile(home.path('changed.json'), JSON.stringify(changed))
    const [yes, there, no] = await Promise.all([
      home.json([...check, '--presentation', home.path('answer.json')]),
      home.json([...check, '--presentation', home.path('answer.json'), '--remote']),
      home.json([...check, '--presentation', home.path('changed.json')]),
    ])
    expect(yes).toMatchObject({
      code: 0,
      result: { ok: true, pseudonym: answered.result.pseudonym, checkedBy: 'here' },
    })
    expect(there).toMatchObject({ code: 0, result: { ok: true, checkedBy: 'service', nonceUsedUp: true } })

    expect([no.code, zRefusal.parse(no.result).code]).toEqual([1, 'proofInvalid'])
  })

  it('shows a registry that it verified, its log replayed, and the issuers', async () => {
    const shown = await home.json(['registry', 'show', '--service', served.url, '--registry', served.registryId])
    const registry = z
      .looseObject({ ok, verified: ok, pinned: ok, leaves: z.array(zSnapshotLeaf), statement: zRootStatement })
      .parse(shown.result)
    expect(registry.leaves).toHaveLength(4)
    const [log, issuers, wrong] = await Promise.all([
      home.json(['registry', 'log', '--service', served.url]),
      home.json(['issuer', 'show', '--service', served.url]),
      home.json(['registry', 'show', '--service', served.url, '--registry', 'A'.repeat(43)]),
    ])
    expect(z.looseObject({ ok, verified: ok, entries: z.array(zLogEntry) }).parse(log.result).entries).toHaveLength(4)
    expect(issuers).toMatchObject({ code: 0, result: { verified: true } })
    expect([wrong.code, zRefusal.parse(wrong.result).code]).toEqual([1, 'registryInvalid'])
  })

  it('keeps a heartbeat with a line an epoch, and ends cleanly on SIGINT', async () => {
    // the first epoch was watched from its middle on; a whole one has nearly all its slots up, and half on a busy machine
    const epochUp = async () => Number((await lineOf(agent, /^Epoch \d+: (\d+) slots up/))[1])
    await epochUp()
    for (let up = 0; up < 10; ) up = await epochUp()
    // it keeps the copy of the registry fresh: a root that verifiers take now
    await until(async () => {
      const copy = zRegistrySnapshot.parse(JSON.parse(await readFile(home.path('.assay/registry.json'), 'utf8')))
      return copy.statement.number >= Math.floor(Date.now() / 2000) - 1
    })
    const { code, stdout } = await agent.stop('SIGINT')
    expect(code).toBe(0)
    expect(stdout).toMatch(/Stopped\. Slots from now on count as down\.\n$/)
  })

  it('presents every closed epoch once', async () => {
    const { code, result } = await home.json(['present', '--to', served.url])
    expect(code, JSON.stringify(result)).toBe(0)
    const { presented, pseudonym } = zPresented.parse(result)
    own = pseudonym
    expect(Math.max(...presented.map(({ rungMicro }) => rungMicro))).toBeGreaterThanOrEqual(500_000)
    const again = zPresented.parse((await home.json(['present', '--to', served.url])).result)
    const epochs = new Set(presented.map(({ epoch }) => epoch))
    expect(again.presented.filter(({ epoch }) => epochs.has(epoch))).toEqual([])
  })

  it('shows the score: for programs signed and whole, for people with its reasons', async () => {
    const { code, result } = await home.json(['score', '--service', served.url])
    expect(code, JSON.stringify(result)).toBe(0)
    const { explanation } = z
      .strictObject({ ok, service: z.url(), signatureVerified: ok, explanation: zSignedExplanation })
      .parse(result)
    expect(explanation.pseudonym).toBe(own)
    expect(explanation.devices).toHaveLength(1)
    const [{ stdout }, unknown] = await Promise.all([
      home.assay(['score', own, '--service', served.url]),
      home.json(['score', '1', '--service', served.url]),
    ])
    expect(stdout).toMatch(/^\d+ of 1000 \(with 90 % confidence between \d+ and \d+\)/)
    expect(stdout).toContain('Why it is not higher')
    expect([unknown.code, zRefusal.parse(unknown.result).code]).toEqual([1, 'pseudonymUnknown'])
  })

  it('gets the score as a credential, and shows what the hardware can do', async () => {
    const { code, result } = await home.json(['present', '--to', served.url, '--hardware', '--score-credential'])
    expect(code, JSON.stringify(result)).toBe(0)
    const { scoreCredential } = z
      .strictObject({
        ok,
        service: z.url(),
        pseudonym: z.literal(own),
        capability: z.looseObject({ schema: z.literal(COMPUTE), ranges: z.record(z.string(), z.unknown()) }),
        scoreCredential: zCredential,
      })
      .parse(result)
    expect(scoreCredential.issuer).toBe(served.reputation)
  })

  it('is the same holder after restoring the phrase from standard input', async () => {
    const wallet = home.path('restored.age')
    const restored = await home.json(['wallet', 'restore', '--wallet', wallet], { input: `${phrase.toUpperCase()}\n` })
    expect(restored).toMatchObject({ code: 0, result: { ok: true, wallet } })
    // a service that the wallet does not trust yet is not told the pseudonym
    const early = await home.json(['score', '--wallet', wallet, '--service', served.url])
    expect([early.code, zRefusal.parse(early.result).code]).toEqual([3, 'registryInvalid'])
    // the machine is the same one on an empty disk, and so the ledger keeps one device
    const enrolled = await home.json(['enroll', '--wallet', wallet, '--service', served.url])
    expect(enrolled.code, JSON.stringify(enrolled.result)).toBe(0)
    const shown = await home.json(['wallet', 'show'])
    const [machine] = shown.result.machines as { device: string; number: number }[]
    expect(enrolled.result).toMatchObject({ machine: 0, generation: 0, device: machine!.device })
    const presented = await home.json(['present', '--to', served.url, '--wallet', wallet])
    expect(presented.code, JSON.stringify(presented.result)).toBe(0)
    const roster = await home.json(['score', '--wallet', wallet, '--service', served.url])
    const explained = z.looseObject({ pseudonym: zText, devices: z.array(z.unknown()).length(1) })
    expect(explained.parse(roster.result.explanation).pseudonym).toBe(own)
    const keys = deriveKeys(phrase)
    expect(own).toBe(String(pseudonym(keys.secret(), audienceField(served.reputation))))
    const bad = await home.json(['wallet', 'restore', '--wallet', home.path('x.age')], { input: 'one two three' })
    expect([bad.code, zRefusal.parse(bad.result).code]).toEqual([1, 'phraseInvalid'])
  })

  it('refuses a revoked credential before proving', async () => {
    const { result } = await home.json(['wallet', 'show'])
    const { id } = (result.credentials as { id: string; schema: string }[]).find(({ schema }) => schema === COMPUTE)!
    const revoke = ['revoke', id, '--reason', 'a test', '--service', served.url, '--operator-key']
    const stranger = await home.json([...revoke, home.path('dapp.key')])
    expect([stranger.code, zRefusal.parse(stranger.result).code]).toEqual([1, 'unauthorized'])
    const done = await home.json([...revoke, served.operatorKey])
    expect(done).toMatchObject({ code: 0, result: { ok: true, id, reason: 'a test', already: false } })
    // the root of the next interval covers it; two later, no copy of the registry from before is fresh
    const { rootNumber } = z.looseObject({ rootNumber: z.int() }).parse(done.result)
    await until(async () => {
      const snapshot: unknown = await (await fetch(`${served.url}/v1/registry`)).json()
      return z.looseObject({ statement: zRootStatement }).parse(snapshot).statement.number >= rootNumber + 2
    })
    await newRequest('late.jwt')
    const answer = await home.json(['present', '--request', home.path('late.jwt'), '--yes'])
    expect([answer.code, zRefusal.parse(answer.result).code]).toEqual([1, 'revoked'])
  })

  it('governs the registry when the service is stopped, and only then', async () => {
    const suspend = ['registry', 'suspend', '1', '--data-folder', home.path('data')]
    const busy = await home.json(suspend)
    expect([busy.code, zRefusal.parse(busy.result).code]).toEqual([3, 'folderInUse'])
    const stopped = await service.stop('SIGTERM')
    expect(stopped.code).toBe(0)
    expect(await home.json(suspend)).toMatchObject({
      code: 0,
      result: { ok: true, action: { type: 'suspend', slot: 1 } },
    })
    const twice = await home.json(suspend)
    expect([twice.code, zRefusal.parse(twice.result).code]).toEqual([1, 'conflict'])
    const back = await home.json(['registry', 'reinstate', '1', '--data-folder', home.path('data')])
    expect(back).toMatchObject({ code: 0, result: { action: { type: 'reinstate', slot: 1 } } })
  })

  it("issues a marketplace's jobs under an issuer of its own, which governors trust, and takes them back", async () => {
    const key = ['--key', home.path('gpus.key')]
    const registry = ['--registry', served.registryId]
    const trustFile = home.path('gpus.trust.json')
    const wanted = ['--marketplace', 'gpus.example', '--out', trustFile]
    const made = await home.json(['issuer', 'trust-document', ...wanted, ...key, ...registry])
    const { document } = z.looseObject({ ok, document: z.looseObject({ issuer: zDid }) }).parse(made.result)
    expect((await stat(home.path('gpus.key'))).mode & 0o777).toBe(0o600)
    const data = ['--data-folder', home.path('data')]
    const trusted = await home.json(['registry', 'trust', trustFile, ...data])
    expect(trusted).toMatchObject({ code: 0, result: { action: { type: 'trust', issuer: document.issuer } } })

    const terms = await home.json(['wallet', 'show', '--for', document.issuer])
    const counts = { epoch: 7, completed: 12, failed: 0, disputed: 0, ratingSum: 50, ratingCount: 11, firstEpoch: 7 }
    const claims = { ...counts, distinctUsers: 3 }
    await writeFile(home.path('week.json'), JSON.stringify({ ...terms.result, claims }))
    const issue = ['issuer', 'jobs', '--marketplace', 'gpus.example', '--claims', home.path('week.json'), ...key]
    const issued = await home.json([...issue, '--out', home.path('week.jwt')])
    const id = z.looseObject({ ok, id: z.string() }).parse(issued.result).id
    const added = await home.json(['wallet', 'add', home.path('week.jwt')])
    expect(added).toMatchObject({ code: 0, result: { credential: { id, claims: { completed: '12' } } } })

    const list = home.path('gpus.status.json')
    const revoked = await home.json(['issuer', 'status-list', '--revoke', id, '--out', list, ...key, ...registry])
    expect(revoked).toMatchObject({ code: 0, result: { revoked: 1, seq: 1 } })
    const published = await home.json(['registry', 'publish-list', list, ...data])
    expect(published).toMatchObject({ code: 0, result: { ok: true } })
    const after = await home.json(issue)
    expect([after.code, zRefusal.parse(after.result).code]).toEqual([1, 'revoked'])
  })

  it('never printed or logged a secret, except the phrase of the new wallet once', async () => {
    const said = home.said()
    expect(said.split(phrase)).toHaveLength(2)
    const rest = said.replace(phrase, '').toLowerCase()
    const words = phrase.split(' ')
    for (let i = 0; i + 3 <= words.length; i++) expect(rest).not.toContain(words.slice(i, i + 3).join(' '))
    const { privateKey } = JSON.parse(await readFile(agentFile, 'utf8')) as { privateKey: string }
    const files = ['data/kms-secret', 'data/operator.key', 'dapp.key'].map((name) => readFile(home.path(name), 'utf8'))
    const keys = deriveKeys(phrase)
    const marketplace = JSON.parse(await readFile(home.path('gpus.key'), 'utf8')) as Record<string, string>
    const secrets = [
      privateKey,
      marketplace.didKey!,
      marketplace.circuitKey!,
      PASSPHRASE,
      String(keys.secret()),
      keys.secret().toString(16),
    ]
    for (const secret of [...secrets, ...(await Promise.all(files)).map((text) => text.trim())]) {
      expect(secret.length).toBeGreaterThan(15)
      expect(rest.includes(secret.toLowerCase())).toBe(false)
    }
  })
})
