import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type DeviceClaim,
  type DeviceRecord,
  decideRegistration,
  type Registration,
  registerDevice,
  defaultRegisterRules as rules,
} from '../../src/issuer/index.ts'
import type { Member } from '../../src/protocol/index.ts'
import { createIssuerStore } from '../../src/storage/issuer-store.ts'
import { describeOnEachDatabase } from '../shared/databases.ts'
import { DAY, NOW } from './fixture.ts'

const issuer = 'did:key:issuer'

describeOnEachDatabase('registerDevice', (openDatabase) => {
  let opened: ReturnType<typeof openDatabase> | undefined
  const open = () => (opened ??= openDatabase())
  let lastDevice = 1000n

  const register = async (request: Registration, holder: string, members: Member[] = []) => {
    const store = createIssuerStore(await open())
    const context = { issuer, holder, members, release: undefined, rules }
    return store.transaction((tx) => registerDevice(tx, request, context))
  }
  const recordOf = async (device: bigint) => createIssuerStore(await open()).transaction((tx) => tx.lockDevice(device))
  const requestOf = (device: bigint, who: number, source: number, now: number): Registration => {
    const epoch = Math.floor(now / DAY)
    const agent = { agentKey: `${device}/${who}`, generation: who }
    return { device, binding: BigInt(100 + who), ...agent, source, measuredAt: now, epoch, now }
  }

  it('keeps in the database what the rules decide, in whatever order holders come', async () => {
    const step = fc.record({
      wait: fc.constantFrom(0, DAY, 7 * DAY),
      who: fc.integer({ min: 0, max: 2 }),
      source: fc.constantFrom(2, 2, 2, 3),
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
        for (const { wait, who, source, as } of steps) {
          now += wait
          const request = requestOf(device, who, source, now)
          const holder = `did:key:h${as}`
          const agreed = expected !== undefined && holder === knownHolder
          const decision = decideRegistration(expected, claims.get(request.binding), request, agreed, rules)
          const refusal = await register(request, holder)
          const isStranger = decision.kind === 'kept' && !agreed
          const code =
            { stale: 'evidenceRejected', outdated: 'generationStale' }[decision.kind as string] ?? 'deviceBound'
          expect(refusal?.code).toBe('record' in decision && !isStranger ? undefined : code)
          if (decision.kind === 'claimed') {
            claims.set(request.binding, decision.claim)
            expect(refusal?.detail).toEqual({ availableAt: decision.at })
          }
          if ('record' in decision && !isStranger) {
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

  describe('members', () => {
    const card: Member = { id: '00000000-0000-4000-8000-000000000001' }
    const slices = ['2', '3'].map((end): Member => {
      return { id: `00000000-0000-4000-8000-00000000000${end}`, parent: card.id }
    })
    /** A request of a holder's only machine, in a world of devices of its own. */
    const world = () => {
      lastDevice += 100n
      const base = lastDevice
      const of = (id: Member, nth: bigint): Member => ({
        ...id,
        id: id.id.replace(/^0{8}/, String(base + nth).padStart(8, '0')),
        ...(id.parent !== undefined && { parent: id.parent.replace(/^0{8}/, String(base + nth).padStart(8, '0')) }),
      })
      return { base, card: of(card, 0n), slices: slices.map((slice) => of(slice, 0n)) }
    }
    const membersOf = async (holder: string, device: bigint) => {
      const held = await createIssuerStore(await open()).transaction((tx) => tx.findHeldDevices(issuer, holder))
      return held.find((one) => one.device === device)?.members
    }

    it('can’t be had by two holders who come at once', async () => {
      const { base, card } = world()
      const refusals = await Promise.all(
        [0, 1, 2].map(async (who) => {
          const request = { ...requestOf(base + BigInt(who), who, 2, NOW), agentKey: `${base} at once ${who}` }
          return register(request, `did:key:${base}h${who}`, [card]).catch((error: unknown) => error)
        }),
      )
      expect(refusals.filter((refusal) => refusal === undefined)).toHaveLength(1)
      for (const refusal of refusals) if (refusal !== undefined) expect(refusal).toMatchObject({ code: 'memberBound' })
      const held = await Promise.all([0, 1, 2].map((who) => membersOf(`did:key:${base}h${who}`, base + BigInt(who))))
      expect(held.flatMap((members) => members ?? [])).toEqual([card])
    })

    it('exclude each other as a card and its slices', async () => {
      const { base, card, slices } = world()
      expect(await register(requestOf(base, 0, 2, NOW), `did:key:${base}a`, slices)).toBeUndefined()
      const whole = await register(requestOf(base + 1n, 1, 2, NOW + 1), `did:key:${base}b`, [card])
      expect(whole).toMatchObject({ code: 'memberBound' })
      const another = await register(requestOf(base + 2n, 2, 2, NOW + 1), `did:key:${base}c`, [slices[0]!])
      expect(another).toMatchObject({ code: 'memberBound', detail: { member: slices[0]!.id } })
    })

    it('take nothing from anyone while one of them is refused', async () => {
      const [one, other] = [world(), world()]
      const own = `did:key:${one.base}own`
      expect(await register(requestOf(one.base, 0, 2, NOW), own, [one.card])).toBeUndefined()
      expect(await register(requestOf(other.base, 1, 2, NOW), `did:key:${other.base}b`, [other.card])).toBeUndefined()
      const mine = { ...requestOf(one.base + 1n, 0, 2, NOW + 1), agentKey: `${one.base} second` }
      expect(await register(mine, own, [one.card, other.card])).toMatchObject({ code: 'memberBound' })
      expect(await membersOf(own, one.base)).toEqual([one.card])
    })

    it('are not emptied by who has the agent key alone', async () => {
      const { base, card } = world()
      expect(await register(requestOf(base, 0, 2, NOW), `did:key:${base}a`, [card])).toBeUndefined()
      const tenant = await register(requestOf(base, 0, 2, NOW + 1), `did:key:${base}tenant`, [])
      expect(tenant).toMatchObject({ code: 'deviceBound' })
      expect(await membersOf(`did:key:${base}a`, base)).toEqual([card])
    })

    it('move freely between the machines of one holder', async () => {
      const { base, card } = world()
      const holder = `did:key:${base}a`
      expect(await register(requestOf(base, 0, 2, NOW), holder, [card])).toBeUndefined()
      const moved = { ...requestOf(base + 1n, 0, 2, NOW + 1), agentKey: `${base} moved` }
      expect(await register(moved, holder, [card])).toBeUndefined()
      expect(await membersOf(holder, base)).toEqual([])
      expect(await membersOf(holder, base + 1n)).toEqual([card])
      expect((await recordOf(base + 1n))?.inheritedSilence).toBe(0)
    })

    it('change hands after seven silent days, and bring 30 epochs of silence', async () => {
      const { base, card } = world()
      expect(await register(requestOf(base, 0, 2, NOW), `did:key:${base}a`, [card])).toBeUndefined()
      const claim = (now: number) => register(requestOf(base + 1n, 1, 2, now), `did:key:${base}b`, [card])
      const first = await claim(NOW + DAY)
      expect(first).toMatchObject({ code: 'memberBound', detail: { member: card.id, availableAt: NOW + 8 * DAY } })
      expect(await claim(NOW + 8 * DAY - 1)).toMatchObject({ code: 'memberBound' })
      // whoever is alive renews
      expect(await register(requestOf(base, 0, 2, NOW + 8 * DAY - 1), `did:key:${base}a`, [card])).toBeUndefined()
      expect(await claim(NOW + 8 * DAY)).toMatchObject({ detail: { availableAt: NOW + 15 * DAY } })
      expect(await claim(NOW + 15 * DAY)).toBeUndefined()
      expect(await membersOf(`did:key:${base}a`, base)).toEqual([])
      expect(await recordOf(base + 1n)).toMatchObject({ inheritedSilence: 30 })
      expect(await recordOf(base)).toMatchObject({ inheritedSilence: 0 })
    })
  })
})
