import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addCredential, credentialTerms, deviceOfMachine, verifyCredential } from '../../src/holder/index.ts'
import { closeProver } from '../../src/holder/prove.ts'
import { issueCredential } from '../../src/issuer/index.ts'
import {
  audienceField,
  COMPUTE,
  pseudonym,
  REPUTATION,
  statedClaims,
  toBase64url,
  UPTIME,
} from '../../src/protocol/index.ts'
import { type Proposal, verifyExplanation } from '../../src/reputation/index.ts'
import { nowSeconds, randomBytes } from '../shared/http.ts'
import { createTestProvider } from '../shared/test-provider.ts'
import { startTestService, type TestService } from '../shared/test-service.ts'
import { untilAfter } from '../shared/until.ts'
import { dappAgent, exampleAgent, holderAgent, listenTo, reach } from './agents.ts'

/** Epochs of 20 minutes, so that none ends while a test proves. */
const settings = { slotSeconds: 60, slotsPerEpoch: 20, allowSelfReported: true }
const currentEpoch = () => Math.floor(nowSeconds() / 1200)

const policies = [{ schema: COMPUTE, claims: { gops: { source: 'measured' } } }] as const

let service: TestService
let provider: Awaited<ReturnType<typeof createTestProvider>>
let holder: Awaited<ReturnType<typeof holderAgent>>
let dapp: Awaited<ReturnType<typeof dappAgent>>
let said: unknown[]

beforeAll(async () => {
  service = await startTestService(settings)
  provider = await createTestProvider(service.url)
  holder = await holderAgent(service.url, provider)
  said = listenTo(holder.agent)
  dapp = await dappAgent(service.url)
})
afterAll(async () => {
  await closeProver()
  await service?.stop()
})

describe('assayRequestCredential', () => {
  it('gets a self-reported credential on an inspection, and tells no claim of it', async () => {
    const summary = await holder.agent.assayRequestCredential({
      schema: COMPUTE,
      machine: 0,
      evidence: { type: 'inspection', report: provider.report() },
    })
    const { credentials, ...wallet } = await holder.wallet.read()
    const { id, issuer, issuedAt, expiresAt } = credentials[0]!.credential
    const sources = { ramMiB: 'selfReported', cores: 'selfReported' }
    expect(summary).toEqual({
      id,
      schema: COMPUTE,
      issuer,
      sources: expect.objectContaining(sources),
      issuedAt,
      expiresAt,
    })
    expect(wallet.machines.map(({ number }) => number)).toEqual([0])
    expect(credentials[0]!.credential.device).toBe(deviceOfMachine({ keys: provider.keys }, 0))
  })

  it('gets a measured one on a challenge that the machine passed', async () => {
    const { challenge } = await provider.measure()
    const summary = await holder.agent.execute('assayRequestCredential', {
      schema: COMPUTE,
      machine: 0,
      evidence: { type: 'challenge', challengeId: challenge.id, report: provider.report() },
    })
    expect(summary).toMatchObject({ schema: COMPUTE, sources: { gops: 'measured', cores: 'selfReported' } })
    expect((await holder.wallet.read()).credentials).toHaveLength(2)
  })

  it('passes on what the service refuses, under its code', async () => {
    const ask = holder.agent.assayRequestCredential({
      schema: UPTIME,
      machine: 0,
      evidence: { type: 'heartbeats', epoch: currentEpoch() + 1 },
    })
    await expect(ask).rejects.toMatchObject({ code: 'epochOpen' })
  })

  it('asks nobody for a schema that the service does not issue', async () => {
    const ask = holder.agent.assayRequestCredential({
      schema: 'urn:assay:schema:jobs:1:nowhere',
      machine: 0,
      evidence: { type: 'heartbeats', epoch: 1 },
    })
    await expect(ask).rejects.toMatchObject({
      code: 'unknownSchema',
      message: `${service.url} has no issuer for urn:assay:schema:jobs:1:nowhere`,
    })
  })
})

