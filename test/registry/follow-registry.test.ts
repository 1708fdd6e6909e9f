import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { HARDWARE } from '../../src/protocol/claim-schemas.ts'
import { isAssayError } from '../../src/protocol/errors.ts'
import { emptyStatusList, revokeIndex } from '../../src/protocol/status-list.ts'
import {
  addSignature,
  applyStatusUpdate,
  beginWitness,
  type Cut,
  createRegistry,
  cutHash,
  followRegistry,
  govern,
  markNow,
  type PendingRoot,
  publishDue,
  type Registry,
  type RegistrySource,
  type RootStatement,
  readSnapshot,
  signCut,
  signRoot,
  signStatusUpdate,
  verifySnapshot,
} from '../../src/registry/index.ts'
import type { Database } from '../../src/storage/database.ts'
import { openDatabase } from '../../src/storage/open-database.ts'
import { createRegistryStore } from '../../src/storage/registry-store.ts'
import { describeOnEachDatabase, freshFolder } from '../shared/databases.ts'
import { governors, INTERVAL, makeBootClock, makeSigner, resolveKeys, START, trustAction, witnesses } from './world.ts'

const DAY = 86_400
const alice = makeSigner('alice')
const founders = {
  governors: governors.map(({ did }) => did),
  witnesses: witnesses.map(({ did, address }) => ({ did, address })),
}
/** The wall clock of both machines, and how long they ran. */
const time = { now: START, ran: 0 }
const clock = () => time.now
const bootClock = makeBootClock(() => time.ran)
const wait = (seconds: number) => {
  time.now += seconds
  time.ran += seconds
}
const nextInterval = () => wait(INTERVAL - (time.now % INTERVAL))
const present = () => Math.floor(time.now / INTERVAL)

