import { describe, expect, it } from 'vitest'
import {
  acceptCredential,
  createRegistryCache,
  keepInMemory,
  type LedgerSession,
  obtainCredential,
  openLedger,
  openSession,
  presentProposal,
  type ServiceClient,
} from '../../src/client/index.ts'
import { addCredential, agentOfMachine, createWallet, readCredential } from '../../src/holder/index.ts'
import {
  COMPUTE,
  encodeProofRequest,
  HARDWARE,
  type PolicyInput,
  type ProofRequestJson,
  REPUTATION,
  type ServiceDescription,
  UPTIME,
} from '../../src/protocol/index.ts'
import type { RegistrySnapshot } from '../../src/registry/index.ts'
import { type Proposal, proposedRequest } from '../../src/reputation/index.ts'
import {
  CIRCUIT,
  issuer,
  keys,
  measured,
  NOW,
  PHRASE,
  party,
  proofRequest,
  REGISTRY,
  registryView,
  resolveKeys,
} from '../holder/fixture.ts'

/* The service is the attacker here: what it says is wrong, and the client must notice before anything leaves the wallet. */

const office = issuer('office')
const other = issuer('other')
const ledger = issuer('ledger')
/** Trusted with self-reported claims alone. */
const capped = issuer('capped')
const view = registryView([
  { issuer: office, schema: COMPUTE },
  { issuer: capped, schema: COMPUTE, sourceCap: 1 },
  { issuer: ledger, schema: REPUTATION },
])
const device = 5n
const effects = { clock: () => NOW, randomBytes: (length: number) => new Uint8Array(length).fill(1), resolveKeys }
const proposal: Proposal = { kind: 'hardware', hardware: { schema: COMPUTE, ranges: { gops: { source: 'measured' } } } }
const described = (changes: Partial<ServiceDescription> = {}) => {
  const issuers = [{ did: office.did, schemas: [COMPUTE] }]
  return { registryId: REGISTRY, reputation: ledger.did, issuers, ...changes } as ServiceDescription
}

/** A session with a service that answers as it likes. */
function sessionWith(client: Partial<ServiceClient>) {
  const terms = office.terms(device)
  const held = office.issue({ schema: COMPUTE, claims: { gops: measured(41_000n) }, terms })
  const registry = async () => ({ view, snapshot: {} as RegistrySnapshot })
  const sent: string[] = []
  const spied = Object.fromEntries(
    Object.entries({ describe: async () => described(), registry, ...client }).map(([name, call]) => [
      name,
      (...args: unknown[]) => {
        sent.push(name)
        return (call as (...args: unknown[]) => unknown)(...args)
      },
    ]),
  ) as unknown as ServiceClient
  const open = async () => {
    const wallet = keepInMemory(addCredential(createWallet(PHRASE), readCredential(await held, keys)))
    return openSession({ ...effects, client: { ...spied, url: 'https://assay.example' }, registryId: REGISTRY, wallet })
  }
  return { open, sent }
}

/** A ledger whose signed request is not the one that was proposed. */
async function proposeTo(
  changes: Partial<ProofRequestJson>,
  by = party('ledger'),
): Promise<{ code: string; sent: string[] }> {
  const { purpose, policies, sameDevice } = proposedRequest(proposal)
  const request = proofRequest(by.did, {
    purpose,
    policies: policies as ProofRequestJson['policies'],
    sameDevice,
    ...changes,
  })
  const { open, sent } = sessionWith({ proposeRequest: () => encodeProofRequest(request, by.sign) })
  const prover = { circuit: CIRCUIT, prove: () => Promise.reject(new Error('something was proved')) }
  const session: LedgerSession = await openLedger(await open(), prover)
  const error = await presentProposal(session, proposal).catch((refused: unknown) => refused)
  return { code: (error as { code: string }).code, sent }
}

describe('a ledger that asks for another proof than the one that was proposed', () => {
  const memory: PolicyInput = { schema: COMPUTE, claims: { gops: { min: '41000', source: 'measured' } } }

  it.each<[string, Partial<ProofRequestJson>, string]>([
    ['another policy', { policies: [memory] as ProofRequestJson['policies'] }, 'policyMismatch'],
    ['another purpose: it would join a device', { purpose: 'reputation/join/5' }, 'policyMismatch'],
    [
      'a context of the ledger, with a fresh pseudonym',
      { audience: { did: ledger.did, context: 'x' } },
      'wrongAudience',
    ],
  ])('%s', async (_, changes, code) => {
    expect(await proposeTo(changes)).toEqual({ code, sent: ['describe', 'registry', 'proposeRequest'] })
  })

  it('in the name of a dapp whose key it has', async () => {
    const { code, sent } = await proposeTo({}, party('other'))
    expect([code, sent.includes('submitEvidence')]).toEqual(['wrongAudience', false])
  })
})

