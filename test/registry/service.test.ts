import { beforeAll, describe, expect, it } from 'vitest'
import { HARDWARE, UPTIME } from '../../src/protocol/claim-schemas.ts'
import { AssayError } from '../../src/protocol/errors.ts'
import { emptyStatusList, revokeIndex } from '../../src/protocol/status-list.ts'
import {
  type Action,
  acceptConflict,
  appendEntry,
  applyDelta,
  applyStatusUpdate,
  assertCut,
  checkRoot,
  createRegistry,
  cutHash,
  draftEntry,
  govern,
  publishDue,
  type Registry,
  readConflicts,
  readDelta,
  readLog,
  readRoots,
  readSnapshot,
  readState,
  rootConflict,
  type Signer,
  signCut,
  signStatusUpdate,
  verifyLog,
  verifyRoots,
  verifySnapshot,
  type Witness,
  withSignatures,
  zCut,
} from '../../src/registry/index.ts'
import type { Database } from '../../src/storage/database.ts'
import { createRegistryStore } from '../../src/storage/registry-store.ts'
import { describeOnEachDatabase } from '../shared/databases.ts'
import {
  governors,
  INTERVAL,
  makeBootClock,
  makeRoot,
  makeSigner,
  makeWitness,
  NUMBER,
  resolveKeys,
  START,
  trustAction,
  witnesses,
} from './world.ts'

const [alice, bob] = [makeSigner('alice'), makeSigner('bob')]
const founders = {
  governors: governors.map(({ did }) => did),
  witnesses: witnesses.map(({ did, address }) => ({ did, address })),
}

/** A clock that a test moves, and the machine's running time, which goes with it. */
const time = { now: START, ran: 0 }
const clock = () => time.now
const wait = (seconds: number) => {
  time.now += seconds
  time.ran += seconds
}
const nextInterval = () => wait(INTERVAL - (time.now % INTERVAL))

function effectsOn({ db }: Database, signers: readonly Witness[] = witnesses.slice(0, 2)) {
  const bootClock = makeBootClock(() => time.ran)
  return { store: createRegistryStore(db), clock, bootClock, resolveKeys, witnesses: signers }
}

const twoGovernors = governors.slice(0, 2)

function updateOf(
  registry: Registry,
  issuer: Signer,
  seq: number,
  revoked: number[],
  { list = 0, schema = HARDWARE, urgent = false } = {},
) {
  const bits = revoked.reduce(revokeIndex, emptyStatusList())
  return signStatusUpdate({ registryId: registry.registryId, schema, list, seq, bits, urgent }, issuer)
}

const trustOf = (registry: Registry, issuer: Signer, options = {}) => {
  return trustAction(issuer, { registry: registry.registryId, ...options })
}

const viewOf = async ({ registryId }: Registry, json: unknown) => {
  return verifySnapshot(JSON.parse(JSON.stringify(json)), { registryId, resolveKeys, now: time.now })
}

/** What a verifier says of a root now. */
async function verdictOn(registry: Registry, root: string, skew = 0) {
  const { registryId, genesis } = registry
  const known = await verifyRoots(await readRoots(registry, 0), { registryId, genesis, resolveKeys })
  return checkRoot(known, BigInt(root), time.now, skew)
}