describe('assayPresent and assayVerify', () => {
  it("answers a dapp's request, which the dapp's agent accepts, and an exact retry too", async () => {
    const request = await dapp.dapp.request({ purpose: 'renting a machine', policies })
    const { presentation, ...told } = await holder.agent.assayPresent({ request })
    const { keys } = await holder.wallet.read()
    const own = String(pseudonym(keys.secret(), audienceField(dapp.did)))
    expect(told).toEqual({ pseudonym: own })
    const [description, asked] = holder.asked.at(-1)!
    expect(description.asks).toBe(`${dapp.did} asks, for the purpose “renting a machine”.`)
    expect(asked.audience).toEqual({ did: dapp.did })

    const accepted = await dapp.agent.assayVerify({ presentation })
    expect(accepted).toMatchObject({ ok: true, retry: false, pseudonym: own, purpose: 'renting a machine' })
    const again = await dapp.agent.execute('assayVerify', { presentation })
    expect(again).toEqual({ ...accepted, retry: true })

    const other = await dapp.agent.assayVerify({ presentation: { ...presentation, circuit: '0'.repeat(64) } })
    expect(other).toEqual({
      ok: false,
      code: 'circuitMismatch',
      message: 'The presentation is made for another circuit or key.',
    })
  })
})

describe('assayPresent to the ledger, and assayScore', () => {
  const epoch = currentEpoch() - 2
  const proposal = {
    kind: 'uptime',
    hardware: { schema: COMPUTE, ranges: { gops: { source: 'measured' } } },
    uptime: { epoch, rungMicro: 999_900 },
    join: { joinEpoch: epoch, inheritedSilence: 0 },
  } as const

  it('delivers an epoch of uptime, and takes the score in as a credential', async () => {
    await holdUptime(epoch)
    const result = await holder.agent.assayPresent({ proposal, scoreCredential: true })
    expect(result.score).toMatchObject({ pseudonym: result.pseudonym, firstEpoch: epoch })
    expect(result.score!.score).toBeGreaterThan(0)
    expect(result.scoreCredential).toMatchObject({ schema: REPUTATION, sources: { score: 'measured' } })

    const { credentials, joins, settled } = await holder.wallet.read()
    expect(credentials.map(({ credential }) => credential.id)).toContain(result.scoreCredential!.id)
    const audience = { did: provider.description.reputation }
    const device = String(provider.device)
    expect(joins).toEqual([{ audience, device, joinEpoch: epoch, inheritedSilence: 0 }])
    expect(settled).toEqual([{ audience, schema: UPTIME, device, epoch, outcome: 'presented' }])

    // what is signed is about the past: the second of the acceptance must be over
    await untilAfter(result.score!.t)
    const own = await holder.agent.assayScore({})
    expect(own.pseudonym).toBe(result.pseudonym)
    await expect(verifyExplanation(own, { signer: audience.did, resolveKeys: reachKeys })).resolves.toMatchObject({
      score: result.score!.score,
    })
    const known = await dapp.agent.execute('assayScore', { pseudonym: result.pseudonym })
    expect(known).toMatchObject({ pseudonym: result.pseudonym, score: result.score!.score })
  })

  it('joins no device again with another epoch', async () => {
    const before = holder.counts.proofs
    const other: Proposal = { ...proposal, join: { ...proposal.join, joinEpoch: epoch - 1 } }
    await expect(holder.agent.assayPresent({ proposal: other })).rejects.toMatchObject({
      code: 'firstEpochFixed',
      message: `The device joined with epoch ${epoch}, not ${epoch - 1}`,
    })
    expect(holder.counts.proofs).toBe(before)
  })

  it('says that the ledger knows nobody of a pseudonym', async () => {
    await expect(dapp.agent.assayScore({ pseudonym: '5' })).rejects.toMatchObject({ code: 'pseudonymUnknown' })
  })

  it('needs a pseudonym where there is no holder', async () => {
    await expect(dapp.agent.assayScore({})).rejects.toMatchObject({
      code: 'malformed',
      message: 'assayScore needs a pseudonym: this agent acts for no holder of its own',
    })
  })
})

