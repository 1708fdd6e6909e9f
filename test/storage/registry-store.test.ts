import { beforeAll, describe, expect, it } from 'vitest'
import { HARDWARE } from '../../src/protocol/claim-schemas.ts'
import { AssayError } from '../../src/protocol/errors.ts'
import { emptyStatusList, revokeIndex } from '../../src/protocol/status-list.ts'
import {
  type Cut,
  type RegistryStore,
  replayLog,
  rootConflict,
  signCut,
  signStatusUpdate,
} from '../../src/registry/index.ts'
import { createRegistryStore } from '../../src/storage/registry-store.ts'
import {
  genesis,
  INTERVAL,
  id,
  makeLog,
  makeRoot,
  makeSigner,
  NUMBER,
  nextEntry,
  resolveKeys,
  START,
  trustAction,
  witnesses,
} from '../registry/world.ts'
import { describeOnEachDatabase } from '../shared/databases.ts'

const [alice, bob] = [makeSigner('alice'), makeSigner('bob')]
const entries = await makeLog([await trustAction(alice), { type: 'suspend', slot: 0 }, { type: 'reinstate', slot: 0 }])

const makeUpdate = (seq: number, revoked: number, list = 0, issuer = alice) => {
  const bits = revokeIndex(emptyStatusList(), revoked)
  return signStatusUpdate({ registryId: id, schema: HARDWARE, list, seq, bits }, issuer)
}

const cutOf = (number: number, sub = 0): Promise<Cut> => {
  const place = { number, sub, logSeq: 3, logHead: id, lists: [], cause: null, issuedAt: number * INTERVAL }
  return signCut({ type: 'AssayRegistryCut', registryId: id, ...place }, witnesses[0]!)
}

const conflict = (message: string) => new AssayError('conflict', message)

/** How two attempts at one place end, whichever comes first. */
async function race(...attempts: Promise<void>[]): Promise<unknown[]> {
  const outcomes = await Promise.allSettled(attempts)
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  return outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
}