describeOnEachDatabase('a running registry', (open) => {
  let registry: Registry
  let other: Registry

  beforeAll(async () => {
    Object.assign(time, { now: START, ran: 0 })
    // two processes that start at once on one database
    const [first, second] = [await open(), await open()]
    ;[registry, other] = await Promise.all([
      createRegistry(effectsOn(first), founders),
      createRegistry(effectsOn(second), founders),
    ])
  })

  it('is founded once, whoever starts first, with majorities for thresholds', async () => {
    expect(other.registryId).toBe(registry.registryId)
    expect(other.genesis).toEqual(registry.genesis)
    const figures = { governorThreshold: 2, witnessThreshold: 2, intervalSeconds: 300, stepSeconds: 3600 }
    expect(registry.genesis).toMatchObject({ ...figures, createdAt: START })
    for (const change of [{ governors: [alice.did] }, { intervalSeconds: 60 }, { stepSeconds: 60 }]) {
      const wrong = createRegistry(effectsOn(await open()), { ...founders, ...change })
      await expect(wrong).rejects.toMatchObject({ code: 'configInvalid' })
    }
  })

  it('has no snapshot before its first root', async () => {
    await expect(readSnapshot(registry)).rejects.toEqual(
      new AssayError('unavailable', 'The registry has not published a root yet'),
    )
  })

  it('publishes one root an interval, the same for all processes, and changes with the next cut', async () => {
    await govern(registry, await trustOf(registry, alice), twoGovernors)
    const [a, b] = await Promise.all([publishDue(registry), publishDue(other)])
    expect(b).toEqual(a)
    expect(a).toMatchObject({ number: NUMBER, sub: 0, cause: null, issuedAt: START })
    wait(10)
    await govern(other, await trustOf(registry, bob, { schema: UPTIME }), twoGovernors)
    expect(await publishDue(registry)).toEqual(a)
    expect((await readSnapshot(other)).leaves).toHaveLength(1)
    nextInterval()
    expect(await publishDue(other)).toMatchObject({ number: NUMBER + 1, sub: 0 })
    const [mine, theirs] = await Promise.all([readSnapshot(registry), readSnapshot(other)])
    expect(theirs).toEqual(mine)
    expect(mine.leaves.map(({ issuer, state }) => [issuer, state])).toEqual([
      [alice.did, 'active'],
      [bob.did, 'active'],
    ])
    const view = await viewOf(registry, mine)
    expect(view).toMatchObject({ number: NUMBER + 1, sub: 0, intervalSeconds: INTERVAL, stepSeconds: 3600 })
  })

  it('gives all wallets of an interval the same root, though an issuer flips its list between their fetches', async () => {
    const first = await viewOf(registry, await readSnapshot(registry))
    await applyStatusUpdate(registry, await updateOf(registry, alice, 1, [7]))
    await publishDue(registry)
    const second = await viewOf(registry, await readSnapshot(other))
    expect(second.root).toBe(first.root)
    wait(100)
    await applyStatusUpdate(other, await updateOf(registry, alice, 2, [7, 8]))
    await publishDue(other)
    const third = await viewOf(registry, await readSnapshot(registry))
    expect([third.root, third.number]).toEqual([first.root, first.number])
    expect(third.isRevoked({ issuer: alice.did, list: 0 }, 7)).toBe(false)
    nextInterval()
    await publishDue(registry)
    const later = await viewOf(registry, await readSnapshot(registry))
    expect([7, 8].map((index) => later.isRevoked({ issuer: alice.did, list: 0 }, index))).toEqual([true, true])
  })

  it('takes the newest update again without a change, and refuses older ones and other ones of its number', async () => {
    const update = await updateOf(registry, alice, 2, [7, 8])
    expect(await applyStatusUpdate(other, update)).toEqual(update)
    await expect(applyStatusUpdate(other, await updateOf(registry, alice, 2, [7, 8, 9]))).rejects.toMatchObject({
      code: 'sequenceStale',
      message: 'Status list 0 is at sequence number 2, got 2',
    })
    await expect(applyStatusUpdate(other, await updateOf(registry, alice, 3, [8]))).rejects.toMatchObject({
      code: 'unrevocationForbidden',
    })
  })

  it('lets the governors clear a revocation, by naming the bit', async () => {
    await govern(registry, { type: 'clearRevocations', issuer: alice.did, list: 0, seq: 5, bits: [7] }, twoGovernors)
    await expect(applyStatusUpdate(other, await updateOf(registry, alice, 5, [9]))).rejects.toMatchObject({
      code: 'unrevocationForbidden',
      detail: { bit: 8 },
    })
    await applyStatusUpdate(other, await updateOf(registry, alice, 5, [8, 9]))
    nextInterval()
    await publishDue(other)
    const view = await viewOf(registry, await readSnapshot(registry))
    expect([7, 8, 9].map((index) => view.isRevoked({ issuer: alice.did, list: 0 }, index))).toEqual([false, true, true])
  })

  it('lets only one of two writers take a place in the log', async () => {
    const clearing = { type: 'clearRevocations' as const, issuer: bob.did, list: 0, bits: [1] }
    const actions: Action[] = [100, 200].map((seq) => ({ ...clearing, seq }))
    const drafts = await Promise.all(actions.map((action) => draftEntry(registry, action)))
    const entries = await Promise.all(drafts.map((draft) => withSignatures(draft, twoGovernors)))
    const outcomes = await Promise.allSettled([appendEntry(registry, entries[0]), appendEntry(other, entries[1])])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const lost = outcomes.findIndex(({ status }) => status === 'rejected')
    expect(outcomes[lost]).toMatchObject({ reason: { name: 'AssayError', code: 'conflict' } })
    await expect(appendEntry(registry, entries[lost])).rejects.toMatchObject({ code: 'conflict' })
    // the winner's entry again is answered, not refused
    expect(await appendEntry(other, entries[1 - lost])).toEqual(entries[1 - lost])
    nextInterval()
    const { logHead } = await publishDue(registry)
    const options = { registryId: registry.registryId, genesis: registry.genesis, resolveKeys, head: logHead }
    expect((await verifyLog(await readLog(other), options)).head).toBe(logHead)
  })

  it('lets only one of two updates follow another, so neither undoes the other', async () => {
    const updates = [await updateOf(registry, alice, 6, [8, 9, 10]), await updateOf(registry, alice, 7, [8, 9, 11])]
    const outcomes = await Promise.allSettled([
      applyStatusUpdate(registry, updates[0]),
      applyStatusUpdate(other, updates[1]),
    ])
    const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []))
    expect(refusals).toHaveLength(1)
    expect(['conflict', 'sequenceStale', 'unrevocationForbidden']).toContain(refusals[0])
  })

  it('suspends on the word of one governor: an urgent root at the next whole minute ends the earlier ones', async () => {
    nextInterval()
    const before = await publishDue(registry)
    wait(30)
    const { seq } = await govern(registry, { type: 'suspend', slot: 0 }, governors.slice(2))
    expect(await publishDue(registry)).toEqual(before)
    expect(await verdictOn(registry, before.root)).toBeUndefined()
    wait(35)
    const [a, b] = await Promise.all([publishDue(registry), publishDue(other)])
    expect(b).toEqual(a)
    expect(a).toMatchObject({ number: before.number, sub: 1, cause: { type: 'entry', seq } })
    expect(a.issuedAt % 60).toBe(0)
    expect(await verdictOn(registry, before.root)).toBe('rootSuperseded')
    expect(await verdictOn(registry, a.root)).toBeUndefined()
    expect((await viewOf(registry, await readSnapshot(other))).trustedIssuers(HARDWARE)).toBe(0)
    // one is enough
    wait(60)
    expect(await publishDue(registry)).toEqual(a)
  })

  it('goes back when k governors reinstate, with the next cut', async () => {
    await expect(govern(registry, { type: 'reinstate', slot: 0 }, governors.slice(2))).rejects.toMatchObject({
      code: 'notEnoughSignatures',
    })
    await govern(registry, { type: 'reinstate', slot: 0 }, twoGovernors)
    nextInterval()
    expect(await publishDue(registry)).toMatchObject({ sub: 0 })
    expect((await viewOf(registry, await readSnapshot(registry))).trustedIssuers(HARDWARE)).toBe(1)
  })

  it('gives an issuer one urgent root a day, and more on the word of k governors', async () => {
    const before = await publishDue(registry)
    const update = await updateOf(registry, alice, 20, [8, 9, 10, 11, 12], { urgent: true })
    await applyStatusUpdate(registry, update)
    wait(60)
    const urgent = await publishDue(other)
    const cause = { type: 'update', issuer: alice.did, list: 0, seq: 20 }
    expect(urgent).toMatchObject({ number: before.number, sub: before.sub + 1, cause })
    const second = await updateOf(registry, alice, 21, [8, 9, 10, 11, 12, 13], { urgent: true })
    await expect(applyStatusUpdate(other, second)).rejects.toEqual(new AssayError('urgentSpent'))
    const calm = await updateOf(registry, alice, 21, [8, 9, 10, 11, 12, 13])
    await applyStatusUpdate(other, calm)
    await expect(
      govern(registry, { type: 'publishUrgently', reason: 'a theft' }, governors.slice(2)),
    ).rejects.toMatchObject({
      code: 'notEnoughSignatures',
    })
    await govern(registry, { type: 'publishUrgently', reason: 'a theft' }, twoGovernors)
    wait(60)
    expect(await publishDue(registry)).toMatchObject({ number: before.number, sub: urgent.sub + 1 })
    const view = await viewOf(registry, await readSnapshot(registry))
    expect(view.isRevoked({ issuer: alice.did, list: 0 }, 13)).toBe(true)
    // the next day there is one again
    time.now += 86_400
    time.ran += 86_400
    await applyStatusUpdate(other, await updateOf(registry, alice, 22, [8, 9, 10, 11, 12, 13, 14], { urgent: true }))
  })

  it('refuses entries of the future, and another entry in the place of a stored one', async () => {
    const action: Action = { type: 'suspend', slot: 0 }
    const draft = await draftEntry(registry, action)
    const future = await withSignatures({ ...draft, issuedAt: time.now + 121 }, governors)
    await expect(appendEntry(registry, future)).rejects.toEqual(
      new AssayError('registryInvalid', `Log entry ${draft.seq} is issued in the future`),
    )
    const old = await withSignatures({ ...draft, seq: 1 }, governors)
    await expect(appendEntry(registry, old)).rejects.toMatchObject({
      code: 'conflict',
      message: 'Log entry 1 is another one',
    })
    await expect(appendEntry(registry, { ...old, comment: '' })).rejects.toMatchObject({ code: 'malformed' })
  })

  it('sends what changed since a root, and the reader comes to the same snapshot', async () => {
    nextInterval()
    await publishDue(registry)
    const before = await readSnapshot(registry)
    const since = { number: before.statement.number, sub: before.statement.sub }
    await applyStatusUpdate(registry, await updateOf(registry, alice, 30, [8, 9, 10, 11, 12, 13, 14, 77, 131_071]))
    await govern(registry, await trustOf(registry, makeSigner('carol'), { list: 9 }), twoGovernors)
    nextInterval()
    await publishDue(registry)
    const delta = JSON.parse(JSON.stringify(await readDelta(other, since)))
    expect(delta.lists).toHaveLength(1)
    expect(delta.lists[0].flipped).toEqual([77, 131_071])
    expect(delta.leaves.map(({ slot }: { slot: number }) => slot)).toEqual([0, 2])
    const after = applyDelta(before, delta)
    const view = await viewOf(registry, after)
    expect(view.root).toBe((await viewOf(registry, await readSnapshot(registry))).root)
    expect(view.isRevoked({ issuer: alice.did, list: 0 }, 131_071)).toBe(true)
    // a delta that lies gives another root
    const lying = { ...delta, lists: [{ ...delta.lists[0], flipped: [77] }] }
    await expect(viewOf(registry, applyDelta(before, lying))).rejects.toMatchObject({ code: 'registryInvalid' })
    expect(() => applyDelta(after, delta)).toThrow(expect.objectContaining({ code: 'registryInvalid' }))
    await expect(readDelta(registry, { number: 3, sub: 0 })).rejects.toMatchObject({ code: 'notFound' })
  })

  it('waits for other witnesses when its own are fewer than the threshold', async () => {
    nextInterval()
    const lone = { ...registry, witnesses: witnesses.slice(0, 1), cache: {} }
    const number = Math.floor(time.now / INTERVAL)
    // the root of the interval before still holds
    expect(await publishDue(lone)).toMatchObject({ number: number - 1 })
    expect(await registry.store.root({ number, sub: 0 })).toMatchObject({ signatures: [{ signer: witnesses[0]!.did }] })
    const second = { ...registry, witnesses: witnesses.slice(1, 2), cache: {} }
    const signed = await publishDue(second)
    expect(signed).toMatchObject({ number, signatures: [{ signer: witnesses[0]!.did }, { signer: witnesses[1]!.did }] })
    expect(await publishDue(second)).toEqual(signed)
  })

  it('does not sign ahead of its running time, and goes on after an operator confirmed the clock', async () => {
    nextInterval()
    await publishDue(registry)
    time.now += 3600
    await expect(publishDue({ ...registry, cache: {} })).rejects.toMatchObject({ code: 'clockJumped' })
    const number = Math.floor(time.now / INTERVAL)
    expect(await registry.store.root({ number, sub: 0 })).toBeUndefined()
    for (const { did } of witnesses) await registry.store.clearWitnessMark(did)
    expect(await publishDue(registry)).toMatchObject({ number })
  })

  it('does not go back to an interval that it signed, and governors void a number that a wrong clock produced', async () => {
    const ahead = await publishDue(registry)
    time.now -= 3600
    const number = Math.floor(time.now / INTERVAL)
    // what is signed for a time to come does not keep the present from its roots
    expect(await publishDue(registry)).toMatchObject({ number: number, sub: 0 })
    await govern(registry, { type: 'voidNumber', number: ahead.number }, twoGovernors)
    await applyStatusUpdate(registry, await updateOf(registry, alice, 40, [8, 9, 10, 11, 12, 13, 14, 77, 78, 131_071]))
    wait(3600)
    const renewed = await publishDue(registry)
    expect(renewed).toMatchObject({ number: ahead.number, sub: 1, cause: { type: 'entry' } })
    expect(await verdictOn(registry, ahead.root)).toBe('rootSuperseded')
    const view = await viewOf(registry, await readSnapshot(registry))
    expect(view.isRevoked({ issuer: alice.did, list: 0 }, 78)).toBe(true)
  })

  it('signs no root that is not that of its cut, whoever signed it before', async () => {
    nextInterval()
    const number = Math.floor(time.now / INTERVAL)
    const { store, registryId } = registry
    const { trust } = await readState(registry)
    const place = { number, sub: 0, logSeq: trust.seq, logHead: trust.head, lists: [], cause: null, issuedAt: time.now }
    const body = { type: 'AssayRegistryCut' as const, registryId, ...place }
    await store.insertCut(await signCut(body, witnesses[0]!))
    const forged = await makeRoot(number, 5, { registryId, cut: cutHash(await signCut(body, witnesses[0]!)) })
    await store.insertRoot({ statement: forged, isSigned: true })
    const third = { ...registry, witnesses: witnesses.slice(2), cache: {} }
    await expect(publishDue(third)).rejects.toMatchObject({ code: 'cutInvalid' })
    expect((await store.root({ number, sub: 0 }))?.signatures).toHaveLength(2)
    expect((await readConflicts(registry)).conflicts).toEqual([])
  })

  it('keeps evidence against a witness once, whoever brings it, and serves it', async () => {
    const { registryId } = registry
    const pair = await Promise.all([1, 2].map((root) => makeRoot(NUMBER, root, { registryId })))
    const evidence = rootConflict(pair[0]!, pair[1]!)
    expect(await acceptConflict(other, evidence)).toEqual({ witnesses: witnesses.slice(0, 2).map(({ did }) => did) })
    await acceptConflict(registry, rootConflict(pair[1]!, pair[0]!))
    expect((await readConflicts(registry)).conflicts).toEqual([evidence])
  })

  it('comes to the same root in a process that starts anew', async () => {
    nextInterval()
    const anew = await createRegistry(effectsOn(await open()), founders)
    const statement = await publishDue(anew)
    expect(await publishDue(registry)).toEqual(statement)
    expect(await readSnapshot(anew)).toEqual(await readSnapshot(registry))
  })

  it('believes no log row that was slipped into the database', async () => {
    const draft = await draftEntry(registry, await trustOf(registry, makeSigner('mallory'), { list: 77 }))
    const forged = await withSignatures(draft, [makeSigner('mallory')])
    await createRegistryStore((await open()).db).insertEntry(forged)
    nextInterval()
    await expect(publishDue(registry)).rejects.toMatchObject({ code: 'notEnoughSignatures' })
    await expect(readLog(registry).then((log) => verifyLog(log, { ...registry, resolveKeys }))).rejects.toMatchObject({
      code: 'notEnoughSignatures',
    })
  })
})

