import fc from 'fast-check'
import { expect, it } from 'vitest'
import { COMPUTE, isAssayError } from '../../../src/protocol/index.ts'
import {
  CONSTANTS,
  changeSettings,
  declareVoidEpoch,
  explainScore,
  fullScore,
  history,
  indexVoids,
  openLedgerSettings,
  type Proposal,
  parseState,
  type ScoreState,
  scoreAt,
  scoreHistory,
  verifyExplanation,
  zSignedExplanation,
} from '../../../src/reputation/index.ts'
import { describeOnEachDatabase } from '../../shared/databases.ts'
import {
  by,
  EPOCH,
  EPOCH_SECONDS,
  FIRST_JOIN,
  LATER_JOIN,
  ledgerOn,
  NOW,
  presented,
  record,
  storedLedger,
  type TestLedger,
  uptimeProposal,
} from './world.ts'

let pseudonyms = 1000n
const fresh = () => {
  pseudonyms += 1n
  return pseudonyms
}

async function persistedState({ store }: TestLedger, pseudonym: bigint) {
  const stored = await store.transaction((tx) => tx.lock(pseudonym))
  return parseState(stored!.state)
}

/** The stored state scores like the stored ledger computed from scratch, now and later. */
async function expectSameBits(service: TestLedger, pseudonym: bigint): Promise<void> {
  const ledger = await storedLedger(service, pseudonym)
  const state = await persistedState(service, pseudonym)
  for (const later of [0, 1, 2, 30].map((epochs) => service.at.now + epochs * EPOCH_SECONDS)) {
    const t = Math.max(later, state.lastAcceptedAt)
    expect(scoreAt(state, t, indexVoids(service.settings, ledger.voids, t))).toEqual(fullScore(ledger, t))
  }
}

const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('uptime' as const),
      device: fc.integer({ min: 1, max: 3 }),
      ago: fc.integer({ min: 0, max: 9 }),
      /** How a device joins, where it has not: rightly most of the time. */
      join: fc.constantFrom('rightly', 'rightly', 'rightly', 'rightly', 'early', 'never'),
      rung: fc.constantFrom(...CONSTANTS.rungsMicro),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('jobs' as const),
      market: fc.integer({ min: 1, max: 3 }),
      ago: fc.integer({ min: 0, max: 4 }),
      completed: fc.integer({ min: 0, max: 80 }),
      failed: fc.integer({ min: 0, max: 2 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), epochs: fc.integer({ min: 0, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('retire' as const), device: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('void' as const), ago: fc.integer({ min: 0, max: 5 }) }) },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

async function take(service: TestLedger, pseudonym: bigint, taken: Step): Promise<void> {
  const now = Math.floor(service.at.now / EPOCH_SECONDS)
  if (taken.do === 'wait') service.at.now += taken.epochs * EPOCH_SECONDS
  else if (taken.do === 'void') await declareVoidEpoch(service, { epoch: now - taken.ago, reason: 'an outage' })
  else if (taken.do === 'retire') {
    const change = { retire: String(taken.device) }
    await changeSettings(service, { pseudonym: String(pseudonym), session: 'session', change })
  } else {
    const { proposal, device } = proposalOf(taken, now, await persistedState(service, pseudonym))
    await record(service, presented(service, proposal, { pseudonym, device }))
  }
}

function proposalOf(taken: Extract<Step, { do: 'uptime' | 'jobs' }>, now: number, { byDevice }: ScoreState) {
  if (taken.do === 'uptime') {
    const joined = byDevice.has(String(taken.device)) || taken.join === 'never'
    const join = joined ? undefined : { joinEpoch: taken.join === 'early' ? now : now + 1 }
    return { proposal: uptimeProposal(now - taken.ago, join, taken.rung), device: BigInt(taken.device) }
  }
  const { market, completed, failed } = taken
  const week = Math.floor(now / 7) - taken.ago
  // counters as of a week: the later, the higher, save for the random part
  const counts = { completed: 10 * (week - 71_000) + completed, failed, disputed: 0, ratingSum: null, ratingCount: 3 }
  const jobs = { marketplace: `market-${market}`, week, firstWeek: 71_000, counts }
  return { proposal: { kind: 'jobs', jobs } satisfies Proposal, device: BigInt(100 + market) }
}

