import { expect, it } from 'vitest'
import { HARDWARE } from '../../src/protocol/index.ts'
import { emptyState, type LedgerEntry, type LedgerStore, serialiseState } from '../../src/reputation/index.ts'
import type { Db } from '../../src/storage/database.ts'
import { createLedgerStore } from '../../src/storage/ledger-store.ts'
import { describeOnEachDatabase } from '../shared/databases.ts'

const settings = { epochSeconds: 60, genesisEpoch: 7 }
const state = serialiseState(emptyState(settings))
const standing = { score: 5, lower: 1, upper: 900, horizon: 10, voids: 0 }
let pseudonym = 0n

function entry(kind: 'join' | 'retire' | 'uptime' | 'jobs', id: string, epoch = 8): LedgerEntry {
  const common = { entryId: `${pseudonym}/${id}`, acceptedAt: 1000 }
  const device = { ...common, devicePseudonym: '3' }
  if (kind === 'join') return { kind, ...device, joinEpoch: 7, inheritedSilence: 0 }
  if (kind === 'retire') return { kind, ...device, from: 20 }
  if (kind === 'uptime') {
    return { kind, ...device, epoch, rungMicro: 990_000, uptimeSource: 'measured', gopsSource: 'attested' }
  }
  const counts = { completed: 1, failed: 0, disputed: 0, ratingSum: 0, ratingCount: 0 }
  return {
    kind,
    ...common,
    marketplace: 'urn:assay:schema:jobs:1:m',
    week: epoch,
    firstWeek: 1,
    ...counts,
    source: 'measured',
  }
}

function hardware(id: string, provedAt: number, min: string): LedgerEntry {
  const common = { entryId: `${pseudonym}/${id}`, acceptedAt: 1000, devicePseudonym: '3' }
  const ranges = { gops: { source: 'measured' as const }, vramMiB: { min, source: 'measured' as const } }
  return { kind: 'hardware', ...common, schema: HARDWARE, ranges, provedAt, expires: 9000 }
}

describeOnEachDatabase('the ledger store', (open) => {
  const store = async (): Promise<LedgerStore<Db>> => createLedgerStore(await open())
  const begin = async () => {
    const opened = await store()
    pseudonym += 1n
    const of = pseudonym
    await opened.transaction((tx) => tx.lockOrCreate({ pseudonym: of, state, listed: false }))
    const add = (...entries: LedgerEntry[]) => opened.transaction((tx) => tx.addEntries(of, entries))
    return { ...opened, add, of }
  }

  it('keeps the first settings, whoever comes second', async () => {
    const [here, there] = [await store(), await store()]
    const [a, b] = await Promise.all([here.settings(settings), there.settings({ ...settings, genesisEpoch: 9 })])
    expect(b).toEqual(a)
    expect(await here.settings({ epochSeconds: 1, genesisEpoch: 1 })).toEqual(a)
  })

  it('makes a record once, and gives what was saved', async () => {
    const { transaction, of } = await begin()
    await transaction((tx) => tx.save({ pseudonym: of, state, listed: true }, standing))
    const again = await transaction((tx) => tx.lockOrCreate({ pseudonym: of, state, listed: false }))
    expect(again).toEqual({ pseudonym: of, state, listed: true })
    expect(await transaction((tx) => tx.lock(10n ** 40n))).toBeUndefined()
    await transaction((tx) => tx.save({ ...again, listed: false }, standing))
  })

  it('lets the constraints decide: one proof a device and epoch, one a marketplace and week, one joining, one retirement', async () => {
    const { add, entries, of } = await begin()
    const first = [entry('join', 'j'), entry('uptime', 'u'), entry('jobs', 'w'), entry('retire', 'r')]
    expect(await add(...first)).toBe(true)
    for (const kind of ['join', 'retire', 'uptime', 'jobs'] as const)
      expect(await add(entry(kind, 'other'))).toBe(false)
    expect(await add(entry('uptime', 'u', 9))).toBe(false)
    expect(await add(entry('uptime', 'u9', 9), entry('jobs', 'w9', 9))).toBe(true)
    const byId = (a: LedgerEntry, b: LedgerEntry) => (a.entryId < b.entryId ? -1 : 1)
    const expected = [...first, entry('uptime', 'u9', 9), entry('jobs', 'w9', 9)].sort(byId)
    expect((await entries(of, 1000)).sort(byId)).toEqual(expected)
    expect(await entries(of, 999)).toEqual([])
  })

  it('keeps nothing of a transaction that fails', async () => {
    const { transaction, entries, of } = await begin()
    const failing = transaction(async (tx) => {
      await tx.addEntries(of, [entry('join', 'j')])
      await tx.addSession(of, 'key')
      throw new Error('too late')
    })
    await expect(failing).rejects.toThrow('too late')
    expect(await entries(of, 1000)).toEqual([])
    expect(await transaction((tx) => tx.hasSession(of, 'key'))).toBe(false)
  })

  it('remembers session keys by pseudonym', async () => {
    const { transaction, of } = await begin()
    await transaction(async (tx) => {
      await tx.addSession(of, 'key')
      await tx.addSession(of, 'key')
    })
    expect(await transaction((tx) => tx.hasSession(of, 'key'))).toBe(true)
    expect(await transaction((tx) => tx.hasSession(of + 1000n, 'key'))).toBe(false)
  })

  it('shows the newest capability of a device, in whatever order proofs come', async () => {
    const { add, capabilities, of } = await begin()
    await add(hardware('b', 500, '2'), hardware('c', 400, '1'), hardware('a', 500, '3'), hardware('d', 500, '4'))
    const [shown, ...more] = await capabilities([of], 8999)
    expect(more).toEqual([])
    expect(shown).toEqual({ ...hardware('a', 500, '3'), pseudonym: of })
    expect(await capabilities([of], 9000)).toEqual([])
    expect(await capabilities([], 0)).toEqual([])
  })

  it('hands out stale listed records, and not those that another transaction has locked', async () => {
    const [one, two] = [await begin(), await begin()]
    for (const { transaction, of } of [one, two]) {
      await transaction((tx) => tx.save({ pseudonym: of, state, listed: true }, standing))
    }
    const stale = async (current: { horizon: number; voids: number }, limit = 9) => {
      const records = await one.transaction((tx) => tx.lockStale({ ...current, limit }))
      return records.map(({ pseudonym: of }) => of)
    }
    expect(await stale({ horizon: 10, voids: 0 })).toEqual([])
    expect((await stale({ horizon: 11, voids: 0 })).sort()).toEqual([one.of, two.of].sort())
    expect(await stale({ horizon: 10, voids: 1 }, 1)).toHaveLength(1)
    const { kind } = await open()
    if (kind === 'postgres') {
      const seen = await two.transaction(async (tx) => {
        await tx.lock(one.of)
        return stale({ horizon: 11, voids: 0 })
      })
      expect(seen).toEqual([two.of])
    }
  })

  it('takes a void epoch once', async () => {
    const { transaction, voids } = await store()
    const signature = { signer: 'did:example:reputation', value: 'A'.repeat(86) }
    const statement = { epoch: 12, declaredAt: 1000, reason: 'an outage', signature }
    expect(await transaction((tx) => tx.addVoid(statement))).toBe(true)
    expect(await transaction((tx) => tx.addVoid({ ...statement, reason: 'again' }))).toBe(false)
    expect(await voids()).toEqual([statement])
  })
})
