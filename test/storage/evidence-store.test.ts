import { expect, it } from 'vitest'
import { acceptCommitment, checkOpenings } from '../../src/evidence/index.ts'
import { createChallengeStore, createHeartbeatStore } from '../../src/storage/evidence-store.ts'
import { createIssuerStore } from '../../src/storage/issuer-store.ts'
import { answerOf, challengeFor, machine, NOW, person, randomBytes, receiptsOf } from '../issuer/fixture.ts'
import { describeOnEachDatabase } from '../shared/databases.ts'

const settings = { slotSeconds: 60, slotsPerEpoch: 20, replyWindowMs: 2000 }
const at = NOW * 1000

describeOnEachDatabase('the challenge store', (openDatabase) => {
  let opened: ReturnType<typeof openDatabase> | undefined
  const open = () => (opened ??= openDatabase())
  it('gives back each state as it was kept, and moves only forward', async () => {
    const store = createChallengeStore((await open()).db)
    const what = machine('m')
    const { state, key } = challengeFor(what)
    const { id } = state.challenge
    expect(await store.find(id)).toBeUndefined()
    await store.add(state)
    expect(await store.find(id)).toEqual(state)
    const answer = await answerOf(what, state)
    const committed = acceptCommitment(state, answer.commitment, at, randomBytes)
    expect(await store.replace(committed, 'committed')).toBe(false)
    expect(await store.replace(committed, 'issued')).toBe(true)
    expect(await store.replace(committed, 'issued')).toBe(false)
    expect(await store.find(id)).toEqual(committed)
    const closed = checkOpenings(committed, answer.open(committed.rows), key, at + 1)
    expect(await store.replace(closed, 'committed')).toBe(true)
    expect(await store.find(id)).toEqual(closed)
  })

  it('counts what an agent key has open since a moment', async () => {
    const store = createChallengeStore((await open()).db)
    const what = machine('asks often')
    const [old, young] = [challengeFor(what, NOW - 10).state, challengeFor(what).state]
    await store.add(old)
    await store.add(young)
    await store.add(challengeFor(machine('another')).state)
    expect(await store.countOpen(what.agent.hex, old.issuedAtMs)).toBe(2)
    expect(await store.countOpen(what.agent.hex, old.issuedAtMs + 1)).toBe(1)
    const { state, key } = challengeFor(what)
    await store.add(state)
    const answer = await answerOf(what, state)
    const committed = acceptCommitment(state, answer.commitment, at, randomBytes)
    await store.replace(committed, 'issued')
    expect(await store.countOpen(what.agent.hex, old.issuedAtMs)).toBe(3)
    await store.replace(checkOpenings(committed, answer.open(committed.rows), key, at + 1), 'committed')
    expect(await store.countOpen(what.agent.hex, old.issuedAtMs)).toBe(2)
  })

  it('forgets what is old', async () => {
    const store = createChallengeStore((await open()).db)
    const [old, young] = [challengeFor(machine('m'), NOW - 10).state, challengeFor(machine('m')).state]
    await store.add(old)
    await store.add(young)
    await store.prune(young.issuedAtMs)
    expect(await store.find(old.challenge.id)).toBeUndefined()
    expect(await store.find(young.challenge.id)).toEqual(young)
  })
})

