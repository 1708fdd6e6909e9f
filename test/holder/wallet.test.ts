import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { readCredential } from '../../src/holder/read-credential.ts'
import {
  addCredential,
  createWallet,
  deviceOfMachine,
  fixJoin,
  forgetExpired,
  isSettled,
  joinOf,
  machineOf,
  nextMachineNumber,
  openWallet,
  pinRegistry,
  putMachine,
  settle,
  unpinRegistry,
  type Wallet,
  walletState,
} from '../../src/holder/wallet.ts'
import { zWalletState } from '../../src/holder/wallet-state.ts'
import { COMPUTE, UPTIME } from '../../src/protocol/claim-schemas.ts'
import { machineDevice } from '../../src/protocol/device.ts'
import { issuer, keys, measured, NOW, otherKeys, PHRASE, REGISTRY } from './fixture.ts'

const office = issuer('office')
const device = machineDevice(keys.machineIdFor(0))
const CARD = '8f6c3a0e-1b2d-4c5f-9a7b-0d1e2f3a4b5c'
const machine = { number: 0, generation: 1, members: [{ id: CARD }] }
const fields = { schema: COMPUTE, claims: { ramMiB: measured(16_384n) }, terms: office.terms(device) }
const audience = { did: 'did:web:reputation.example' }
const join = { audience, device: String(device), joinEpoch: 20_500, inheritedSilence: 0 }
const settled = { audience, schema: UPTIME, device: String(device), epoch: 20_500, outcome: 'presented' as const }
const registry = { registryId: REGISTRY, serviceUrls: ['https://assay.example'] }
const told = {
  audience: 'did:web:dapp.example',
  schema: COMPUTE,
  device,
  claims: { ramMiB: [[8192n, 2n ** 64n - 1n] as [bigint, bigint]] },
  answered: 1,
  declined: 0,
  last: NOW,
}

async function fullWallet(): Promise<Wallet> {
  let wallet = putMachine(createWallet(PHRASE), machine)
  wallet = settle(fixJoin(pinRegistry(wallet, registry), join), settled)
  wallet = { ...wallet, told: [told, { ...told, schema: UPTIME, part: 20_500n, claims: {} }] }
  return addCredential(wallet, readCredential(await office.issue(fields), keys))
}

