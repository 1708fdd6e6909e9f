import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { choosePresentation } from '../../src/holder/choose-presentation.ts'
import { type HeldCredential, readCredential } from '../../src/holder/read-credential.ts'
import { COMPUTE, HARDWARE, UPTIME } from '../../src/protocol/claim-schemas.ts'
import { machineDevice } from '../../src/protocol/device.ts'
import { isAssayError } from '../../src/protocol/errors.ts'
import type { PolicyJson } from '../../src/protocol/policy.ts'
import type { ProofRequestJson } from '../../src/protocol/proof-request.ts'
import {
  type IssuedFields,
  issuer,
  keys,
  measured,
  NOW,
  party,
  proofRequest,
  REGISTRY,
  registryView,
  STEP,
  selfReported,
  type TestIssuer,
} from './fixture.ts'

const office = issuer('office')
const stranger = issuer('stranger')
const monitor = issuer('monitor')
const dapp = party('dapp')
const machine = machineDevice('00'.repeat(16))
const otherMachine = machineDevice('22'.repeat(16))
const trusted = [
  { issuer: office, schema: COMPUTE, revoked: [9] },
  { issuer: office, schema: HARDWARE, list: 1 },
  { issuer: monitor, schema: UPTIME },
]
const view = registryView(trusted)
const COMPUTE_CLAIMS = { ramMiB: measured(16_384n), gops: measured(50n), cores: selfReported(4n) }
const withRam = (mib: bigint) => ({ ...COMPUTE_CLAIMS, ramMiB: measured(mib) })
const uptime = (epoch: bigint, micro: bigint) => {
  const values = { epoch, upSlots: 20n, downSlots: 0n, uptimeMicro: micro, uptime30Micro: micro, firstEpoch: 20_000n }
  return Object.fromEntries(Object.entries({ ...values, monitors: 1n }).map(([name, value]) => [name, measured(value)]))
}
const atLeast = (ramMiB: number): PolicyJson => {
  return { schema: COMPUTE, claims: { ramMiB: { min: String(ramMiB), source: 'measured' } } }
}

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
    const low = await held(office, { schema: COMPUTE, claims: withRam(1024n), issuedAt: NOW - 1 })
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
    return expect.objectContaining({
      code,
      message: expect.stringContaining(message),
      detail: expect.objectContaining(detail),
    })
  }

  it('credentialMissing: no credential of that schema', () => {
    const message = 'The wallet holds no credential “A machine” that could answer the request'
    expect(() => choose([], [atLeast(8192)])).toThrow(cause('credentialMissing', message, { schema: COMPUTE }))
    expect(() => choose([], [atLeast(8192)], { sameDevice: true })).toThrow(cause('credentialMissing', message))
  })

  it('credentialMissing: every policy has its credential, but no device has them all', async () => {
    const compute = await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS })
    const hardware = await held(
      office,
      { schema: HARDWARE, claims: { vramMiB: measured(24_576n), gpuCount: measured(1n) }, list: 1 },
      otherMachine,
    )
    const policies = [atLeast(8192), { schema: HARDWARE, claims: {} }]
    expect(choose([compute, hardware], policies)).toHaveLength(2)
    expect(() => choose([compute, hardware], policies, { sameDevice: true })).toThrow(
      expect.objectContaining({ code: 'credentialMissing' }),
    )
  })

  it('policyNotMet: names the claim', async () => {
    const compute = await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS })
    const message = 'The claim ramMiB of “A machine” lies outside the range that the policy asks for'
    expect(() => choose([compute], [atLeast(32_768)])).toThrow(
      cause('policyNotMet', message, { claim: 'ramMiB', misses: 'range' }),
    )
  })

  it('policyNotMet: of several credentials, tells of the one that came furthest', async () => {
    const epochs = [20_498n, 20_499n, 20_500n]
    const all = await Promise.all(epochs.map((e) => held(monitor, { schema: UPTIME, claims: uptime(e, 900_000n) })))
    const source = 'measured' as const
    const pinned = { epoch: { min: '20500', max: '20500', source }, uptimeMicro: { min: '990000', source } }
    expect(() => choose(all, [{ schema: UPTIME, claims: pinned }])).toThrow(
      expect.objectContaining({
        code: 'policyNotMet',
        detail: { claim: 'uptimeMicro', misses: 'range', schema: UPTIME },
      }),
    )
    const unknown = { ...pinned, epoch: { min: '20501', max: '20501', source } }
    expect(() => choose(all, [{ schema: UPTIME, claims: unknown }])).toThrow(
      expect.objectContaining({ code: 'policyNotMet', detail: { claim: 'epoch', misses: 'range', schema: UPTIME } }),
    )
  })

  it('policyNotMet: says where it is the source that is missing, though the value would do', async () => {
    const stated = await held(office, { schema: COMPUTE, claims: { ...COMPUTE_CLAIMS, ramMiB: selfReported(16_384n) } })
    const message = 'The claim ramMiB of “A machine” is selfReported, and the policy asks for measured at least'
    const detail = { claim: 'ramMiB', misses: 'source' }
    expect(() => choose([stated], [atLeast(8192)])).toThrow(cause('policyNotMet', message, detail))
    const any = { schema: COMPUTE, claims: { ramMiB: { min: '8192', source: 'selfReported' } } } as const
    expect(choose([stated], [any])).toHaveLength(1)
    const unused = { schema: COMPUTE, claims: { memoryMBps: { source: 'measured' } } } as const
    expect(() => choose([stated], [unused])).toThrow(
      cause(
        'policyNotMet',
        'The claim memoryMBps of “A machine” is not stated, and the policy asks for measured at least',
      ),
    )
  })

  it('revoked', async () => {
    const compute = await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS, statusIndex: 9 })
    const message = 'The credential “A machine” is revoked'
    expect(() => choose([compute], [atLeast(8192)])).toThrow(cause('revoked', message))
  })

  it("expired: counted at the end of the request's step, to the second", async () => {
    const last = await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS, expiresAt: NOW + STEP })
    expect(choose([last], [atLeast(8192)])).toHaveLength(1)
    const gone = await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS, expiresAt: NOW + STEP - 1 })
    const message = "The credential “A machine” ends 1 s before the end of the request's step"
    expect(() => choose([gone], [atLeast(8192)])).toThrow(cause('expired', message, { expiresAt: NOW + STEP - 1 }))
  })

  it('untrustedIssuer: unknown to the registry, of another list, for another schema, or above its cap', async () => {
    const foreign = await held(stranger, { schema: COMPUTE, claims: COMPUTE_CLAIMS })
    const otherList = await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS, list: 1 })
    const message = (did: string) => `The registry does not trust ${did} for “A machine”`
    const detail = (did: string) => ({ issuer: did, schema: COMPUTE })
    expect(() => choose([foreign], [atLeast(8192)])).toThrow(
      cause('untrustedIssuer', message(stranger.did), detail(stranger.did)),
    )
    expect(() => choose([otherList], [atLeast(8192)])).toThrow(
      cause('untrustedIssuer', message(office.did), detail(office.did)),
    )
    const byMonitor = await held(monitor, { schema: COMPUTE, claims: COMPUTE_CLAIMS })
    expect(() => choose([byMonitor], [atLeast(8192)])).toThrow(cause('untrustedIssuer', message(monitor.did)))
  })

  it('untrustedIssuer: a claim of a better source than the registry trusts the issuer with', async () => {
    const capped = registryView([{ issuer: office, schema: COMPUTE, sourceCap: 1 }])
    const boastful = await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS })
    const modest = await held(office, { schema: COMPUTE, claims: { ramMiB: selfReported(16_384n) } })
    const policies = [{ schema: COMPUTE, claims: {} }]
    const request = proofRequest(dapp.did, { policies })
    const pick = (credential: HeldCredential) => {
      return choosePresentation({ request, credentials: [credential], view: capped, now: NOW })
    }
    const message = `The registry trusts ${office.did} for “A machine” with selfReported claims at most`
    expect(() => pick(boastful)).toThrow(cause('untrustedIssuer', message, { sourceCap: 1 }))
    expect(pick(modest)[0]!.trust.sourceCap).toBe(1)
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
      expired: await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS, expiresAt: NOW + STEP - 1 }),
      revoked: await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS, statusIndex: 9 }),
      policyNotMet: await held(office, { schema: COMPUTE, claims: withRam(1024n) }),
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
    const message = 'ramMiB lies on multiples of 1024, and the policy asks for 8000'
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
    expect(() => at(NOW - 3 * STEP)).toThrow(cause('clockSkew', 'states a time'))
    at(NOW + 300)
    at(NOW)
  })

  it('always refuses with a code of its own, or answers every policy', async () => {
    const pool = [
      await held(office, { schema: COMPUTE, claims: COMPUTE_CLAIMS }),
      await held(office, { schema: COMPUTE, claims: withRam(2048n), statusIndex: 9 }),
      await held(monitor, { schema: UPTIME, claims: uptime(20_500n, 950_000n) }),
      await held(monitor, { schema: UPTIME, claims: uptime(20_499n, 500_000n), expiresAt: NOW + 5 }),
    ]
    const policy = fc.oneof(
      fc.nat(40).map((gib) => atLeast(gib * 512)),
      fc.nat(1_000_000).map((micro) => ({
        schema: UPTIME,
        claims: { uptimeMicro: { min: String(micro - (micro % 50)), source: 'measured' as const } },
      })),
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