describe('a service that is not what it was', () => {
  it('is told nothing when it has another registry', async () => {
    const { open, sent } = sessionWith({ describe: async () => described({ registryId: 'A'.repeat(43) }) })
    await expect(open()).rejects.toMatchObject({ code: 'registryInvalid' })
    expect(sent).toEqual(['describe'])
  })

  it('is told no pseudonym when the registry does not trust its ledger', async () => {
    const { open, sent } = sessionWith({ describe: async () => described({ reputation: party('a dapp').did }) })
    const session = await open()
    const prover = { circuit: CIRCUIT, prove: () => Promise.reject(new Error('something was proved')) }
    await expect(openLedger(session, prover)).rejects.toMatchObject({ code: 'untrustedIssuer' })
    expect(sent).toEqual(['describe', 'registry'])
  })

  it('is asked for no credential by an issuer that is not trusted for the schema', async () => {
    const issuers = [{ did: office.did, schemas: [HARDWARE, UPTIME] }]
    const { open, sent } = sessionWith({ describe: async () => described({ issuers }) })
    const agent = agentOfMachine({ keys }, { number: 0, generation: 0 })
    const evidence = { type: 'heartbeats', epoch: 1 } as const
    const asked = obtainCredential(await open(), { ...agent, schema: UPTIME, evidence })
    await expect(asked).rejects.toMatchObject({ code: 'untrustedIssuer' })
    expect(sent).toEqual(['describe', 'registry'])
  })
})

describe('a credential that a service hands out', () => {
  const accept = async (jwt: string, by = office.did) => {
    const { open } = sessionWith({})
    const session = await open()
    const before = (await session.wallet.read()).credentials.length
    const error = await acceptCredential(session, { jwt, issuer: by, schema: COMPUTE, device }).catch(
      (refused: unknown) => refused,
    )
    const stored = (await session.wallet.read()).credentials.length - before
    return [(error as { code?: string }).code, stored]
  }
  const claims = { gops: measured(50_000n) }

  it('is stored only if it is the one that was asked for', async () => {
    const good = await office.issue({ schema: COMPUTE, claims, terms: office.terms(device) })
    expect(await accept(good)).toEqual([undefined, 1])
    const elsewhere = await office.issue({ schema: COMPUTE, claims, terms: office.terms(6n) })
    expect(await accept(elsewhere)).toEqual(['credentialInvalid', 0])
    const stranger = await other.issue({ schema: COMPUTE, claims, terms: other.terms(device) })
    expect(await accept(stranger)).toEqual(['credentialInvalid', 0])
    const forged = await office.issue({ schema: COMPUTE, claims, terms: office.terms(device), signer: party('other') })
    expect(await accept(forged)).toEqual(['credentialInvalid', 0])
  })

  it('and only if the registry trusts its issuer with its sources', async () => {
    const above = await capped.issue({ schema: COMPUTE, claims, terms: capped.terms(device) })
    expect(await accept(above, capped.did)).toEqual(['untrustedIssuer', 0])
  })
})

describe('the registry that is cached', () => {
  it('is fetched again when verifiers no longer accept its root, or after the time that was set', async () => {
    let now = NOW
    let fetches = 0
    const registry = async () => {
      fetches++
      return { view: { ...view, number: Math.floor(now / view.intervalSeconds) }, snapshot: {} as RegistrySnapshot }
    }
    const pin = { registryId: REGISTRY, resolveKeys, clock: () => now }
    const cache = createRegistryCache({ registry }, { ...pin, keepSeconds: 10_000 })
    await cache.current()
    now += view.intervalSeconds
    await cache.current()
    expect(fetches).toBe(1)
    now += view.intervalSeconds
    await cache.current()
    expect(fetches).toBe(2)
    const brief = createRegistryCache({ registry }, { ...pin, keepSeconds: 0 })
    await brief.current()
    await brief.current()
    expect(fetches).toBe(4)
  })
})
