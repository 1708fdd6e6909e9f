import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { choosePresentation } from '../../src/holder/choose-presentation.ts'
import { type HeldCredential, readCredential } from '../../src/holder/read-credential.ts'
import { COMPUTE, HARDWARE, UPTIME } from '../../src/protocol/claim-schemas.ts'
import { gpuDevice, machineDevice } from '../../src/protocol/device.ts'
import { isAssayError } from '../../src/protocol/errors.ts'
import type { PolicyJson } from '../../src/protocol/policy.ts'
import type { ProofRequestJson } from '../../src/protocol/proof-request.ts'
import {
  type IssuedFields,
  issuer,
  keys,
  NOW,
  party,
  proofRequest,
  REGISTRY,
  registryView,
  type TestIssuer,
} from './fixture.ts'

const office = issuer('office')
const stranger = issuer('stranger')
const monitor = issuer('monitor')
const dapp = party('dapp')
const machine = machineDevice('00'.repeat(16))
const gpu = gpuDevice('12345678-1234-1234-1234-123456789abc')
const trusted = [
  { issuer: office, schema: COMPUTE, revoked: [9] },
  { issuer: office, schema: HARDWARE, list: 1 },
  { issuer: monitor, schema: UPTIME, assuranceCap: 2 },
]
const view = registryView(trusted)
const COMPUTE_CLAIMS = [0n, 16_384n, 5000n, 9000n, 4n, 0n, 0n, 2n]
const uptime = (epoch: bigint, micro: bigint) => [epoch, 20n, 0n, micro, micro, 20_000n, 1n, 2n]
const atLeast = (ramMiB: number): PolicyJson => ({ schema: COMPUTE, claims: { ramMiB: { min: String(ramMiB) } } })

async function held(by: TestIssuer, fields: Omit<IssuedFields, 'terms'>, device = machine): Promise<HeldCredential> {
  return readCredential(await by.issue({ ...fields, terms: by.terms(device) }), keys)
}

function choose(credentials: HeldCredential[], policies: PolicyJson[], changes: Partial<ProofRequestJson> = {}) {
  return choosePresentation({ request: proofRequest(dapp.did, { policies, ...changes }), credentials, view, now: NOW })
}

describe('choosing what to present', () => {
  it('takes a credential for each policy, in the order of the request, with its paths', async () => {
    const compute = await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS, statusIndex: 5 })
    const up = await held(monitor, { schema: UPTIME, claims: uptime(20_500n, 999_000n) })
    const policies = [{ schema: UPTIME, claims: {} }, atLeast(8192)]
    const choices = choose([compute, up], policies)
    expect(choices.map(({ credential }) => credential.id)).toEqual([up.credential.id, compute.credential.id])
    expect(choices.map(({ trust }) => trust.root)).toEqual([view.root, view.root])
    expect(choices[1]!.status.siblings).toHaveLength(10)
  })

  it('prefers the newest of those that will do', async () => {
    const times = [NOW - 300, NOW - 100, NOW - 200]
    const all = await Promise.all(
      times.map((issuedAt) => held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS, issuedAt })),
    )
    const low = await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS.with(1, 1024n), issuedAt: NOW - 1 })
    expect(choose([...all, low], [atLeast(8192)])[0]!.credential.issuedAt).toBe(NOW - 100)
  })

  it('finds the one device that answers every policy, when the request wants one device', async () => {
    const other = machineDevice('11'.repeat(16))
    const onBoth = await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS, issuedAt: NOW - 500 }, other)
    const newer = await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS })
    const up = await held(monitor, { schema: UPTIME, claims: uptime(20_500n, 999_000n), issuedAt: NOW - 400 }, other)
    const policies = [atLeast(8192), { schema: UPTIME, claims: {} }]
    const devices = (sameDevice: boolean) => {
      return choose([newer, onBoth, up], policies, { sameDevice }).map(({ credential }) => credential.device)
    }
    expect(devices(false)).toEqual([machine, other])
    expect(devices(true)).toEqual([other, other])
  })
})