describe('the plugin', () => {
  it('has the methods for which it was given the parts, with their schemas', () => {
    const ours = (agent: typeof dapp.agent) => agent.availableMethods().filter((name) => name.startsWith('assay'))
    expect(ours(holder.agent)).toEqual(['assayRequestCredential', 'assayPresent', 'assayScore'])
    expect(ours(dapp.agent)).toEqual(['assayVerify', 'assayScore'])
    const { methods, schemas } = holder.agent.getSchema().components
    expect(methods.assayPresent).toEqual({
      description: expect.stringContaining('signed request'),
      arguments: { $ref: '#/components/schemas/assayPresentArgs' },
      returnType: { $ref: '#/components/schemas/assayPresentResult' },
    })
    expect(schemas.assayPresentArgs.anyOf).toHaveLength(2)
    expect(methods.assayVerify).toBeUndefined()
  })

  it('has its arguments checked by Veramo where that validates, and checks them itself where it does not', async () => {
    const args = { request: 5 } as unknown as { request: string }
    await expect(holder.agent.assayPresent(args)).rejects.toMatchObject({
      name: 'ValidationError',
      method: 'assayPresent',
    })
    const unchecked = exampleAgent(holder.options, false)
    await expect(unchecked.assayPresent(args)).rejects.toMatchObject({
      code: 'malformed',
      message: expect.stringMatching(/^The arguments of assayPresent are malformed: /),
    })
  })

  it('works with no other registry than the pinned one', async () => {
    const { registryId: _, ...access } = await reach(service.url)
    const agent = exampleAgent({ ...access, registryId: toBase64url(new Uint8Array(32)) })
    await expect(agent.assayScore({ pseudonym: '5' })).rejects.toMatchObject({ code: 'registryInvalid' })
  })

  it('shows neither phrase nor secret nor a private key: not in arguments, results, or the agent itself', async () => {
    const { keys } = await holder.wallet.read()
    const agentKey = Buffer.from(keys.agentKeyFor(0, 0).exportPrivateKey()).toString('hex')
    expect(said.length).toBeGreaterThan(10)
    const shown = [JSON.stringify(said), inspect(holder.agent, { depth: 12 }), inspect(holder.options, { depth: 12 })]
    for (const text of shown) {
      for (const secret of [keys.phrase(), String(keys.secret()), keys.secret().toString(16), agentKey]) {
        expect(text).not.toContain(secret)
      }
    }
  })
})

/** An uptime credential of the service's own issuer, as after an epoch of heartbeats, into the wallet. */
async function holdUptime(epoch: number): Promise<void> {
  const { issuers, issuerStore: store } = service.service
  const { keys } = await holder.wallet.read()
  const requestId = toBase64url(randomBytes(16))
  const values = {
    epoch: BigInt(epoch),
    upSlots: 20n,
    uptimeMicro: 1_000_000n,
    uptime30Micro: 1_000_000n,
    monitors: 1n,
  }
  const stated = Object.fromEntries(
    ['downSlots', 'inheritedSilence', 'firstEpoch', ...Object.keys(values)].map((name) => {
      const value = name === 'firstEpoch' ? BigInt(epoch) : (values[name as keyof typeof values] ?? 0n)
      return [name, { value, source: 'measured' as const }]
    }),
  )
  const request = {
    ...credentialTerms(keys, issuers.uptime.did, provider.device),
    requestId,
    requestHash: requestId,
    schema: UPTIME,
    ...statedClaims(UPTIME, stated),
    members: [],
    evidence: [{ type: 'Test', description: 'Stated by a test.' }],
    now: nowSeconds(),
  }
  const { jwt } = await issueCredential({ issuer: issuers.uptime, store, randomBytes }, request)
  const held = await verifyCredential(jwt, { keys, resolveKeys: reachKeys })
  await holder.wallet.change((wallet) => addCredential(wallet, held))
}

function reachKeys(did: string): Promise<Uint8Array[]> {
  return service.service.resolveKeys(did)
}