describeOnEachDatabase('the registry store', (open) => {
  let store: RegistryStore
  let other: RegistryStore

  beforeAll(async () => {
    const [first, second] = [await open(), await open()]
    store = createRegistryStore(first.db)
    other = createRegistryStore(second.db)
  })

  it('begins empty', async () => {
    expect(await store.genesis()).toBeUndefined()
    expect(await store.entriesAfter(0)).toEqual([])
    expect(await store.latestUpdates()).toEqual([])
    expect(await store.latestUpdate({ issuer: alice.did, list: 0 })).toBeUndefined()
    expect(await store.latestRoot()).toBeUndefined()
    expect(await store.rootsSince(0, 10)).toEqual([])
    expect(await store.cutBefore({ number: NUMBER, sub: 0 })).toBeUndefined()
    expect(await store.conflicts(10)).toEqual([])
  })

  it('keeps one genesis, whoever is first', async () => {
    const lost = await race(store.insertGenesis(genesis), other.insertGenesis({ ...genesis, createdAt: START + 1 }))
    expect(lost).toEqual([conflict('The registry has a genesis already')])
    const kept = await store.genesis()
    expect(await other.genesis()).toEqual(kept)
    expect([START, START + 1]).toContain(kept?.createdAt)
  })

  it('gives back what was signed: a stored log replays', async () => {
    for (const entry of entries) await store.insertEntry(entry)
    const stored = await other.entriesAfter(0)
    expect(stored).toEqual(entries)
    expect((await replayLog(genesis, stored, resolveKeys)).seq).toBe(3)
    expect(await store.entriesAfter(2)).toEqual([entries[2]])
    expect(await store.entriesAfter(3)).toEqual([])
  })

  it('keeps one entry a place in the log', async () => {
    const rivals = await Promise.all(
      [1, 2].map((i) => nextEntry(entries, { type: 'suspend', slot: 0 }, { issuedAt: START + i * 10 })),
    )
    const lost = await race(store.insertEntry(rivals[0]!), other.insertEntry(rivals[1]!))
    expect(lost).toEqual([conflict('The log has an entry 4 already')])
  })

  it('keeps one successor an entry, though it has another number', async () => {
    await expect(store.insertEntry({ ...entries[2]!, seq: 9 })).rejects.toEqual(
      conflict('The log has an entry 9 already'),
    )
  })

  it('keeps every update and knows the newest of each list', async () => {
    const updates = await Promise.all([makeUpdate(1, 1), makeUpdate(3, 2), makeUpdate(10, 3), makeUpdate(2, 4, 7)])
    const ofBob = await makeUpdate(1, 5, 0, bob)
    await store.insertUpdate(updates[0]!, 0, START)
    await store.insertUpdate(updates[1]!, 1, START)
    await store.insertUpdate(updates[2]!, 3, START)
    await store.insertUpdate(updates[3]!, 0, START)
    await store.insertUpdate(ofBob, 0, START)
    const names = [
      { issuer: alice.did, list: 0, seq: 10 },
      { issuer: alice.did, list: 7, seq: 2 },
      { issuer: bob.did, list: 0, seq: 1 },
    ]
    expect(await other.latestUpdates()).toEqual(expect.arrayContaining(names))
    expect(await other.latestUpdates()).toHaveLength(3)
    expect(await other.latestUpdate({ issuer: alice.did, list: 0 })).toEqual(updates[2])
    expect(await other.update({ issuer: alice.did, list: 0, seq: 3 })).toEqual(updates[1])
    expect(await other.update({ issuer: alice.did, list: 0, seq: 4 })).toBeUndefined()
  })

  it('keeps one successor an update, though the rivals have other numbers', async () => {
    const [a, b] = [await makeUpdate(11, 6), await makeUpdate(12, 7)]
    const lost = await race(store.insertUpdate(a, 10, START), other.insertUpdate(b, 10, START))
    expect(lost).toEqual([conflict('Status list 0 has an update after 10 already')])
  })

  it('takes no update that goes back', async () => {
    await expect(store.insertUpdate(await makeUpdate(20, 6), 20, START)).rejects.toThrow()
    expect(await store.update({ issuer: alice.did, list: 0, seq: 20 })).toBeUndefined()
  })

  it('lets each issuer ask for one urgent root a day, whoever is first', async () => {
    const urgent = async (seq: number, list: number, issuer = bob) => ({
      ...(await makeUpdate(seq, 1, list, issuer)),
      urgent: true,
    })
    const [a, b] = [await urgent(1, 50), await urgent(1, 51)]
    const lost = await race(store.insertUpdate(a, 0, START), other.insertUpdate(b, 0, START + 5))
    expect(lost).toEqual([new AssayError('urgentSpent')])
    await store.insertUpdate(await urgent(1, 52, alice), 0, START + 6)
    await store.insertUpdate(await urgent(2, 53), 0, START + 86_400)
    const asked = await other.urgentUpdatesSince(START + 6)
    expect(asked.map(({ issuer, list, acceptedAt }) => [issuer, list, acceptedAt - START])).toEqual([
      [alice.did, 52, 6],
      [bob.did, 53, 86_400],
    ])
  })

  it('keeps one cut and one root a number, and knows the newest that enough witnesses signed', async () => {
    const cuts = await Promise.all([cutOf(NUMBER), cutOf(NUMBER, 1), cutOf(NUMBER + 1)])
    const lostCut = await race(store.insertCut(cuts[0]!), other.insertCut({ ...cuts[0]!, issuedAt: 5 }))
    expect(lostCut).toEqual([conflict(`There is a cut ${NUMBER}.0 already`)])
    await store.insertCut(cuts[1]!)
    await store.insertCut(cuts[2]!)
    expect(await other.cut({ number: NUMBER, sub: 1 })).toEqual(cuts[1])
    expect(await other.cutBefore({ number: NUMBER, sub: 1 })).toMatchObject({ number: NUMBER, sub: 0 })
    expect(await other.cutBefore({ number: NUMBER + 9, sub: 0 })).toEqual(cuts[2])
    const statements = await Promise.all([
      makeRoot(NUMBER, 1),
      makeRoot(NUMBER, 2, { sub: 1 }),
      makeRoot(NUMBER + 1, 3),
    ])
    const lost = await race(
      store.insertRoot({ statement: statements[0]!, isSigned: true }),
      other.insertRoot({ statement: { ...statements[0]!, root: '2' }, isSigned: true }),
    )
    expect(lost).toEqual([conflict(`There is a root ${NUMBER}.0 already`)])
    await store.insertRoot({ statement: statements[1]!, isSigned: true })
    await store.insertRoot({ statement: statements[2]!, isSigned: false })
    expect(await other.latestRoot()).toEqual({ statement: statements[1], cut: cuts[1] })
    expect(await other.latestRoot(NUMBER - 1)).toBeUndefined()
    expect(await other.root({ number: NUMBER + 1, sub: 0 })).toEqual(statements[2])
    expect((await other.rootsSince(NUMBER, 10)).map(({ sub }) => sub)).toEqual([0, 1])
    expect((await other.rootsSince(NUMBER, 1)).map(({ sub }) => sub)).toEqual([1])
  })

  it('adds each signature once, and counts them', async () => {
    const name = { number: NUMBER + 1, sub: 0 }
    const [signature] = (await makeRoot(NUMBER + 1, 3, { signers: witnesses.slice(2) })).signatures
    await store.addSignature(name, signature!, 3)
    await other.addSignature(name, signature!, 3)
    expect((await store.root(name))?.signatures).toHaveLength(3)
    expect(await store.latestRoot()).toMatchObject({ statement: { number: NUMBER + 1 } })
    await expect(store.addSignature({ number: 1, sub: 0 }, signature!, 3)).rejects.toMatchObject({ code: 'notFound' })
  })

  it('keeps evidence once, in either order', async () => {
    const [a, b] = await Promise.all([makeRoot(NUMBER, 1), makeRoot(NUMBER, 2)])
    await store.addConflict(rootConflict(a, b))
    await other.addConflict(rootConflict(b, a))
    expect(await store.conflicts(10)).toEqual([rootConflict(a, b)])
  })

  it('keeps what each witness signed last, until it is cleared', async () => {
    const { did } = witnesses[0]!
    expect(await store.witnessMark(did)).toBeUndefined()
    await store.putWitnessMark(did, { number: NUMBER, boot: 'a', seconds: 12.25 })
    await other.putWitnessMark(did, { number: NUMBER + 1, boot: 'b', seconds: 0.5 })
    expect(await store.witnessMark(did)).toEqual({ number: NUMBER + 1, boot: 'b', seconds: 0.5 })
    await store.clearWitnessMark(did)
    expect(await other.witnessMark(did)).toBeUndefined()
  })

  describe('inside a transaction', () => {
    it('refuses a taken place without spoiling the rest, and undoes all of it together', async () => {
      const database = await open()
      const update = await makeUpdate(30, 8, 9)
      const undone = database.transaction(async (tx) => {
        const inside = createRegistryStore(tx)
        await expect(inside.insertEntry(entries[0]!)).rejects.toMatchObject({ code: 'conflict' })
        await inside.insertUpdate(update, 0, START)
        throw new RangeError('undo')
      })
      await expect(undone).rejects.toThrow('undo')
      expect(await store.update(update)).toBeUndefined()
      await database.transaction((tx) => createRegistryStore(tx).insertUpdate(update, 0, START))
      expect(await other.update(update)).toEqual(update)
    })
  })
})
