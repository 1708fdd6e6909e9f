import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { readCredential } from '../../src/holder/read-credential.ts'
import {
  addCredential,
  addDevice,
  createWallet,
  deviceField,
  firstEpochOf,
  fixFirstEpoch,
  forgetExpired,
  openWallet,
  pinRegistry,
  unpinRegistry,
  walletState,
} from '../../src/holder/wallet.ts'
import { zWalletState } from '../../src/holder/wallet-state.ts'
import { COMPUTE } from '../../src/protocol/claim-schemas.ts'
import { gpuDevice, machineDevice } from '../../src/protocol/device.ts'
import { issuer, keys, NOW, otherKeys, PHRASE, REGISTRY } from './fixture.ts'

const office = issuer('office')
const machine = { kind: 'machine', id: '00'.repeat(16) } as const
const gpu = { kind: 'gpu', uuid: 'GPU-12345678-1234-1234-1234-123456789ABC' } as const
const fields = {
  schema: COMPUTE,
  claims: [0n, 16_384n, 5000n, 9000n, 4n, 0n, 0n, 2n],
  terms: office.terms(deviceField(machine)),
}
const audience = { did: 'did:web:reputation.example' }
const registry = { registryId: REGISTRY, serviceUrls: ['https://assay.example'] }

async function fullWallet() {
  let wallet = addDevice(addDevice(createWallet(PHRASE), machine), gpu)
  wallet = pinRegistry(wallet, registry)
  wallet = fixFirstEpoch(wallet, audience, deviceField(machine), 20_500)
  return addCredential(wallet, readCredential(await office.issue(fields), keys))
}

describe('wallet', () => {
  it('comes back from its saved state, through JSON, with its credentials parsed', async () => {
    const wallet = await fullWallet()
    const state = walletState(wallet)
    expect(zWalletState.parse(state)).toEqual(state)
    const { keys: reopenedKeys, ...reopened } = openWallet(JSON.parse(JSON.stringify(state)))
    const { keys: originalKeys, ...original } = wallet
    expect(reopened).toEqual(original)
    expect(reopenedKeys.secret()).toBe(originalKeys.secret())
    expect(walletState(createWallet(PHRASE))).toEqual({
      type: 'AssayWallet',
      version: 1,
      phrase: PHRASE,
      devices: [],
      firstEpochs: [],
      credentials: [],
      settled: [],
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
    ['a device of no kind', { devices: [{ kind: 'tpu', id: '1' }] }],
    ['a first epoch before the first', { firstEpochs: [{ audience, device: '1', firstEpoch: -1 }] }],
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

  it('knows a device by what credentials say of it', () => {
    expect(deviceField(machine)).toBe(machineDevice(machine.id))
    expect(deviceField(gpu)).toBe(gpuDevice(gpu.uuid))
    const wallet = addDevice(createWallet(PHRASE), gpu)
    expect(addDevice(wallet, { kind: 'gpu', uuid: gpu.uuid.slice(4).toLowerCase() })).toBe(wallet)
    expect(addDevice(wallet, machine).devices).toEqual([gpu, machine])
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

  it('states one first epoch for a device to an audience, and no other afterwards', () => {
    const device = deviceField(machine)
    const wallet = fixFirstEpoch(createWallet(PHRASE), audience, device, 20_500)
    expect(firstEpochOf(wallet, audience, device)).toBe(20_500)
    expect(firstEpochOf(wallet, { ...audience, context: 'season 1' }, device)).toBeUndefined()
    expect(firstEpochOf(wallet, audience, deviceField(gpu))).toBeUndefined()
    expect(fixFirstEpoch(wallet, audience, device, 20_500)).toBe(wallet)
    expect(() => fixFirstEpoch(wallet, audience, device, 20_501)).toThrow(
      expect.objectContaining({
        code: 'firstEpochFixed',
        message: 'The first epoch stated for this device is 20500, not 20501',
        detail: { firstEpoch: 20_500 },
      }),
    )
  })
})
