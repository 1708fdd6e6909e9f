import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createServiceClient } from '../../src/client/index.ts'
import {
  addCredential,
  createWallet,
  deviceOfMachine,
  putMachine,
  readCredential,
  type Wallet,
} from '../../src/holder/index.ts'
import { closeProver, createProver } from '../../src/holder/prove.ts'
import {
  AssayError,
  audienceField,
  HARDWARE,
  type PolicyInput,
  type ProofRequest,
  pseudonym,
  toBase64url,
} from '../../src/protocol/index.ts'
import { loadProvingArtifacts } from '../../src/storage/circuit-artifacts.ts'
import { type HolderOptions, keepInMemory } from '../../src/veramo/index.ts'
import { keys, measured, PHRASE } from '../holder/fixture.ts'
import { openDappWorld } from '../shared/dapp-world.ts'
import { nowSeconds as clock, randomBytes } from '../shared/http.ts'
import { exampleAgent, listenTo } from './agents.ts'

let world: Awaited<ReturnType<typeof openDappWorld>>
let prove: HolderOptions['prover']
let filled: Wallet

beforeAll(async () => {
  world = await openDappWorld()
  const { record, ...artifacts } = await loadProvingArtifacts()
  prove = { circuit: record.id, prove: createProver(artifacts) }
  const empty = putMachine(createWallet(PHRASE), { number: 0, generation: 0, members: [] })
  const terms = world.office.terms(deviceOfMachine(empty, 0))
  const claims = { vramMiB: measured(24_576n), gops: measured(41_000n) }
  const times = { issuedAt: clock() - 60, expiresAt: clock() + 86_400 }
  const jwt = await world.office.issue({ schema: HARDWARE, claims, terms, ...times })
  filled = addCredential(empty, readCredential(jwt, keys))
})
afterAll(async () => {
  await closeProver()
  await world?.close()
})

/** A holder's agent, what it was asked, and what it was told of the requests that it declined. */
function holder(answers: { approve?: boolean; insist?: boolean } = {}) {
  const asked: ProofRequest[] = []
  const declined: AssayError[] = []
  const saved: Wallet[] = []
  let proofs = 0
  const wallet = keepInMemory(filled, (latest) => saved.push(latest))
  const service = createServiceClient(world.url, { fetch, clock, randomBytes })
  const options: HolderOptions = {
    wallet,
    prover: {
      ...prove,
      prove: (inputs) => {
        proofs++
        return prove.prove(inputs)
      },
    },
    approve: (_, request) => {
      asked.push(request)
      return answers.approve ?? true
    },
    ...(answers.insist !== undefined && { insist: () => answers.insist! }),
    onDeclined: (reason) => declined.push(reason),
  }
  const agent = exampleAgent({ service, registryId: world.registryId, clock, randomBytes, holder: options })
  return { agent, wallet, asked, declined, saved, said: listenTo(agent), proofs: () => proofs }
}

const ask = (claims: PolicyInput['claims']) => {
  return world.dapp.request({ purpose: 'renting a machine', policies: [{ schema: HARDWARE, claims }] })
}
const NARROW = { vramMiB: { min: '24576', max: '24576' }, gops: { min: '41000', max: '41000' } }

describe("assayPresent of a dapp's request", () => {
  it('gives an answer that the dapp accepts, and has kept before what that tells', async () => {
    const { agent, wallet, asked, saved, said } = holder()
    const request = await ask({ vramMiB: { min: '8192' } })
    const { presentation, pseudonym: own } = await agent.assayPresent({ request })
    expect(own).toBe(String(pseudonym(keys.secret(), audienceField(world.dapp.did))))
    expect(await world.dapp.verify(presentation)).toMatchObject({ ok: true, pseudonym: BigInt(own) })
    expect(asked).toMatchObject([
      { audience: { did: world.dapp.did }, policies: [{ claims: { vramMiB: { source: 'measured' } } }] },
    ])
    expect((await wallet.read()).told).toMatchObject([{ audience: world.dapp.did, answered: 1 }])
    expect(saved).toHaveLength(1)
    for (const text of [JSON.stringify(said), inspect(agent, { depth: 12 })]) {
      for (const secret of [keys.phrase(), String(keys.secret())]) expect(text).not.toContain(secret)
    }
  })

  it('says one word where it can not, to a caller who may be the dapp; the holder hears why', async () => {
    const { agent, wallet, asked, declined, proofs } = holder()
    const error = await agent.assayPresent({ request: await ask({ vramMiB: { min: '81920' } }) }).catch((e) => e)
    expect(error).toEqual(new AssayError('declined'))
    expect(error).toMatchObject({ message: 'The holder does not answer this request.', detail: {} })
    expect(error.cause).toBeUndefined()
    expect(declined).toMatchObject([{ code: 'policyNotMet', detail: { claim: 'vramMiB' } }])
    expect((await wallet.read()).told).toMatchObject([{ claims: { vramMiB: [[0n, 81_919n]] }, declined: 1 }])
    expect([asked, proofs()]).toEqual([[], 0])
  })

  it('says the same word where the holder would not, and proves nothing', async () => {
    const { agent, wallet, asked, declined, proofs } = holder({ approve: false })
    await expect(agent.assayPresent({ request: await ask({ vramMiB: { min: '8192' } }) })).rejects.toEqual(
      new AssayError('declined'),
    )
    expect(declined).toMatchObject([{ code: 'declined', message: 'The holder did not agree: nothing was revealed' }])
    expect([asked.length, proofs()]).toEqual([1, 0])
    expect((await wallet.read()).told).toEqual([])
  })

  it.each([undefined, false])(
    'and where an answer would tell too much, unless the holder insists (%s)',
    async (insist) => {
      const { agent, wallet, asked, declined } = holder(insist === undefined ? {} : { insist })
      await expect(agent.assayPresent({ request: await ask(NARROW) })).rejects.toEqual(new AssayError('declined'))
      expect(declined).toMatchObject([{ code: 'budgetExceeded' }])
      expect([asked, (await wallet.read()).told]).toEqual([[], []])
    },
  )

  it('answers when the holder insists', async () => {
    const { agent, wallet, declined } = holder({ insist: true })
    const { presentation } = await agent.assayPresent({ request: await ask(NARROW) })
    expect(await world.dapp.verify(presentation)).toMatchObject({ ok: true })
    expect([declined, (await wallet.read()).told.length]).toEqual([[], 1])
  })

  it('tells what is wrong with the request itself: that is the dapp’s to mend', async () => {
    const { agent, declined } = holder()
    const [head, body] = (await ask({ vramMiB: { min: '8192' } })).split('.')
    const forged = `${head}.${body}.${toBase64url(new Uint8Array(64))}`
    await expect(agent.assayPresent({ request: forged })).rejects.toMatchObject({ code: 'audienceNotSigned' })
    expect(declined).toEqual([])
  })
})
