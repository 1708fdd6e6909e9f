import { beforeAll, expect, it } from 'vitest'
import { HARDWARE, UPTIME } from '../../src/protocol/claim-schemas.ts'
import { AssayError } from '../../src/protocol/errors.ts'
import { emptyStatusList, revokeIndex } from '../../src/protocol/status-list.ts'
import {
  type Action,
  appendEntry,
  applyStatusUpdate,
  checkRoot,
  createRegistry,
  draftEntry,
  govern,
  publishIfDue,
  publishRoot,
  type Registry,
  readLog,
  readRoots,
  readSnapshot,
  rootWindows,
  type Signer,
  signStatusUpdate,
  verifyLog,
  verifySnapshot,
  verifyStatements,
  withSignatures,
} from '../../src/registry/index.ts'
import type { Database } from '../../src/storage/database.ts'
import { createRegistryStore } from '../../src/storage/registry-store.ts'
import { describeOnEachDatabase } from '../shared/databases.ts'
import { governors, makeSigner, resolveKeys, START, trustAction, witnesses } from './world.ts'

const [alice, bob] = [makeSigner('alice'), makeSigner('bob')]
const founders = { governors: governors.map(({ did }) => did), witnesses: witnesses.map(({ did }) => did) }
const limits = { graceSeconds: 600, maxAgeSeconds: 600 }

/** A clock that a test moves. */
const time = { now: START }
const clock = () => time.now

function effectsOn({ db }: Database, signers: readonly Signer[] = witnesses.slice(0, 2)) {
  return { store: createRegistryStore(db), clock, resolveKeys, witnesses: signers }
}

const twoGovernors = governors.slice(0, 2)

function updateOf(registry: Registry, issuer: Signer, seq: number, revoked: number[], list = 0, schema = HARDWARE) {
  const bits = revoked.reduce(revokeIndex, emptyStatusList())
  return signStatusUpdate({ registryId: registry.registryId, schema, list, seq, bits }, issuer)
}

const trustOf = (registry: Registry, issuer: Signer, options = {}) => {
  return trustAction(issuer, { registry: registry.registryId, ...options })
}

const viewOf = async ({ registryId }: Registry, json: unknown) => {
  return verifySnapshot(JSON.parse(JSON.stringify(json)), { registryId, resolveKeys, now: time.now, maxAge: 600 })
}

