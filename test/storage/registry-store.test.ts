import { beforeAll, describe, expect, it } from 'vitest'
import { HARDWARE } from '../../src/protocol/claim-schemas.ts'
import { AssayError } from '../../src/protocol/errors.ts'
import { emptyStatusList, revokeIndex } from '../../src/protocol/status-list.ts'
import {
  type RegistryStore,
  type RootStatement,
  replayLog,
  signStatusUpdate,
  withSignatures,
} from '../../src/registry/index.ts'
import { createRegistryStore } from '../../src/storage/registry-store.ts'
import {
  genesis,
  id,
  makeLog,
  makeSigner,
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

function state(seq: number, issuedAt: number): Promise<RootStatement> {
  const body = {
    type: 'AssayRegistryRoot' as const,
    registryId: id,
    chain: 'none' as const,
    seq,
    logHead: id,
    root: '1',
    atOnce: false,
    issuedAt,
  }
  return withSignatures(body, witnesses)
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
    expect(await store.statementsSince(0)).toEqual([])
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
    await store.insertUpdate(updates[0]!, 0)
    await store.insertUpdate(updates[1]!, 1)
    await store.insertUpdate(updates[2]!, 3)
    await store.insertUpdate(updates[3]!, 0)
    await store.insertUpdate(ofBob, 0)
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
    const lost = await race(store.insertUpdate(a, 10), other.insertUpdate(b, 10))
    expect(lost).toEqual([conflict('Status list 0 has an update after 10 already')])
  })

  it('takes no update that goes back', async () => {
    await expect(store.insertUpdate(await makeUpdate(20, 6), 20)).rejects.toThrow()
    expect(await store.update({ issuer: alice.did, list: 0, seq: 20 })).toBeUndefined()
  })

  it('keeps one statement a number, and the lists of the last that states them', async () => {
    const lists = [{ issuer: alice.did, list: 0, seq: 10 }]
    const statements = await Promise.all([
      state(1, START),
      state(2, START + 300),
      state(3, START + 300),
      state(4, START + 900),
    ])
    await store.insertRoot({ statement: statements[0]!, logSeq: 1, lists: [] })
    expect(await other.latestRoot()).toEqual({ statement: statements[0], logSeq: 1, lists: [] })
    await store.insertRoot({ statement: statements[1]!, logSeq: 3, lists })
    await store.insertRoot({ statement: statements[2]!, logSeq: 3 })
    expect(await other.latestRoot()).toEqual({ statement: statements[2], logSeq: 3, lists })
    const lost = await race(
      store.insertRoot({ statement: statements[3]!, logSeq: 3 }),
      other.insertRoot({ statement: { ...statements[3]!, root: '2' }, logSeq: 3 }),
    )
    expect(lost).toEqual([conflict('There is a root statement 4 already')])
  })

  it.each([
    [0, [1, 2, 3, 4]],
    [START, [1, 2, 3, 4]],
    [START + 1, [1, 2, 3, 4]],
    [START + 300, [1, 2, 3, 4]],
    [START + 301, [3, 4]],
    [START + 900, [3, 4]],
    [START + 901, [4]],
  ])('gives the statements since %i and the one before them', async (since, numbers) => {
    expect((await store.statementsSince(since)).map(({ seq }) => seq)).toEqual(numbers)
  })

  describe('inside a transaction', () => {
    it('refuses a taken place without spoiling the rest, and undoes all of it together', async () => {
      const database = await open()
      const update = await makeUpdate(30, 8, 9)
      const undone = database.transaction(async (tx) => {
        const inside = createRegistryStore(tx)
        await expect(inside.insertEntry(entries[0]!)).rejects.toMatchObject({ code: 'conflict' })
        await inside.insertUpdate(update, 0)
        throw new RangeError('undo')
      })
      await expect(undone).rejects.toThrow('undo')
      expect(await store.update(update)).toBeUndefined()
      await database.transaction((tx) => createRegistryStore(tx).insertUpdate(update, 0))
      expect(await other.update(update)).toEqual(update)
    })
  })
})