/** A publisher with one witness key, and a witness with a store and a key of its own. */
describeOnEachDatabase('a witness of its own', (open) => {
  const copies: { database: Database; remove: () => Promise<void> }[] = []
  let publisher: Registry
  let witness: Registry
  const [own, other] = [witnesses[1]!, witnesses[2]!]

  const source: RegistrySource = {
    entries: () => publisher.store.entriesAfter(0),
    pending: async () => {
      const cut = await publisher.store.cutBefore({ number: present() + 1, sub: 0 })
      return { cut, statement: await publisher.store.root(cut!) }
    },
    update: async (name) => (await publisher.store.update(name))!,
  }
  const pendingNow = async () => (await source.pending()) as PendingRoot
  const follow = (changed: Partial<RegistrySource> = {}) => followRegistry(witness, { ...source, ...changed }, own)
  /** Follows a cut and statement other than those that the publisher serves. */
  const followOther = (pending: { cut: Cut; statement: RootStatement }) => follow({ pending: async () => pending })
  const signedBy = async () => (await publishDue(publisher)).signatures.map(({ signer }) => signer)
  /** Makes what is due, whether or not other witnesses have signed it. */
  const publish = () => {
    return publishDue(publisher).catch((error: unknown) => {
      if (!isAssayError(error, 'rootPending')) throw error
    })
  }
  const followAndDeliver = async () => {
    const signed = await follow()
    await addSignature(publisher, signed!, signed!.signature)
    return signed!
  }

  async function openCopy(): Promise<Registry> {
    const { target, remove } = await freshFolder()
    const database = await openDatabase(target)
    copies.push({ database, remove })
    const store = createRegistryStore(database.db)
    await store.insertGenesis(publisher.genesis)
    return createRegistry({ store, clock, bootClock, resolveKeys, witnesses: [] }, founders)
  }

  beforeAll(async () => {
    Object.assign(time, { now: START, ran: 0 })
    const store = createRegistryStore((await open()).db)
    const effects = { store, clock, bootClock, resolveKeys }
    publisher = await createRegistry({ ...effects, witnesses: witnesses.slice(0, 1) }, founders)
    witness = await openCopy()
    const trust = await trustAction(alice, { registry: publisher.registryId })
    await govern(publisher, trust, governors.slice(0, 2))
  })

  beforeEach(nextInterval)

  afterAll(async () => {
    for (const { database, remove } of copies) {
      await database.close()
      await remove()
    }
  })

  const updateOf = (seq: number, revoked: number[], urgent = false) => {
    const bits = revoked.reduce(revokeIndex, emptyStatusList())
    return signStatusUpdate({ registryId: publisher.registryId, schema: HARDWARE, list: 0, seq, bits, urgent }, alice)
  }

  /** The pending root with another cut, and the publisher's signature under what follows from it. */
  async function altered(change: Partial<Cut>, signer = witnesses[0]!): Promise<PendingRoot> {
    const { cut, statement } = await pendingNow()
    const { signature: _, ...body } = { ...cut, ...change }
    const made = await signCut(body, signer)
    const { number, sub, cause, logHead, issuedAt } = made
    const { signatures: __, ...root } = { ...statement, number, sub, cause, logHead, issuedAt, cut: cutHash(made) }
    return { cut: made, statement: { ...root, signatures: [await signRoot(root, signer)] } }
  }

  it('recomputes the root of a cut, and its signature makes the root count', async () => {
    await applyStatusUpdate(publisher, await updateOf(1, [5]))
    const [number, missing] = [present(), `${own.did} ${other.did}`]
    const pending = { code: 'rootPending', detail: { number, sub: 0, signatures: 1, threshold: 2, missing } }
    await expect(publishDue(publisher)).rejects.toMatchObject(pending)
    await expect(readSnapshot(publisher)).rejects.toMatchObject(pending)
    const { statement } = await followAndDeliver()
    expect(await signedBy()).toEqual([witnesses[0]!.did, own.did])
    expect(await publishDue(publisher)).toEqual(statement)
    const { registryId } = publisher
    const snapshot = JSON.parse(JSON.stringify(await readSnapshot(publisher)))
    const view = await verifySnapshot(snapshot, { registryId, resolveKeys, now: time.now })
    expect(view.isRevoked({ issuer: alice.did, list: 0 }, 5)).toBe(true)
    expect(await follow()).toBeUndefined()
  })

  it('signs the same again when its signature did not arrive', async () => {
    await publish()
    const first = await follow()
    expect(await follow()).toEqual(first)
    await addSignature(publisher, first!, first!.signature)
    expect(await signedBy()).toEqual([witnesses[0]!.did, own.did])
  })

  it('goes on from its own copy, and refuses an update that clears a bit, though the publisher took it', async () => {
    await applyStatusUpdate(publisher, await updateOf(2, [5, 6]))
    await publish()
    await followAndDeliver()
    nextInterval()
    // a publisher that checks nothing
    await publisher.store.insertUpdate(await updateOf(3, [6]), 2, time.now)
    await publish()
    await expect(follow()).rejects.toMatchObject({ code: 'unrevocationForbidden' })
    // and takes it back
    await publisher.store.insertUpdate(await updateOf(4, [5, 6]), 3, time.now)
    nextInterval()
    await publish()
    await followAndDeliver()
  })

  it('signs one cut a number, and keeps what convicts a publisher that signs the roots of two', async () => {
    await publish()
    const second = await altered({ issuedAt: time.now + 1 })
    const silent = await altered({ issuedAt: time.now + 2 }, other)
    await followAndDeliver()
    const { number } = second.cut
    await expect(followOther(silent)).rejects.toMatchObject({
      code: 'rootConflict',
      detail: { number, evidence: false },
    })
    await expect(followOther(second)).rejects.toMatchObject({
      code: 'rootConflict',
      detail: { number, evidence: true },
    })
    const [evidence, ...more] = await witness.store.conflicts(10)
    expect(more).toEqual([])
    expect(evidence!.statements.map(({ cut }) => cut)).toEqual([expect.any(String), cutHash(second.cut)])
    // the publisher's honest cut is the one that stays
    expect(await signedBy()).toEqual([witnesses[0]!.did, own.did])
  })

  it('refuses a root that is not that of its cut, and another state of a list, and is bound by neither', async () => {
    await publish()
    const { cut, statement } = await pendingNow()
    const wrong = followOther({ cut, statement: { ...statement, root: '5' } })
    await expect(wrong).rejects.toMatchObject({
      code: 'cutInvalid',
      message: expect.stringContaining('not the root of'),
    })
    const claimed = await altered({ lists: [{ ...cut.lists[0]!, seq: 9, digest: 'E'.repeat(43) }] })
    const given = follow({ pending: async () => claimed, update: () => updateOf(9, [5, 6]) })
    await expect(given).rejects.toMatchObject({ code: 'cutInvalid', message: expect.stringContaining('state of list') })
    await followAndDeliver()
  })

  it('signs no root of another time or registry than its own', async () => {
    await publish()
    const number = present()
    const of = (change: Partial<Cut>) => altered(change).then(followOther)
    const ahead = { number: number + 1, issuedAt: (number + 1) * INTERVAL }
    await expect(of(ahead)).rejects.toMatchObject({ code: 'rootFromFuture', detail: { number: number + 1 } })
    const past = { number: number - 3, issuedAt: (number - 3) * INTERVAL }
    await expect(of(past)).rejects.toMatchObject({ code: 'registryStale' })
    for (const issuedAt of [number * INTERVAL - 61, (number + 1) * INTERVAL]) {
      await expect(of({ issuedAt })).rejects.toMatchObject({ code: 'cutInvalid' })
    }
    await expect(of({ registryId: 'A'.repeat(43) })).rejects.toMatchObject({ code: 'registryInvalid' })
    await followAndDeliver()
  })

  it('signs an urgent root only where a log entry or a status list of its cut asks for it', async () => {
    await publish()
    await followAndDeliver()
    const { seq } = await govern(publisher, { type: 'publishUrgently', reason: 'a key is lost' }, governors.slice(0, 2))
    const list = { issuer: alice.did, list: 0 }
    const causes: Cut['cause'][] = [
      { type: 'entry', seq: 1 },
      { type: 'entry', seq },
      { type: 'update', ...list, seq: 4 },
      { type: 'update', ...list, seq: 5 },
    ]
    for (const cause of causes) {
      await expect(altered({ sub: 1, cause }).then(followOther)).rejects.toMatchObject({ code: 'cutInvalid' })
    }
    wait(60)
    await publish()
    expect(await followAndDeliver()).toMatchObject({ sub: 1, statement: { cause: { type: 'entry', seq } } })
  })

  it("counts no issuer's urgent lists: it can be a day behind", async () => {
    wait(DAY)
    await applyStatusUpdate(publisher, await updateOf(5, [5, 6, 7], true))
    await publish()
    wait(DAY)
    await applyStatusUpdate(publisher, await updateOf(6, [5, 6, 7, 8], true))
    nextInterval()
    await publish()
    expect(await followAndDeliver()).toMatchObject({ statement: { cause: { type: 'update', seq: 6 } } })
    wait(DAY - 2 * INTERVAL)
    nextInterval()
    await applyStatusUpdate(publisher, await updateOf(7, [5, 6, 7, 8, 9], true))
    wait(60)
    await publish()
    expect(await followAndDeliver()).toMatchObject({ statement: { cause: { type: 'update', seq: 7 } } })
  })

  it('with a new state signs from the next interval on, as it may have lost one', async () => {
    witness = await openCopy()
    await publish()
    expect(await beginWitness(witness, own.did)).toBe(present() + 1)
    expect(await follow()).toBeUndefined()
    // a restart changes nothing
    expect(await beginWitness(witness, own.did)).toBe(present() + 1)
    nextInterval()
    await publish()
    expect((await followAndDeliver()).number).toBe(present())
    expect(await beginWitness(witness, own.did)).toBe(0)
    await expect(beginWitness(witness, other.did)).rejects.toMatchObject({ code: 'conflict' })
  })

  it('does not sign when its clock was moved, unless k − 1 others do or an operator confirmed the clock', async () => {
    await publish()
    await followAndDeliver()
    // both machines' clocks, and the publisher's operator confirmed it
    time.now += 3600
    await markNow(publisher, witnesses[0]!.did)
    await publish()
    const { cut, statement } = await pendingNow()
    const { signatures: _, ...before } = { ...statement, number: statement.number - 1 }
    const signatures = [await signRoot(before, witnesses[0]!)]
    const alone = { cut, statement: { ...statement, signatures } }
    await expect(followOther(alone)).rejects.toMatchObject({ code: 'clockJumped' })
    expect((await follow())?.number).toBe(present())
    time.now += 3600
    nextInterval()
    await markNow(publisher, witnesses[0]!.did)
    await publish()
    const later = { ...(await pendingNow()), statement: { ...(await pendingNow()).statement, signatures } }
    await expect(followOther(later)).rejects.toMatchObject({ code: 'clockJumped' })
    await markNow(witness, own.did)
    expect((await followOther(later))?.number).toBe(present())
  })
})