describeOnEachDatabase('a running registry', (open) => {
  let registry: Registry
  let other: Registry

  beforeAll(async () => {
    time.now = START
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
    expect(registry.genesis).toMatchObject({ governorThreshold: 2, witnessThreshold: 2, createdAt: START })
    const wrong = createRegistry(effectsOn(await open()), { ...founders, governors: [alice.did] })
    await expect(wrong).rejects.toMatchObject({ code: 'configInvalid' })
  })

  it('has no snapshot before its first root', async () => {
    await expect(readSnapshot(registry)).rejects.toEqual(
      new AssayError('unavailable', 'The registry has not published a root yet'),
    )
  })

  it('publishes at once what governors decide, and both processes serve it', async () => {
    await publishRoot(registry)
    const statement = await govern(registry, await trustOf(registry, alice), twoGovernors)
    expect(statement).toMatchObject({ seq: 2, atOnce: false, issuedAt: START })
    await govern(other, await trustOf(registry, bob, { schema: UPTIME }), twoGovernors)
    const [mine, theirs] = await Promise.all([readSnapshot(registry), readSnapshot(other)])
    expect(theirs).toEqual(mine)
    expect(mine.leaves.map(({ issuer, state }) => [issuer, state])).toEqual([
      [alice.did, 'active'],
      [bob.did, 'active'],
    ])
    const view = await viewOf(registry, mine)
    expect(view.trustedIssuers(HARDWARE)).toBe(1)
  })

  it('mirrors a status list and derives the root from it', async () => {
    const before = await readSnapshot(registry)
    time.now += 10
    const update = await updateOf(registry, alice, 1, [7])
    const statement = await applyStatusUpdate(registry, JSON.parse(JSON.stringify(update)))
    expect(statement.root).not.toBe(before.statement.root)
    for (const process of [registry, other]) {
      const snapshot = await readSnapshot(process)
      expect(snapshot.statusLists).toEqual([update])
      expect((await viewOf(registry, snapshot)).isRevoked({ issuer: alice.did, list: 0 }, 7)).toBe(true)
    }
  })

  it('takes the newest update again without a word, and refuses older ones and other ones of its number', async () => {
    const { statement } = await readSnapshot(registry)
    expect(await applyStatusUpdate(other, await updateOf(registry, alice, 1, [7]))).toEqual(statement)
    await expect(applyStatusUpdate(other, await updateOf(registry, alice, 1, [7, 8]))).rejects.toMatchObject({
      code: 'sequenceStale',
      message: 'Status list 0 is at sequence number 1, got 1',
    })
    await expect(applyStatusUpdate(other, await updateOf(registry, alice, 2, []))).rejects.toMatchObject({
      code: 'unrevocationForbidden',
    })
  })

  it('lets the governors clear a revocation', async () => {
    await govern(registry, { type: 'clearRevocations', issuer: alice.did, list: 0, seq: 5 }, twoGovernors)
    await applyStatusUpdate(other, await updateOf(registry, alice, 5, [9]))
    const view = await viewOf(registry, await readSnapshot(registry))
    expect([7, 9].map((index) => view.isRevoked({ issuer: alice.did, list: 0 }, index))).toEqual([false, true])
  })

  it('lets only one of two writers take a place in the log', async () => {
    const actions: Action[] = [
      { type: 'clearRevocations', issuer: bob.did, list: 0, seq: 100 },
      { type: 'clearRevocations', issuer: bob.did, list: 0, seq: 200 },
    ]
    const drafts = await Promise.all(actions.map((action) => draftEntry(registry, action)))
    const entries = await Promise.all(drafts.map((draft) => withSignatures(draft, twoGovernors)))
    const outcomes = await Promise.allSettled([appendEntry(registry, entries[0]), appendEntry(other, entries[1])])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const lost = outcomes.findIndex(({ status }) => status === 'rejected')
    expect(outcomes[lost]).toMatchObject({ reason: { name: 'AssayError', code: 'conflict' } })
    await expect(appendEntry(registry, entries[lost])).rejects.toMatchObject({ code: 'conflict' })
    const { logHead } = (await readSnapshot(registry)).statement
    const options = { registryId: registry.registryId, genesis: registry.genesis, resolveKeys, head: logHead }
    const trust = await verifyLog(await readLog(other), options)
    // the winner's entry again is answered, not refused
    await appendEntry(other, entries[1 - lost])
    expect((await verifyLog(await readLog(other), options)).head).toBe(trust.head)
  })

  it('lets only one of two updates follow another, so neither undoes the other', async () => {
    const updates = [await updateOf(registry, alice, 6, [9, 10]), await updateOf(registry, alice, 7, [9, 11])]
    const outcomes = await Promise.allSettled([
      applyStatusUpdate(registry, updates[0]),
      applyStatusUpdate(other, updates[1]),
    ])
    const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []))
    expect(refusals).toHaveLength(1)
    expect(['conflict', 'sequenceStale', 'unrevocationForbidden']).toContain(refusals[0])
  })

  it('suspends on the word of one governor and ends older roots at once', async () => {
    const before = await readSnapshot(registry)
    time.now += 10
    const statement = await govern(registry, { type: 'suspend', slot: 0 }, governors.slice(2))
    expect(statement).toMatchObject({ atOnce: true, issuedAt: time.now })
    const roots = await verifyStatements(await readRoots(other, START), { ...registry, resolveKeys })
    expect(checkRoot(roots, BigInt(before.statement.root), time.now, limits)).toBe('rootSuperseded')
    expect(checkRoot(roots, BigInt(statement.root), time.now, limits)).toBeUndefined()
    expect((await viewOf(registry, await readSnapshot(other))).trustedIssuers(HARDWARE)).toBe(0)
    expect((await publishRoot(other)).atOnce).toBe(false)
  })

  it('goes back to the old root when k governors reinstate', async () => {
    const suspended = await readSnapshot(registry)
    await expect(govern(registry, { type: 'reinstate', slot: 0 }, governors.slice(2))).rejects.toMatchObject({
      code: 'notEnoughSignatures',
    })
    await govern(registry, { type: 'reinstate', slot: 0 }, twoGovernors)
    const snapshot = await readSnapshot(registry)
    expect(snapshot.statement.root).not.toBe(suspended.statement.root)
    expect((await viewOf(registry, snapshot)).trustedIssuers(HARDWARE)).toBe(1)
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

  it('states the root each interval, changed or not, once for all processes', async () => {
    const last = await publishRoot(registry)
    time.now = last.issuedAt + 299
    expect(await publishIfDue(other, 300)).toEqual(last)
    time.now += 1
    const [a, b] = await Promise.all([publishIfDue(registry, 300), publishIfDue(other, 300)])
    expect(a).toEqual(b)
    expect(a).toMatchObject({ seq: last.seq + 1, root: last.root, issuedAt: last.issuedAt + 300 })
    const { statement, statusLists } = await readSnapshot(other)
    expect(statement).toEqual(a)
    expect(statusLists).toHaveLength(1)
  })

  it('publishes with as many witnesses as the threshold, and not with fewer', async () => {
    const lone = { ...registry, witnesses: witnesses.slice(0, 1) }
    await expect(publishRoot(lone)).rejects.toMatchObject({
      code: 'notEnoughSignatures',
      detail: { valid: 1, threshold: 2 },
    })
  })

  it('keeps an entry though it could not be published, and tells of it with the next root', async () => {
    const lone = { ...registry, witnesses: [], cache: {} }
    const entry = await withSignatures(await draftEntry(lone, { type: 'suspend', slot: 1 }), governors.slice(0, 1))
    await expect(appendEntry(lone, entry)).rejects.toMatchObject({ code: 'notEnoughSignatures' })
    const before = await readSnapshot(registry)
    // the snapshot is still that of the newest root, though the log is ahead of it
    expect(before.leaves[1]!.state).toBe('active')
    await viewOf(registry, before)
    await viewOf(registry, await readSnapshot({ ...registry, cache: {} }))
    expect(await appendEntry(registry, entry)).toMatchObject({ seq: before.statement.seq + 1, atOnce: true })
    expect((await readSnapshot(registry)).leaves[1]!.state).toBe('suspended')
  })

  it('refuses to go back in time', async () => {
    const { issuedAt } = await publishRoot(registry)
    time.now = issuedAt - 120
    expect((await publishRoot(registry)).issuedAt).toBe(issuedAt)
    time.now = issuedAt - 121
    await expect(publishRoot(registry)).rejects.toEqual(
      new AssayError('conflict', `The clock (${time.now}) is behind the newest root statement (${issuedAt})`),
    )
    time.now = issuedAt
  })

  it('comes to the same root in a process that starts anew', async () => {
    const anew = await createRegistry(effectsOn(await open()), founders)
    const { root, seq } = await publishRoot(registry)
    expect(await publishRoot(anew)).toMatchObject({ root, seq: seq + 1 })
    expect(await readSnapshot(anew)).toEqual(await readSnapshot(registry))
  })

  it('serves roots without gaps from the one that was current at the time asked for', async () => {
    const all = await readRoots(registry, 0)
    expect(all.statements.map(({ seq }) => seq)).toEqual(all.statements.map((_, i) => i + 1))
    const middle = all.statements[Math.floor(all.statements.length / 2)]!
    const some = await readRoots(registry, middle.issuedAt)
    expect(some.statements.at(-1)).toEqual(all.statements.at(-1))
    expect(some.statements[0]!.issuedAt).toBeLessThan(middle.issuedAt)
    expect(rootWindows(some.statements).at(-1)).toEqual(rootWindows(all.statements).at(-1))
  })

  it('believes no log row that was slipped into the database', async () => {
    const draft = await draftEntry(registry, await trustOf(registry, makeSigner('mallory'), { list: 77 }))
    const forged = await withSignatures(draft, [makeSigner('mallory')])
    await createRegistryStore((await open()).db).insertEntry(forged)
    await expect(publishRoot(registry)).rejects.toMatchObject({ code: 'notEnoughSignatures' })
    await expect(readLog(registry).then((log) => verifyLog(log, { ...registry, resolveKeys }))).rejects.toMatchObject({
      code: 'notEnoughSignatures',
    })
  })
})

describeOnEachDatabase('a registry of one governor and one witness', (open) => {
  it('wants one signature of each', async () => {
    const effects = effectsOn(await open(), [bob])
    const none = createRegistry(effects, { governors: [], witnesses: [bob.did] })
    await expect(none).rejects.toMatchObject({ code: 'malformed' })
    const registry = await createRegistry(effects, { governors: [alice.did], witnesses: [bob.did] })
    expect(registry.genesis).toMatchObject({ governorThreshold: 1, witnessThreshold: 1 })
    expect(await govern(registry, await trustOf(registry, alice), [alice])).toMatchObject({ seq: 1 })
  })
})