describeOnEachDatabase('the ledger under random sequences', (open) => {
  it('keeps a state that scores bit for bit like its entries, whatever comes and whatever is refused', async () => {
    const database = await open()
    const codes = new Set<string>()
    let run = 0
    const sequences = fc.array(step, { minLength: 10, maxLength: 35, size: 'max' })
    await fc.assert(
      fc.asyncProperty(sequences, async (steps) => {
        run += 1
        const service = await ledgerOn(database, `${process.pid} run ${run}`)
        const pseudonym = fresh()
        await record(service, presented(service, uptimeProposal(EPOCH - 1, FIRST_JOIN), { pseudonym, device: 1n }))
        for (const taken of steps) {
          await take(service, pseudonym, taken).catch((error: unknown) => {
            if (!isAssayError(error)) throw error
            codes.add(error.code)
          })
        }
        await expectSameBits(service, pseudonym)
      }),
      { numRuns: 7 },
    )
    const possible = [
      'replayed',
      'epochOpen',
      'joinInvalid',
      'epochBeforeJoin',
      'sequenceStale',
      'conflict',
      'deviceUnknown',
      'policyNotAccepted',
    ]
    expect([...codes].filter((code) => !possible.includes(code))).toEqual([])
    expect(codes.size).toBeGreaterThanOrEqual(4)
  })
})