describe('wallet', () => {
  it('comes back from its saved state, through JSON, with its credentials parsed', async () => {
    const wallet = await fullWallet()
    const state = walletState(wallet)
    expect(zWalletState.safeParse(state).success).toBe(true)
    const { keys: reopenedKeys, ...reopened } = openWallet(JSON.parse(JSON.stringify(state)))
    const { keys: originalKeys, ...original } = wallet
    expect(reopened).toEqual(original)
    expect(reopenedKeys.secret()).toBe(originalKeys.secret())
    expect(walletState(createWallet(PHRASE))).toEqual({
      type: 'AssayWallet',
      version: 1,
      phrase: PHRASE,
      machines: [],
      joins: [],
      credentials: [],
      settled: [],
      told: [],
    })
  })

  it('shows no secret when it is printed', async () => {
    const wallet = await fullWallet()
    const printed = inspect(wallet, { depth: 9, showHidden: true })
    expect(printed).not.toContain('abandon')
    expect(printed).not.toContain(String(keys.secret()))
  })

  it.each([
    ['another version', { version: 2 }],
    ['an unknown field', { extra: true }],
    ['a URL that is not of the web', { registry: { registryId: REGISTRY, serviceUrls: ['file:///etc/passwd'] } }],
    ['a machine of a negative number', { machines: [{ ...machine, number: -1 }] }],
    ['a member twice', { machines: [{ ...machine, members: [{ id: CARD }, { id: CARD }] }] }],
    ['a join before the first epoch', { joins: [{ ...join, joinEpoch: -1 }] }],
    ['no memory of what was told', { told: undefined }],
    ['a told range upside down', { told: [{ ...told, device: '1', claims: { ramMiB: [['2', '1']] } }] }],
    ['a told claim of another schema', { told: [{ ...told, device: '1', claims: { vramMiB: [['1', '2']] } }] }],
    ['a told claim of no value', { told: [{ ...told, device: '1', claims: { ramMiB: [] } }] }],
    [
      'an audience in a second spelling',
      { told: [{ ...told, device: '1', claims: {}, audience: 'did:web:A.example' }] },
    ],
  ])('refuses a state with %s, and repeats no secret', async (_, changes) => {
    const state = { ...walletState(await fullWallet()), ...changes }
    expect(() => openWallet(state)).toThrow(
      expect.objectContaining({ code: 'malformed', message: expect.not.stringContaining('abandon') }),
    )
  })

  it("refuses a state with a wrong phrase, or with another holder's credential", async () => {
    const state = walletState(await fullWallet())
    expect(() => openWallet({ ...state, phrase: PHRASE.replace('about', 'zoo') })).toThrow(
      expect.objectContaining({ code: 'phraseInvalid' }),
    )
    expect(() => openWallet({ ...state, phrase: otherKeys.phrase() })).toThrow(
      expect.objectContaining({ code: 'credentialInvalid' }),
    )
  })

  it('derives its machines from phrase and number, and finds them by their device', () => {
    const wallet = putMachine(putMachine(createWallet(PHRASE), { ...machine, number: 3 }), machine)
    expect(wallet.machines.map(({ number }) => number)).toEqual([0, 3])
    expect(deviceOfMachine(wallet, 0)).toBe(device)
    expect(machineOf(wallet, device)).toEqual(machine)
    expect(machineOf(wallet, deviceOfMachine(wallet, 1))).toBeUndefined()
    expect([nextMachineNumber(wallet), nextMachineNumber(createWallet(PHRASE))]).toEqual([4, 0])
    const renewed = putMachine(wallet, { ...machine, generation: 2 })
    expect(renewed.machines.map(({ generation }) => generation)).toEqual([2, 1])
    expect(() => putMachine(wallet, { ...machine, members: [{ id: CARD }, { id: CARD }] })).toThrow('member twice')
  })

  it('keeps one credential an id, and forgets the expired ones when asked', async () => {
    const jwts = await Promise.all(
      [NOW - 1, NOW].map((expiresAt) => office.issue({ ...fields, expiresAt, issuedAt: expiresAt - 9 })),
    )
    const helds = jwts.map((jwt) => readCredential(jwt, keys))
    const wallet = [...helds, ...helds].reduce(addCredential, createWallet(PHRASE))
    expect(wallet.credentials).toEqual(helds)
    expect(forgetExpired(wallet, NOW).credentials).toEqual([helds[1]])
  })

  it('pins one registry, at as many services as publish it', () => {
    const wallet = pinRegistry(createWallet(PHRASE), registry)
    const more = pinRegistry(wallet, {
      registryId: REGISTRY,
      serviceUrls: ['https://mirror.example', 'https://assay.example'],
    })
    expect(more.registry).toEqual({
      registryId: REGISTRY,
      serviceUrls: ['https://assay.example', 'https://mirror.example'],
    })
    const other = { ...registry, registryId: 'A'.repeat(43) }
    expect(() => pinRegistry(wallet, other)).toThrow(
      expect.objectContaining({
        code: 'conflict',
        message: `The wallet trusts the registry ${REGISTRY}, not ${other.registryId}`,
      }),
    )
    expect(pinRegistry(unpinRegistry(wallet), other).registry).toEqual(other)
  })

  it('joins a device to an audience once, and not otherwise afterwards', () => {
    const wallet = fixJoin(createWallet(PHRASE), join)
    expect(joinOf(wallet, audience, device)).toEqual(join)
    expect(joinOf(wallet, { ...audience, context: 'season 1' }, device)).toBeUndefined()
    expect(joinOf(wallet, audience, device + 1n)).toBeUndefined()
    expect(fixJoin(wallet, join)).toBe(wallet)
    for (const other of [{ joinEpoch: 20_501 }, { inheritedSilence: 30 }]) {
      expect(() => fixJoin(wallet, { ...join, ...other })).toThrow(
        expect.objectContaining({ code: 'firstEpochFixed', detail: { joinEpoch: 20_500 } }),
      )
    }
  })

  it('settles an epoch once', () => {
    const wallet = settle(createWallet(PHRASE), settled)
    expect(isSettled(wallet, settled)).toBe(true)
    expect(isSettled(wallet, { ...settled, epoch: 20_501 })).toBe(false)
    expect(isSettled(wallet, { ...settled, audience: { ...audience, context: 'season 1' } })).toBe(false)
    expect(settle(wallet, { ...settled, outcome: 'nothing' })).toBe(wallet)
  })
})
