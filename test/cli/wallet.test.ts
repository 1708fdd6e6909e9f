import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { credentialTerms } from '../../src/holder/credential-terms.ts'
import { readCredential } from '../../src/holder/read-credential.ts'
import {
  addCredential,
  createWallet,
  deviceOfMachine,
  putMachine,
  settle,
  type Wallet,
} from '../../src/holder/wallet.ts'
import { HARDWARE, UPTIME } from '../../src/protocol/index.ts'
import { createWalletFile } from '../../src/storage/wallet-file.ts'
import { issuer, keys, measured, NOW, PHRASE, REGISTRY, selfReported } from '../holder/fixture.ts'
import { type Home, makeHome, PASSPHRASE } from './run-assay.ts'

const office = issuer('office')
const dapp = 'did:web:dapp.example'
const ledger = 'did:web:ledger.example'
const CARD = '8f6c3a0e-1b2d-4c5f-9a7b-0d1e2f3a4b5c'
let home: Home
let device: bigint

/** A wallet with a machine and its credential, which answered one dapp twice and refused it once. */
async function filledWallet(): Promise<Wallet> {
  const empty = putMachine(createWallet(PHRASE), { number: 0, generation: 0, members: [{ id: CARD }] })
  device = deviceOfMachine(empty, 0)
  const claims = { vramMiB: measured(24_576n), powerLimitW: selfReported(450n) }
  const terms = credentialTerms(keys, office.did, device)
  const held = readCredential(await office.issue({ schema: HARDWARE, claims, terms, expiresAt: 4_000_000_000 }), keys)
  const told = [
    {
      audience: dapp,
      schema: HARDWARE,
      device,
      claims: { vramMiB: [[8192n, 49_151n] as [bigint, bigint]] },
      answered: 2,
      declined: 1,
      last: NOW,
    },
    { audience: dapp, schema: UPTIME, device, part: 20_500n, claims: {}, answered: 1, declined: 0, last: NOW },
  ]
  const settled = { audience: { did: ledger }, schema: UPTIME, device: String(device), epoch: 20_500 }
  const registry = { registryId: REGISTRY, serviceUrls: ['https://assay.example'] }
  return settle({ ...addCredential(empty, held), registry, told }, { ...settled, outcome: 'presented' })
}

beforeAll(async () => {
  home = await makeHome()
  await createWalletFile(home.path('.assay/wallet.age'), PASSPHRASE, await filledWallet(), { workFactor: 4 })
})
afterAll(() => home.remove())

describe('assay wallet told', () => {
  it('says in plain words what an audience knows', async () => {
    const { code, stdout, stderr } = await home.assay(['wallet', 'told', 'did:web:Dapp.example'])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('Machine 0')
    expect(stdout).toMatch(/Of all machines, about \d+ of 10000 fit what it knows\./)
    expect(stdout).toContain(
      '“The GPUs of one model in a machine”: 2 answers, 1 refusals, last 2027-01-15 08:00:00 UTC',
    )
    expect(stdout).toContain('GPU memory (VRAM) of the smallest: between 8192 MiB and 48128 MiB')
    expect(stdout).toContain('“How reliably a machine stayed up in one epoch”, epoch 20500: 1 answers')
  })

  it('and as JSON', async () => {
    const { code, result } = await home.json(['wallet', 'told', dapp])
    expect(code).toBe(0)
    const [fit, records] = [expect.any(Number), [expect.anything(), expect.anything()]]
    expect(result).toEqual({
      ok: true,
      audience: dapp,
      ledgerEpochs: 0,
      devices: [{ device: String(device), machine: 0, fit, records }],
    })
    const [first, second] = (result.devices as { records: unknown[] }[])[0]!.records
    expect(first).toEqual({
      schema: HARDWARE,
      title: 'The GPUs of one model in a machine',
      part: null,
      answered: 2,
      declined: 1,
      last: NOW,
      claims: [
        {
          claim: 'vramMiB',
          label: 'GPU memory (VRAM) of the smallest',
          values: [{ min: '8192', max: '49151' }],
          words: 'between 8192 MiB and 48128 MiB',
        },
      ],
    })
    expect(second).toMatchObject({ schema: UPTIME, part: { claim: 'epoch', value: '20500' }, claims: [] })
  })

  it('says so where it is nothing, or a ledger, which has no budget', async () => {
    const nobody = await home.assay(['wallet', 'told', 'did:web:nobody.example'])
    expect(nobody.stdout).toBe('did:web:nobody.example was told nothing by this wallet.\n')
    const { stdout } = await home.assay(['wallet', 'told', ledger])
    expect(stdout).toBe(`${ledger} is a ledger, which has no budget: 1 epochs were presented to it.\n`)
  })

  it('wants a DID', async () => {
    expect(await home.json(['wallet', 'told', 'dapp.example'])).toMatchObject({
      code: 1,
      result: { code: 'malformed' },
    })
    expect(await home.json(['wallet', 'told'])).toMatchObject({ code: 2, result: { code: 'usage' } })
  })
})

describe('assay wallet show', () => {
  it('shows each claim with how it was obtained, machines with their members, and no secret', async () => {
    const { code, stdout } = await home.assay(['wallet', 'show'])
    expect(code).toBe(0)
    expect(stdout).toContain(`machine 0: GPU ${CARD}`)
    expect(stdout).toContain('GPU memory (VRAM) of the smallest: 24576 MiB (measured)')
    expect(stdout).toContain('power limit: 450 W (self-reported, nobody checked it)')
    expect(stdout).toMatch(/did:web:dapp\.example \(dapp\)/)
    expect(stdout).not.toMatch(/assurance|verified|abandon/)
  })

  it('and as JSON', async () => {
    const { result } = await home.json(['wallet', 'show'])
    expect(result).toMatchObject({
      machines: [{ number: 0, generation: 0, members: [{ id: CARD }], device: String(device) }],
      credentials: [
        {
          schema: HARDWARE,
          claims: { vramMiB: '24576', powerLimitW: '450', gops: '0' },
          sources: { vramMiB: 'measured', powerLimitW: 'selfReported' },
        },
      ],
    })
  })
})