describeOnEachDatabase('the ledger', (open) => {
  it('counts every one of many epochs that come at once under one pseudonym, at two processes', async () => {
    const services = await Promise.all([1, 2].map(async (i) => ledgerOn(await open(), `at once ${i}`)))
    const pseudonym = fresh()
    const joins = [FIRST_JOIN, LATER_JOIN, LATER_JOIN]
    for (const [i, join] of joins.entries()) {
      const service = services[i % 2]!
      await record(service, presented(service, uptimeProposal(EPOCH - 3, join), { pseudonym, device: BigInt(1 + i) }))
    }
    for (const service of services) service.at.now = NOW + 9 * EPOCH_SECONDS
    const epochs = [3, 4, 5, 6, 7, 8].map((after) => EPOCH + after)
    await Promise.all(
      epochs.map((epoch, i) => {
        const service = services[i % 2]!
        return record(service, presented(service, uptimeProposal(epoch), { pseudonym, device: BigInt(1 + (i % 3)) }))
      }),
    )
    const { entries } = await storedLedger(services[0]!, pseudonym)
    // the first device's joining uptime counts, those of the others lie before they joined
    expect(entries.filter(({ kind }) => kind === 'uptime')).toHaveLength(7)
    expect(entries.filter(({ kind }) => kind === 'join')).toHaveLength(3)
    expect(new Set(entries.map(({ acceptedAt }) => acceptedAt)).size).toBe(9)
    await expectSameBits(services[0]!, pseudonym)
  })

  it('lets one of two devices be the first that join at once', async () => {
    const services = await Promise.all([1, 2].map(async (i) => ledgerOn(await open(), `first ${i}`)))
    const pseudonym = fresh()
    const results = await Promise.allSettled(
      services.map((service, i) => {
        return record(
          service,
          presented(service, uptimeProposal(EPOCH - 3, FIRST_JOIN), { pseudonym, device: BigInt(1 + i) }),
        )
      }),
    )
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(results.find((result) => result.status === 'rejected')?.reason).toMatchObject({
      code: 'joinInvalid',
      detail: { earliest: EPOCH + 1, latest: EPOCH + 1 },
    })
    await expectSameBits(services[0]!, pseudonym)
  })

  it('takes one of two proofs for the same device and epoch at once, even past the replay keys', async () => {
    const services = await Promise.all([1, 2].map(async (i) => ledgerOn(await open(), `same epoch ${i}`)))
    const pseudonym = fresh()
    const results = await Promise.allSettled(
      services.map((service) =>
        record(service, presented(service, uptimeProposal(EPOCH - 3, FIRST_JOIN), { pseudonym, device: 1n })),
      ),
    )
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(results.find((result) => result.status === 'rejected')?.reason).toMatchObject({
      code: 'replayed',
      message: 'This pseudonym or device has been accepted for this purpose and period already.',
    })
    await expectSameBits(services[0]!, pseudonym)
  })

  it('does nothing when a presentation is refused', async () => {
    const service = await ledgerOn(await open(), 'refused')
    const pseudonym = fresh()
    const enter = (proposal: Proposal) => record(service, presented(service, proposal, { pseudonym, device: 1n }))
    await expect(enter(uptimeProposal(EPOCH))).rejects.toMatchObject({ code: 'epochOpen', detail: { epoch: EPOCH } })
    expect(await service.store.transaction((tx) => tx.lock(pseudonym))).toBeUndefined()
    await expect(enter(uptimeProposal(EPOCH - 3))).rejects.toMatchObject({
      code: 'joinInvalid',
      message: 'The device has not joined yet',
      detail: { earliest: EPOCH - 3, latest: EPOCH },
    })
    const unconfirmed = presented(service, uptimeProposal(EPOCH - 3, FIRST_JOIN), { pseudonym, device: 1n })
    await expect(record(service, unconfirmed, false)).rejects.toMatchObject({ code: 'registryStale' })
    expect(await service.store.transaction((tx) => tx.lock(pseudonym))).toBeUndefined()
    await enter(uptimeProposal(EPOCH - 3, FIRST_JOIN))
    const before = await storedLedger(service, pseudonym)
    await expect(enter(uptimeProposal(EPOCH - 2, { ...FIRST_JOIN, joinEpoch: EPOCH - 2 }))).rejects.toMatchObject({
      code: 'firstEpochFixed',
      message: 'The first epoch of a device is fixed at its first presentation.',
      detail: { joinEpoch: EPOCH - 3, inheritedSilence: 0 },
    })
    await expect(enter(uptimeProposal(EPOCH - 4))).rejects.toMatchObject({
      code: 'epochBeforeJoin',
      message: 'The epoch lies before the one with which the device joined.',
      detail: { joinEpoch: EPOCH - 3 },
    })
    const hindsight = presented(service, uptimeProposal(EPOCH - 4, { joinEpoch: EPOCH - 4 }), { pseudonym, device: 2n })
    await expect(record(service, hindsight)).rejects.toMatchObject({ code: 'joinInvalid' })
    expect(await storedLedger(service, pseudonym)).toEqual(before)
  })

  it('keeps time from running backwards under a pseudonym when a slower clock comes second', async () => {
    const service = await ledgerOn(await open(), 'slower clock')
    const pseudonym = fresh()
    service.at.now = NOW + 5
    await record(service, presented(service, uptimeProposal(EPOCH - 3, FIRST_JOIN), { pseudonym, device: 1n }))
    service.at.now = NOW
    const second = await record(service, presented(service, uptimeProposal(EPOCH - 2), { pseudonym, device: 1n }))
    expect(second.t).toBe(NOW + 6)
    // a second of its own, so that no later entry changes what was signed for it
    const third = await record(service, presented(service, uptimeProposal(EPOCH - 1), { pseudonym, device: 1n }))
    expect(third.t).toBe(NOW + 7)
    expect(fullScore(await storedLedger(service, pseudonym), NOW + 6)).toEqual(second)
    await expectSameBits(service, pseudonym)
  })

  it('explains and signs the score, now and as it stood, so that a stranger can check it', async () => {
    const service = await ledgerOn(await open(), 'explained')
    const pseudonym = fresh()
    await record(service, presented(service, uptimeProposal(EPOCH - 3, FIRST_JOIN), { pseudonym, device: 1n }))
    service.at.now = NOW + 10
    await record(service, presented(service, uptimeProposal(EPOCH - 2), { pseudonym, device: 1n }))
    service.at.now = NOW + 20
    const now = await explainScore(service, String(pseudonym), { target: 777 })
    expect(zSignedExplanation.parse(now)).toEqual(now)
    expect(now.forecast?.reach.map(({ score }) => score)).toContain(777)
    expect(now).toMatchObject({ t: NOW + 19, pseudonym: String(pseudonym), signature: { signer: service.did } })
    expect(now.contributions).toHaveLength(2)
    expect(now.capabilities).toMatchObject([
      {
        schema: COMPUTE,
        ranges: { gops: { source: 'measured' }, ramMiB: { min: '8192', source: 'measured' } },
        scored: false,
      },
    ])
    const { signature, ...explanation } = now
    expect(await verifyExplanation(JSON.parse(JSON.stringify(now)), by)).toEqual(explanation)
    await expect(verifyExplanation({ ...now, score: now.score + 1 }, by)).rejects.toMatchObject({
      code: 'signatureInvalid',
      message: 'The signature does not verify.',
    })
    await expect(verifyExplanation(now, { ...by, signer: 'did:key:z6Mk' })).rejects.toMatchObject({
      code: 'signatureInvalid',
      message: `The AssayScoreExplanation is signed by ${service.did}, not by did:key:z6Mk`,
    })
    await expect(verifyExplanation({ ...now, extra: 1 }, by)).rejects.toMatchObject({ code: 'malformed' })

    const then = await explainScore(service, String(pseudonym), { at: NOW + 9 })
    expect(then.contributions).toHaveLength(1)
    const ledger = await storedLedger(service, pseudonym)
    expect(then.score).toBe(fullScore(ledger, NOW + 9).score)
    await expect(explainScore(service, String(pseudonym), { at: NOW - 1 })).rejects.toMatchObject({
      code: 'pseudonymUnknown',
    })
    for (const at of [NOW + 20, NOW + 21]) {
      const refusal = { code: 'malformed', message: 'A score is known for moments before now only' }
      await expect(explainScore(service, String(pseudonym), { at })).rejects.toMatchObject(refusal)
      await expect(scoreHistory(service, String(pseudonym), { to: at })).rejects.toMatchObject(refusal)
    }
    const points = await scoreHistory(service, String(pseudonym), { from: NOW, to: NOW + 19 })
    expect(points).toEqual(history(ledger, NOW, NOW + 19))
    await expect(scoreHistory(service, String(pseudonym), { from: NOW + 2, to: NOW + 1 })).rejects.toMatchObject({
      code: 'malformed',
      message: 'A history runs forward: from must not lie after to',
    })
  })

  it('counts a void epoch for nobody and against nobody, from its declaration on', async () => {
    const service = await ledgerOn(await open(), 'void')
    const pseudonym = fresh()
    await record(service, presented(service, uptimeProposal(EPOCH - 3, FIRST_JOIN), { pseudonym, device: 1n }))
    service.at.now = NOW + 6 * EPOCH_SECONDS
    for (const epoch of [EPOCH - 2, EPOCH - 1, EPOCH, EPOCH + 2, EPOCH + 3, EPOCH + 4]) {
      await record(service, presented(service, uptimeProposal(epoch), { pseudonym, device: 1n }))
    }
    service.at.now += 50
    const silent = await explainScore(service, String(pseudonym))
    const statement = await declareVoidEpoch(service, { epoch: EPOCH + 1, reason: ' The monitors were down ' })
    const declaredAt = service.at.now
    expect(statement).toMatchObject({ epoch: EPOCH + 1, declaredAt, reason: 'The monitors were down' })
    expect(await declareVoidEpoch(service, { epoch: EPOCH + 1, reason: 'again' })).toEqual(statement)
    service.at.now += 1
    const neutral = await explainScore(service, String(pseudonym))
    expect(neutral.score).toBeGreaterThanOrEqual(silent.score)
    expect(neutral.silentHours).toBeLessThan(silent.silentHours)
    expect(neutral.change.causes.map(({ code }) => code)).toContain('voids')
    const before = await explainScore(service, String(pseudonym), { at: declaredAt - 1 })
    expect(before.silentHours).toBe(silent.silentHours)
    await expectSameBits(service, pseudonym)
    service.at.now = NOW
    await expect(declareVoidEpoch(service, { epoch: EPOCH + 1, reason: 'x' })).rejects.toMatchObject({
      code: 'epochOpen',
      message: 'The epoch is still to come',
    })
    await expect(declareVoidEpoch(service, { epoch: EPOCH - 3, reason: ' ' })).rejects.toMatchObject({
      code: 'malformed',
      message: 'A void epoch needs a reason',
    })
  })

  it('lets only a session key that presented change settings, and retires devices for good but never the last', async () => {
    const service = await ledgerOn(await open(), 'settings')
    const pseudonym = fresh()
    for (const [device, join] of [
      [1n, FIRST_JOIN],
      [2n, LATER_JOIN],
    ] as const) {
      const how = { pseudonym, device, session: `key ${device}` }
      await record(service, presented(service, uptimeProposal(EPOCH - 3, join), how))
    }
    const change = (settings: { listed?: boolean; retire?: string }, session = 'key 1', of = pseudonym) => {
      return changeSettings(service, { pseudonym: String(of), session, change: settings })
    }
    await expect(change({ listed: true }, 'a stranger')).rejects.toMatchObject({
      code: 'unauthorized',
      message: 'The session key has not presented for this pseudonym',
    })
    await expect(change({ listed: true }, 'key 1', 5n)).rejects.toMatchObject({ code: 'pseudonymUnknown' })
    await expect(change({ retire: '3' })).rejects.toMatchObject({ code: 'deviceUnknown' })
    const first = { devicePseudonym: '1', joinEpoch: EPOCH - 3, firstEpoch: EPOCH - 3, retiredAt: null }
    const second = { devicePseudonym: '2', joinEpoch: EPOCH + 1, firstEpoch: EPOCH + 1, retiredAt: null }
    const settings = { pseudonym: String(pseudonym), listed: true }
    expect(await change({ listed: true })).toEqual({ ...settings, devices: [first, second] })
    const retired = await change({ retire: '2' }, 'key 2')
    expect(retired).toEqual({ ...settings, devices: [first, { ...second, retiredAt: EPOCH + 7 }] })
    service.at.now = NOW + 10 * EPOCH_SECONDS
    expect(await change({ retire: '2' })).toEqual(retired)
    await expect(change({ retire: '1' })).rejects.toMatchObject({
      code: 'conflict',
      message: "A pseudonym's last device can't retire",
      detail: { devicePseudonym: '1' },
    })
    await record(service, presented(service, uptimeProposal(EPOCH + 6), { pseudonym, device: 2n }))
    const late = presented(service, uptimeProposal(EPOCH + 7), { pseudonym, device: 2n })
    await expect(record(service, late)).rejects.toMatchObject({ code: 'conflict', detail: { retiredAt: EPOCH + 7 } })
    await expectSameBits(service, pseudonym)
    expect(await change({ listed: false })).toMatchObject({ listed: false })
  })

  it('does not let two devices of two retire within one second, in whatever order their ids sort', async () => {
    const database = await open()
    for (let i = 0; i < 6; i += 1) {
      const service = await ledgerOn(database, `retiring ${i}`)
      const pseudonym = fresh()
      for (const [device, join] of [
        [1n, FIRST_JOIN],
        [2n, LATER_JOIN],
      ] as const) {
        await record(service, presented(service, uptimeProposal(EPOCH - 3, join), { pseudonym, device }))
      }
      const retire = (device: string) => {
        return changeSettings(service, { pseudonym: String(pseudonym), session: 'session', change: { retire: device } })
      }
      await retire('1')
      await expect(retire('2')).rejects.toMatchObject({ code: 'conflict' })
      const { devices } = await changeSettings(service, {
        pseudonym: String(pseudonym),
        session: 'session',
        change: { listed: false },
      })
      expect(devices.map(({ retiredAt }) => retiredAt)).toEqual([EPOCH + 7, null])
    }
  })

  it('keeps its genesis, and refuses another length of epochs', async () => {
    const { store, settings } = await ledgerOn(await open(), 'genesis')
    expect(settings).toEqual({ epochSeconds: EPOCH_SECONDS, genesisEpoch: EPOCH - 33 })
    expect(await openLedgerSettings(store, { epochSeconds: EPOCH_SECONDS, now: NOW + 10 ** 7 })).toEqual(settings)
    await expect(openLedgerSettings(store, { epochSeconds: 60, now: NOW })).rejects.toMatchObject({
      code: 'configInvalid',
      message: 'The ledger counts epochs of 3600 s, and 60 s are configured',
    })
  })
})