describe('refusing before any proving', () => {
  const cause = (code: string, message: string, detail: object = {}) => {
    return expect.objectContaining({ code, message, detail: expect.objectContaining(detail) })
  }

  it('credentialMissing: no credential of that schema', () => {
    const message = 'The wallet holds no credential “A machine without a GPU” that could answer the request'
    expect(() => choose([], [atLeast(8192)])).toThrow(cause('credentialMissing', message, { schema: COMPUTE }))
    expect(() => choose([], [atLeast(8192)], { sameDevice: true })).toThrow(cause('credentialMissing', message))
  })

  it('credentialMissing: every policy has its credential, but no device has them all', async () => {
    const compute = await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS })
    const hardware = await held(
      office,
      { schema: HARDWARE, claims: [7n, 24_576n, 0n, 0n, 1n, 89n, 450n, 2n], list: 1 },
      gpu,
    )
    const policies = [atLeast(8192), { schema: HARDWARE, claims: {} }]
    expect(choose([compute, hardware], policies)).toHaveLength(2)
    expect(() => choose([compute, hardware], policies, { sameDevice: true })).toThrow(
      expect.objectContaining({ code: 'credentialMissing' }),
    )
  })

  it('policyNotMet: names the claim', async () => {
    const compute = await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS })
    const message = 'The claim ramMiB of “A machine without a GPU” lies outside the range that the policy asks for'
    expect(() => choose([compute], [atLeast(32_768)])).toThrow(cause('policyNotMet', message, { claim: 'ramMiB' }))
  })

  it('policyNotMet: of several credentials, tells of the one that came furthest', async () => {
    const epochs = [20_498n, 20_499n, 20_500n]
    const all = await Promise.all(epochs.map((e) => held(monitor, { schema: UPTIME, claims: uptime(e, 900_000n) })))
    const pinned = { epoch: { min: '20500', max: '20500' }, uptimeMicro: { min: '990000' } }
    expect(() => choose(all, [{ schema: UPTIME, claims: pinned }])).toThrow(
      expect.objectContaining({ code: 'policyNotMet', detail: { claim: 'uptimeMicro', schema: UPTIME } }),
    )
    const unknown = { ...pinned, epoch: { min: '20501', max: '20501' } }
    expect(() => choose(all, [{ schema: UPTIME, claims: unknown }])).toThrow(
      expect.objectContaining({ code: 'policyNotMet', detail: { claim: 'epoch', schema: UPTIME } }),
    )
  })

  it('revoked', async () => {
    const compute = await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS, statusIndex: 9 })
    const message = 'The credential “A machine without a GPU” is revoked'
    expect(() => choose([compute], [atLeast(8192)])).toThrow(cause('revoked', message))
  })

  it('expired: counted at the time that the request states, to the second', async () => {
    const last = await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS, expiresAt: NOW })
    expect(choose([last], [atLeast(8192)])).toHaveLength(1)
    const gone = await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS, expiresAt: NOW - 1 })
    const message = 'The credential “A machine without a GPU” expired 1 s ago'
    expect(() => choose([gone], [atLeast(8192)])).toThrow(cause('expired', message, { expiresAt: NOW - 1 }))
  })

  it('untrustedIssuer: unknown to the registry, of another list, for another schema, or above its cap', async () => {
    const foreign = await held(stranger, { schema: COMPUTE, claims: COMPUTE_CLAIMS })
    const otherList = await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS, list: 1 })
    const message = (did: string) => `The registry does not trust ${did} for “A machine without a GPU”`
    const detail = (did: string) => ({ issuer: did, schema: COMPUTE })
    expect(() => choose([foreign], [atLeast(8192)])).toThrow(
      cause('untrustedIssuer', message(stranger.did), detail(stranger.did)),
    )
    expect(() => choose([otherList], [atLeast(8192)])).toThrow(
      cause('untrustedIssuer', message(office.did), detail(office.did)),
    )
    const byMonitor = await held(monitor, { schema: COMPUTE, claims: COMPUTE_CLAIMS })
    expect(() => choose([byMonitor], [atLeast(8192)])).toThrow(cause('untrustedIssuer', message(monitor.did)))
    const boastful = await held(monitor, { schema: UPTIME, claims: uptime(20_500n, 999_000n).with(7, 3n) })
    const capped = `The registry trusts ${monitor.did} for “How reliably a device stayed up in one epoch” up to assurance 2 only`
    expect(() => choose([boastful], [{ schema: UPTIME, claims: {} }])).toThrow(cause('untrustedIssuer', capped))
  })

  it('untrustedIssuer: trusted with another key', async () => {
    const compute = await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS })
    const rotated = registryView([{ issuer: { ...office, key: stranger.key }, schema: COMPUTE }])
    const request = proofRequest(dapp.did, { policies: [atLeast(8192)] })
    expect(() => choosePresentation({ request, credentials: [compute], view: rotated, now: NOW })).toThrow(
      expect.objectContaining({ code: 'untrustedIssuer' }),
    )
  })

  it('gives the reason of the credential that came furthest, whatever the order', async () => {
    const failing = {
      untrustedIssuer: await held(stranger, { schema: COMPUTE, claims: COMPUTE_CLAIMS }),
      expired: await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS, expiresAt: NOW - 1 }),
      revoked: await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS, statusIndex: 9 }),
      policyNotMet: await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS.with(1, 1024n) }),
    }
    const codes = Object.keys(failing) as (keyof typeof failing)[]
    fc.assert(
      fc.property(fc.shuffledSubarray(codes, { minLength: 1 }), (some) => {
        const furthest = codes.findLast((code) => some.includes(code))!
        expect(() =>
          choose(
            some.map((code) => failing[code]),
            [atLeast(8192)],
          ),
        ).toThrow(expect.objectContaining({ code: furthest }))
      }),
    )
  })

  it('policyOffGrid: whatever credentials there are', async () => {
    const compute = await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS })
    const message = 'ramMiB lies on a grid of 1024, and the policy asks for 8000'
    expect(() => choose([compute], [atLeast(8000)])).toThrow(cause('policyOffGrid', message, { claim: 'ramMiB' }))
    expect(() => choose([], [atLeast(8000)])).toThrow(cause('policyOffGrid', message))
  })

  it('a request of another registry, an old one, and one from the future', async () => {
    const compute = await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS })
    const policies = [atLeast(8192)]
    const registry = 'A'.repeat(43)
    expect(() => choose([compute], policies, { registry })).toThrow(
      cause(
        'registryInvalid',
        `The proof request relies on the registry ${registry}, which this wallet does not trust`,
      ),
    )
    expect(REGISTRY).not.toBe(registry)
    const at = (now: number) => {
      choosePresentation({ request: proofRequest(dapp.did, { policies }), credentials: [compute], view, now })
    }
    expect(() => at(NOW + 301)).toThrow(cause('expired', 'The proof request expired 1 s ago'))
    expect(() => at(NOW - 121)).toThrow(cause('clockSkew', 'The proof request was signed 121 s in the future'))
    at(NOW + 300)
    at(NOW - 120)
  })

  it('always refuses with a code of its own, or answers every policy', async () => {
    const pool = [
      await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS }),
      await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS.with(1, 2048n), statusIndex: 9 }),
      await held(monitor, { schema: UPTIME, claims: uptime(20_500n, 950_000n) }),
      await held(monitor, { schema: UPTIME, claims: uptime(20_499n, 500_000n), expiresAt: NOW - 5 }),
    ]
    const policy = fc.oneof(
      fc.nat(40).map((gib) => atLeast(gib * 512)),
      fc
        .nat(1_000_000)
        .map((micro) => ({ schema: UPTIME, claims: { uptimeMicro: { min: String(micro - (micro % 50)) } } })),
    )
    const codes = ['credentialMissing', 'policyNotMet', 'policyOffGrid', 'expired', 'revoked']
    fc.assert(
      fc.property(
        fc.subarray(pool),
        fc.array(policy, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        (some, policies, sameDevice) => {
          try {
            expect(choose(some, policies, { sameDevice })).toHaveLength(policies.length)
          } catch (error) {
            if (!isAssayError(error)) throw error
            expect(codes).toContain(error.code)
          }
        },
      ),
    )
  })
})