describeOnEachDatabase('the heartbeat store', (openDatabase) => {
  let opened: ReturnType<typeof openDatabase> | undefined
  const open = () => (opened ??= openDatabase())
  const setUp = async () => {
    const database = await open()
    return { store: createHeartbeatStore(database.db), issuers: createIssuerStore(database) }
  }
  const monitor = person('monitor')

  it('watches the devices of the register, each since its holder got it', async () => {
    const { store, issuers } = await setUp()
    const { device, agent } = machine('watched')
    expect(await store.findEnrolled(String(device))).toBeUndefined()
    const origin = { generation: 0, firstEpoch: 1, inheritedSilence: 0, source: 2 }
    const record = { device, binding: 1n, agentKey: agent.hex, ...origin, boundAt: NOW, seenAt: NOW }
    await issuers.transaction((tx) => tx.insertDevice(record))
    const enrolled = { device: String(device), agentKey: agent.hex, since: NOW }
    expect(await store.findEnrolled(String(device))).toEqual(enrolled)
    expect(await store.listEnrolled()).toContainEqual(enrolled)
    expect(await store.findEnrolled('12345')).toBeUndefined()
  })

  it('keeps one receipt a device, slot and monitor, as it was signed', async () => {
    const { store } = await setUp()
    const what = machine('kept')
    const device = String(what.device)
    const receipts = await receiptsOf(what, monitor, settings, 100, [false, true, true])
    const others = await receiptsOf(what, person('another'), settings, 100, [true])
    for (const receipt of [...receipts].reverse()) expect(await store.addReceipt(receipt)).toBe(true)
    const [different] = await receiptsOf(what, monitor, settings, 100, [true])
    const again = await Promise.all([store.addReceipt(different!), store.addReceipt(receipts[1]!)])
    expect(again).toEqual([false, false])
    expect(await store.addReceipt(others[0]!)).toBe(true)
    expect(await store.listReceipts(device, 2001, 2002)).toEqual(receipts.slice(1))
    expect(await store.listReceipts(device, 2000, 2000)).toHaveLength(2)
    expect(await store.listReceipts('12345', 0, 10_000)).toEqual([])
  })

  it('knows when a device was first seen up', async () => {
    const { store } = await setUp()
    const what = machine('seen')
    expect(await store.firstSeenSlot(String(what.device))).toBeUndefined()
    for (const receipt of await receiptsOf(what, monitor, settings, 7, [false, false, true, true])) {
      await store.addReceipt(receipt)
    }
    await store.addReceipt((await receiptsOf(what, person('another'), settings, 8, [true]))[0]!)
    expect(await store.firstSeenSlot(String(what.device))).toBe(142)
  })

  it('ends the claims of a device that answers, and keeps those of one that is silent', async () => {
    const { store, issuers } = await setUp()
    const what = machine('answering')
    const { device, agent } = what
    const origin = { generation: 0, firstEpoch: 1, inheritedSilence: 0, source: 2 }
    const claim = { device, binding: 5n, claimedAt: NOW }
    await issuers.transaction(async (tx) => {
      await tx.insertDevice({ device, binding: 1n, agentKey: agent.hex, ...origin, boundAt: NOW, seenAt: NOW })
      await tx.putDeviceClaim(claim)
    })
    const find = () => issuers.transaction((tx) => tx.findDeviceClaim(device, 5n))
    const [down, up] = await receiptsOf(what, monitor, settings, 20, [false, true])
    await store.addReceipt(down!)
    expect(await find()).toEqual(claim)
    await store.addReceipt(up!)
    expect(await find()).toBeUndefined()
  })

  it('counts epochs by device and monitor, whichever agent key answered, and prunes', async () => {
    const { store } = await setUp()
    const what = machine('counted')
    const device = String(what.device)
    const keep = async (...args: Parameters<typeof receiptsOf>) => {
      for (const receipt of await receiptsOf(...args)) await store.addReceipt(receipt)
    }
    await keep(what, monitor, settings, 9, [true, true, false])
    await keep(what, monitor, settings, 10, [false])
    await keep(what, monitor, settings, 12, [true])
    await keep(what, person('another'), settings, 10, [true, true, true])
    await keep(machine('counted', 'other agent'), monitor, settings, 11, [true])
    const range = { device, monitor: monitor.did, slotsPerEpoch: 20 }
    expect(await store.countEpochs({ ...range, firstEpoch: 9, lastEpoch: 11 })).toEqual([
      { epoch: 9, upSlots: 2, downSlots: 1 },
      { epoch: 10, upSlots: 0, downSlots: 1 },
      { epoch: 11, upSlots: 1, downSlots: 0 },
    ])
    await store.pruneReceipts(200)
    expect(await store.countEpochs({ ...range, firstEpoch: 0, lastEpoch: 20 })).toEqual([
      { epoch: 10, upSlots: 0, downSlots: 1 },
      { epoch: 11, upSlots: 1, downSlots: 0 },
      { epoch: 12, upSlots: 1, downSlots: 0 },
    ])
  })
})