describeOnEachDatabase('a registry of one governor and one witness', (open) => {
  it('wants one signature of each', async () => {
    Object.assign(time, { now: START, ran: 0 })
    const witness = makeWitness('bob')
    const effects = effectsOn(await open(), [witness])
    const none = createRegistry(effects, { governors: [], witnesses: [witness] })
    await expect(none).rejects.toMatchObject({ code: 'malformed' })
    const registry = await createRegistry(effects, { governors: [alice.did], witnesses: [witness] })
    expect(registry.genesis).toMatchObject({ governorThreshold: 1, witnessThreshold: 1 })
    expect(await govern(registry, await trustOf(registry, alice), [alice])).toMatchObject({ seq: 1 })
    expect(await publishDue(registry)).toMatchObject({ number: NUMBER })
  })
})

describe('protocol, registry: a cut continues the one before', () => {
  const digest = 'E'.repeat(43)
  const list = { issuer: alice.did, list: 0, seq: 3, digest }
  const other = { issuer: bob.did, list: 1, seq: 1, digest }
  const { did, sign } = witnesses[0]!
  const body = {
    type: 'AssayRegistryCut' as const,
    registryId: 'A'.repeat(43),
    number: NUMBER,
    sub: 0,
    logSeq: 4,
    logHead: digest,
    lists: [list, other],
    cause: null,
    issuedAt: START,
  }
  const genesisOf = { witnesses: [{ did, address: witnesses[0]!.address }] } as never
  const judge = async (change: object, signer: Signer = { did, sign }) => {
    const next = await signCut({ ...body, number: NUMBER + 1, ...change }, signer)
    await assertCut(zCut.parse(next), await signCut(body, { did, sign }), { genesis: genesisOf, resolveKeys })
  }

  it('may stay as it was, or add', async () => {
    await judge({})
    await judge({ sub: 1, number: NUMBER, logSeq: 5 })
    await judge({ lists: [{ ...list, seq: 9, digest: 'I'.repeat(43) }, other, { ...other, list: 2 }] })
  })

  it.each<[string, object]>([
    ['comes before it', { number: NUMBER - 1 }],
    ['has its number', { number: NUMBER }],
    ['has a shorter log', { logSeq: 3 }],
    ['has another log head', { logHead: 'I'.repeat(43) }],
    ['skips a list', { lists: [list] }],
    ['takes a list back', { lists: [{ ...list, seq: 2 }, other] }],
    ['has another state of one number', { lists: [{ ...list, digest: 'I'.repeat(43) }, other] }],
    ['names a list twice', { lists: [list, list, other] }],
  ])('is refused when it %s', async (_, change) => {
    await expect(judge(change)).rejects.toMatchObject({ code: 'cutInvalid' })
  })

  it('is refused when no witness made it', async () => {
    await expect(judge({}, alice)).rejects.toMatchObject({ code: 'notEnoughSignatures' })
    await expect(judge({}, { did, sign: alice.sign })).rejects.toMatchObject({ code: 'notEnoughSignatures' })
  })
})
