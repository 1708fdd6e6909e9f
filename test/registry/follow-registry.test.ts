import { afterAll, beforeAll, expect, it } from 'vitest'
import { HARDWARE } from '../../src/protocol/claim-schemas.ts'
import { emptyStatusList, revokeIndex } from '../../src/protocol/status-list.ts'
import {
  addSignature,
  applyStatusUpdate,
  createRegistry,
  followRegistry,
  govern,
  publishDue,
  type Registry,
  type RegistrySource,
  type RootStatement,
  signCut,
  signStatusUpdate,
} from '../../src/registry/index.ts'
import type { Database } from '../../src/storage/database.ts'
import { openDatabase } from '../../src/storage/open-database.ts'
import { createRegistryStore } from '../../src/storage/registry-store.ts'
import { describeOnEachDatabase, freshFolder } from '../shared/databases.ts'
import { governors, INTERVAL, makeBootClock, makeSigner, resolveKeys, START, trustAction, witnesses } from './world.ts'

const alice = makeSigner('alice')
const founders = {
  governors: governors.map(({ did }) => did),
  witnesses: witnesses.map(({ did, address }) => ({ did, address })),
}
const time = { now: START }
const clock = () => time.now
const bootClock = makeBootClock(() => time.now)
const nextInterval = () => {
  time.now += INTERVAL
}

/** A publisher with one witness key, and a witness with a store and a key of its own. */
describeOnEachDatabase('a witness of its own', (open) => {
  let copyDatabase: Database
  let remove: () => Promise<void>
  let publisher: Registry
  let witness: Registry
  const own = witnesses[1]!

  const source: RegistrySource = {
    entries: () => publisher.store.entriesAfter(0),
    pending: async () => {
      const cut = await publisher.store.cutBefore({ number: Math.floor(time.now / INTERVAL) + 1, sub: 0 })
      return { cut, statement: await publisher.store.root(cut!) }
    },
    update: async (name) => (await publisher.store.update(name))!,
  }
  const follow = (changed: Partial<RegistrySource> = {}) => followRegistry(witness, { ...source, ...changed }, own)

  beforeAll(async () => {
    time.now = START
    const effects = { clock, bootClock, resolveKeys }
    const store = createRegistryStore((await open()).db)
    publisher = await createRegistry({ ...effects, store, witnesses: witnesses.slice(0, 1) }, founders)
    const folder = await freshFolder()
    copyDatabase = await openDatabase(folder.target)
    remove = folder.remove
    const copy = createRegistryStore(copyDatabase.db)
    await copy.insertGenesis(publisher.genesis)
    witness = await createRegistry({ ...effects, store: copy, witnesses: [] }, founders)
    const trust = await trustAction(alice, { registry: publisher.registryId })
    await govern(publisher, trust, governors.slice(0, 2))
  })

  afterAll(async () => {
    await copyDatabase.close()
    await remove()
  })

  const updateOf = (seq: number, revoked: number[]) => {
    const bits = revoked.reduce(revokeIndex, emptyStatusList())
    return signStatusUpdate({ registryId: publisher.registryId, schema: HARDWARE, list: 0, seq, bits }, alice)
  }

  it('recomputes the root of a cut, and its signature makes the root count', async () => {
    await applyStatusUpdate(publisher, await updateOf(1, [5]))
    await expect(publishDue(publisher)).rejects.toMatchObject({ code: 'notEnoughSignatures' })
    const signed = await follow()
    await addSignature(publisher, signed!, signed!.signature)
    const root = await publishDue(publisher)
    expect(root.signatures.map(({ signer }) => signer)).toEqual([witnesses[0]!.did, own.did])
    expect(await follow()).toBeUndefined()
  })

  it('goes on from its own copy, and refuses an update that clears a bit, though the publisher took it', async () => {
    nextInterval()
    await applyStatusUpdate(publisher, await updateOf(2, [5, 6]))
    await publishDue(publisher)
    const signed = await follow()
    await addSignature(publisher, signed!, signed!.signature)
    nextInterval()
    // a publisher that checks nothing
    await publisher.store.insertUpdate(await updateOf(3, [6]), 2, time.now)
    await publishDue(publisher)
    await expect(follow()).rejects.toMatchObject({ code: 'unrevocationForbidden' })
  })

  it('refuses a root that is not that of its cut, a cut of its number that differs, and another state of a list', async () => {
    const { cut, statement } = (await source.pending()) as {
      cut: Parameters<typeof signCut>[0]
      statement: RootStatement
    }
    const { signature: _, ...body } = cut as Awaited<ReturnType<typeof signCut>>
    const before = await publisher.store.cutBefore(body)
    const { lists } = before!
    const honest = await signCut({ ...body, lists }, witnesses[0]!)
    const wrong = { ...statement, root: '5' }
    await expect(follow({ pending: async () => ({ cut: honest, statement: wrong }) })).rejects.toMatchObject({
      code: 'cutInvalid',
    })
    const other = await signCut({ ...body, lists, issuedAt: body.issuedAt + 1 }, witnesses[0]!)
    await expect(follow({ pending: async () => ({ cut: other, statement }) })).rejects.toMatchObject({
      code: 'rootConflict',
    })
    nextInterval()
    const claimed = [{ ...lists[0]!, seq: 9, digest: 'E'.repeat(43) }]
    const later = await signCut({ ...body, number: body.number + 1, lists: claimed }, witnesses[0]!)
    const given = { pending: async () => ({ cut: later, statement }), update: () => updateOf(9, [5, 6]) }
    await expect(follow(given)).rejects.toMatchObject({ code: 'cutInvalid' })
  })
})
