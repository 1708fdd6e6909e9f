import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  type DeviceClaim,
  type DeviceRecord,
  decideRegistration,
  type Registration,
  registerDevice,
  defaultRegisterRules as rules,
} from '../../src/issuer/index.ts'
import { createIssuerStore } from '../../src/storage/issuer-store.ts'
import { describeOnEachDatabase } from '../shared/databases.ts'
import { DAY, NOW } from './fixture.ts'

const issuer = 'did:key:issuer'

describeOnEachDatabase('registerDevice', (openDatabase) => {
  let opened: ReturnType<typeof openDatabase> | undefined
  const open = () => (opened ??= openDatabase())
  let lastDevice = 1000n

  const register = async (request: Registration, holder: string) => {
    const store = createIssuerStore(await open())
    const context = { issuer, holder, release: undefined, rules }
    return store.transaction((tx) => registerDevice(tx, request, context))
  }
  const recordOf = async (device: bigint) => createIssuerStore(await open()).transaction((tx) => tx.lockDevice(device))
  const requestOf = (device: bigint, who: number, assurance: number, now: number): Registration => {
    const epoch = Math.floor(now / DAY)
    return { device, binding: BigInt(100 + who), agentKey: `${device}/${who}`, assurance, measuredAt: now, epoch, now }
  }

  it('keeps in the database what the rules decide, in whatever order holders come', async () => {
    const step = fc.record({
      wait: fc.constantFrom(0, DAY, 7 * DAY),
      who: fc.integer({ min: 0, max: 2 }),
      assurance: fc.constantFrom(2, 2, 2, 3),
      // the holder signs with the DID that the issuer knows, whoever's binding it asks for
      as: fc.integer({ min: 0, max: 2 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 12 }), async (steps) => {
        const device = ++lastDevice
        let now = NOW
        let expected: DeviceRecord | undefined
        let knownHolder: string | undefined
        const claims = new Map<bigint, DeviceClaim>()
        for (const { wait, who, assurance, as } of steps) {
          now += wait
          const request = requestOf(device, who, assurance, now)
          const holder = `did:key:h${as}`
          const agreed = expected !== undefined && holder === knownHolder
          const decision = decideRegistration(expected, claims.get(request.binding), request, agreed, rules)
          const refusal = await register(request, holder)
          const code = decision.kind === 'stale' ? 'evidenceRejected' : 'deviceBound'
          expect(refusal?.code).toBe('record' in decision ? undefined : code)
          if (decision.kind === 'claimed') {
            claims.set(request.binding, decision.claim)
            expect(refusal?.detail).toEqual({ availableAt: decision.at })
          }
          if ('record' in decision) {
            if (decision.kind === 'rebound') claims.clear()
            if (decision.kind !== 'kept') knownHolder = holder
            expected = decision.record
          }
          expect(await recordOf(device)).toEqual(expected)
        }
      }),
      { numRuns: 12 },
    )
  })

  it('refuses self-reported devices', async () => {
    await expect(register(requestOf(1n, 0, 1, NOW), 'did:key:h')).rejects.toMatchObject({
      code: 'evidenceRejected',
      message: 'The device register holds measured devices only',
    })
    expect(await recordOf(1n)).toBeUndefined()
  })

  it('says when an attested device can’t be had by measuring it', async () => {
    expect(await register(requestOf(2n, 0, 3, NOW), 'did:key:h')).toBeUndefined()
    const refusal = await register(requestOf(2n, 1, 2, NOW + 30 * DAY), 'did:key:g')
    expect(refusal).toMatchObject({
      code: 'deviceBound',
      message: 'The device is bound to another holder, on better evidence than this',
      detail: {},
    })
  })

  it('lets exactly one of many take a device over at once', async () => {
    await register(requestOf(3n, 0, 2, NOW), 'did:key:h0')
    const results = await Promise.all(
      [1, 2, 3].map((who) => register(requestOf(3n, who, 3, NOW + DAY), `did:key:h${who}`)),
    )
    expect(results.filter((refusal) => refusal === undefined)).toHaveLength(1)
    for (const refusal of results) if (refusal !== undefined) expect(refusal.code).toBe('deviceBound')
    expect((await recordOf(3n))?.binding).not.toBe(100n)
  })
})
