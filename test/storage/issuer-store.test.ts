import { describe, expect, it } from 'vitest'
import type { DeviceRecord, IssuedRecord, StatusOwner } from '../../src/issuer/index.ts'
import { FIELD_ORDER } from '../../src/protocol/index.ts'
import { createIssuerStore } from '../../src/storage/issuer-store.ts'
import { postgresError } from '../../src/storage/postgres-error.ts'
import { devices, statusEntries } from '../../src/storage/schema/issuer.ts'
import { describeOnEachDatabase } from '../shared/databases.ts'

const record = (device: bigint, change: Partial<DeviceRecord> = {}): DeviceRecord => ({
  ...{ device, binding: FIELD_ORDER - 1n, agentKey: `key of ${device}`, generation: 0, firstEpoch: 1 },
  ...{ inheritedSilence: 0, source: 2, boundAt: 3, seenAt: 4, ...change },
})
const owner = (schema: string, binding = 1n): StatusOwner => ({
  ...{ issuer: 'did:key:i', schema, holder: 'did:key:h', subject: 9n, binding, model: 0n },
})
const place = (list: number, index: number, members: string[] = []) => ({ list, index, variant: 0, members })

describeOnEachDatabase('the issuer store', (openDatabase) => {
  let opened: ReturnType<typeof openDatabase> | undefined
  const open = () => (opened ??= openDatabase())
  const setUp = async () => {
    const database = await open()
    return { ...database, store: createIssuerStore(database) }
  }

  describe('devices', () => {
    it('are had by one binding, whoever races', async () => {
      const { store, db } = await setUp()
      const inserts = [1n, 2n, 3n].map((binding) =>
        store.transaction((tx) => tx.insertDevice(record(10n, { binding, agentKey: `${binding}` }))),
      )
      expect((await Promise.all(inserts)).filter(Boolean)).toHaveLength(1)
      const twice = db.insert(devices).values(record(10n, { agentKey: 'another' }))
      await expect(twice).rejects.toSatisfy((error) => postgresError(error)?.constraint === 'devices_pkey')
    })

    it('come back as they were written', async () => {
      const { store } = await setUp()
      await store.transaction((tx) => tx.insertDevice(record(11n)))
      await store.transaction((tx) => tx.updateDevice(record(11n, { source: 3, generation: 2, seenAt: 9 })))
      const found = await store.transaction((tx) => tx.lockDevice(11n))
      expect(found).toEqual(record(11n, { source: 3, generation: 2, seenAt: 9 }))
    })

    it('are never self-reported', async () => {
      const { store } = await setUp()
      const insert = store.transaction((tx) => tx.insertDevice(record(12n, { source: 1 })))
      await expect(insert).rejects.toSatisfy((error) => postgresError(error)?.constraint === 'devices_source_measured')
    })

    it('have agent keys of their own', async () => {
      const { store } = await setUp()
      await store.transaction((tx) => tx.insertDevice(record(13n)))
      await store.transaction((tx) => tx.insertDevice(record(14n)))
      const refusal = {
        code: 'conflict',
        message: 'The agent key serves another device: each device has an agent key of its own',
      }
      const agentKey = 'key of 13'
      await expect(store.transaction((tx) => tx.insertDevice(record(15n, { agentKey })))).rejects.toMatchObject(refusal)
      await expect(store.transaction((tx) => tx.updateDevice(record(14n, { agentKey })))).rejects.toMatchObject(refusal)
    })

    it('keep the DID under which an issuer met the holder, and claims, until they change hands', async () => {
      const { store } = await setUp()
      await store.transaction(async (tx) => {
        await tx.insertDevice(record(16n))
        await tx.putDeviceHolder(16n, 'did:key:i', 'did:key:other')
        await tx.putDeviceHolder(16n, 'did:key:i', 'did:key:h')
        await tx.putDeviceClaim({ device: 16n, binding: 5n, claimedAt: 1 })
        await tx.putDeviceClaim({ device: 16n, binding: 5n, claimedAt: 2 })
      })
      const read = () =>
        store.transaction(async (tx) => [
          await tx.findDeviceHolder(16n, 'did:key:i'),
          await tx.findDeviceHolder(16n, 'did:key:j'),
          await tx.findDeviceClaim(16n, 5n),
          await tx.findDeviceClaim(16n, 6n),
        ])
      expect(await read()).toEqual(['did:key:h', undefined, { device: 16n, binding: 5n, claimedAt: 2 }, undefined])
      await store.transaction((tx) => tx.forgetDeviceRights(16n))
      expect(await read()).toEqual([undefined, undefined, undefined, undefined])
    })
  })

  describe('status indices', () => {
    it('belong to one owner, and an owner has one', async () => {
      const { store, db } = await setUp()
      const list = await store.transaction((tx) => tx.openStatusList('did:key:i', 's'))
      const insert = (binding: bigint, index: number) =>
        store.transaction((tx) => tx.insertStatusEntry(owner('s', binding), place(list, index)))
      expect(await insert(1n, 7)).toBe(true)
      expect(await insert(1n, 8)).toBe(false)
      expect(await insert(2n, 7)).toBe(false)
      expect(await insert(2n, 8)).toBe(true)
      expect(await store.transaction((tx) => tx.takenIndices(list, [7, 9]))).toEqual([7])
      expect((await store.transaction((tx) => tx.takenIndices(list))).sort()).toEqual([7, 8])
      const beyond = insert(3n, 131_072)
      await expect(beyond).rejects.toSatisfy((e) => postgresError(e)?.constraint === 'status_entries_index_range')
      const unsigned = db.update(statusEntries).set({ revokedAt: 5 })
      await expect(unsigned).rejects.toSatisfy(
        (e) => postgresError(e)?.constraint === 'status_entries_revocation_whole',
      )
    })

    it('keep why they are revoked', async () => {
      const { store } = await setUp()
      const list = await store.transaction((tx) => tx.openStatusList('did:key:i', 'r'))
      const revocation = { reason: 'because', by: 'did:key:o', revokedAt: 5 }
      await store.transaction(async (tx) => {
        await tx.insertStatusEntry(owner('r'), place(list, 3, ['a']))
        await tx.insertStatusEntry(owner('r', 2n), place(list, 1))
        await tx.revokeStatusEntry({ list, index: 3 }, revocation)
      })
      expect(await store.transaction((tx) => tx.lockStatusEntry(owner('r')))).toEqual({
        ...{ ...owner('r'), ...place(list, 3, ['a']), revocation },
      })
      expect(await store.transaction((tx) => tx.lockStatusEntry(owner('r', 2n)))).toMatchObject({
        revocation: undefined,
      })
      expect(await store.transaction((tx) => tx.lockStatusEntry(owner('r', 3n)))).toBeUndefined()
      expect(await store.transaction((tx) => tx.revokedIndices(list))).toEqual([3])
    })

    it('are in one list at a time, also when many open it', async () => {
      const { store } = await setUp()
      const openOne = () => store.transaction((tx) => tx.openStatusList('did:key:i', 'o'))
      const [list, ...others] = await Promise.all([openOne(), openOne(), openOne(), openOne()])
      expect(others.every((other) => other === list)).toBe(true)
      await store.transaction((tx) => tx.markListFull(list!))
      expect(await openOne()).not.toBe(list)
    })
  })

  describe('members', () => {
    const card = (end: number) => ({ id: `00000000-0000-4000-8000-${String(end).padStart(12, '0')}` })

    it('are in one device: whoever comes second is told whose they are', async () => {
      const { store } = await setUp()
      for (const device of [30n, 31n]) await store.transaction((tx) => tx.insertDevice(record(device)))
      const take = (device: bigint) =>
        store.transaction(async (tx) => {
          const contested = await tx.lockMembers(device, [card(1), card(2)])
          if (contested.length === 0) await tx.setMembers(device, [card(1), card(2)])
          return contested
        })
      const results = await Promise.all([take(30n), take(31n)])
      const refused = results.filter((contested) => contested.length > 0)
      expect(refused).toHaveLength(1)
      expect(refused[0]!.map(({ member }) => member)).toEqual([card(1).id, card(2).id])
    })

    it('come back with the devices of a holder, and go with their device’s new list', async () => {
      const { store } = await setUp()
      await store.transaction(async (tx) => {
        await tx.insertDevice(record(32n))
        await tx.putDeviceHolder(32n, 'did:key:i', 'did:key:m')
        await tx.setMembers(32n, [card(5), { id: card(6).id, parent: card(7).id }])
      })
      const held = () => store.transaction((tx) => tx.findHeldDevices('did:key:i', 'did:key:m'))
      const [found] = await held()
      expect(found).toMatchObject({ device: 32n, generation: 0 })
      expect(found!.members).toEqual(expect.arrayContaining([card(5), { id: card(6).id, parent: card(7).id }]))
      await store.transaction((tx) => tx.setMembers(32n, [card(5)]))
      expect((await held())[0]!.members).toEqual([card(5)])
      expect(await store.transaction((tx) => tx.findHeldDevices('did:key:j', 'did:key:m'))).toEqual([])
    })
  })

  it('uses a release once, whoever races', async () => {
    const { store } = await setUp()
    const use = () => store.transaction((tx) => tx.useRelease('serial', 5))
    expect((await Promise.all([use(), use(), use()])).filter(Boolean)).toHaveLength(1)
  })

  it('keeps bars until they are lifted', async () => {
    const { store } = await setUp()
    const bar = { device: 40n, binding: 1n, holder: 'did:key:h', reason: 'a lie', by: 'did:key:o', barredAt: 5 }
    await store.transaction((tx) => tx.addBar(bar))
    expect(await store.transaction((tx) => tx.findBars(40n))).toEqual([bar])
    expect(await store.transaction((tx) => tx.liftBars(40n))).toBe(1)
    expect(await store.transaction((tx) => tx.findBars(40n))).toEqual([])
  })

  it('revokes what names a member, and frees indices of which all has expired', async () => {
    const { store } = await setUp()
    const list = await store.transaction((tx) => tx.openStatusList('did:key:f', 'f'))
    const of = (binding: bigint) => ({ ...owner('f', binding), issuer: 'did:key:f' })
    const credential = (index: number, expiresAt: number): IssuedRecord => ({
      ...{ issuer: 'did:key:f', schema: 'f', holder: 'did:key:h', binding: 1n, device: 1n },
      ...{ list, index, id: `free ${index}`, issuedAt: 1, expiresAt },
      ...{ jwt: 'jwt', jwtHash: 'hash', requestId: `free ${index}`, requestHash: 'h' },
    })
    await store.transaction(async (tx) => {
      await tx.insertStatusEntry(of(51n), place(list, 1, ['a', 'b']))
      await tx.insertStatusEntry(of(52n), place(list, 2, ['b']))
      await tx.insertStatusEntry(of(53n), place(list, 3))
      for (const [index, expiresAt] of [
        [1, 100],
        [2, 100],
        [3, 200],
      ] as const) {
        await tx.insertIssued(credential(index, expiresAt))
      }
      await tx.revokeForMember(51n, 'b', { reason: 'moved', by: 'did:key:f', revokedAt: 9 })
      await tx.markListFull(list)
    })
    expect(await store.transaction((tx) => tx.revokedIndices(list))).toEqual([1])
    await store.transaction((tx) => tx.freeStatusEntries(101))
    // the revoked one stays for good, and the one that lives on
    expect((await store.transaction((tx) => tx.takenIndices(list))).sort()).toEqual([1, 3])
    expect(await store.transaction((tx) => tx.findIssued('free 2'))).toBeUndefined()
    expect(await store.transaction((tx) => tx.openStatusList('did:key:f', 'f'))).toBe(list)
  })

  it('keeps an issued credential under one request', async () => {
    const { store } = await setUp()
    const list = await store.transaction((tx) => tx.openStatusList('did:key:i', 'c'))
    const issued: IssuedRecord = {
      ...{ issuer: 'did:key:i', schema: 'c', holder: 'did:key:h', binding: 1n },
      ...{ list, index: 5, id: 'a', device: 1n, issuedAt: 1, expiresAt: 2 },
      ...{ jwt: 'jwt', jwtHash: 'hash', requestId: 'r', requestHash: 'h' },
    }
    await store.transaction((tx) => tx.insertStatusEntry(owner('c'), place(list, 5)))
    const insert = (change: Partial<IssuedRecord>) =>
      store.transaction((tx) => tx.insertIssued({ ...issued, ...change }))
    expect(await insert({})).toBe(true)
    expect(await insert({ id: 'b' })).toBe(false)
    expect(await insert({ requestId: 'other' })).toBe(false)
    expect(await insert({ id: 'b', holder: 'did:key:g' })).toBe(true)
    await expect(insert({ id: 'c', requestId: 'c', index: 6 })).rejects.toSatisfy(
      (error) => postgresError(error)?.code === '23503',
    )
    const find = store.transaction((tx) => tx.findIssuedByRequest('did:key:i', 'did:key:h', 'r'))
    expect(await find).toEqual(issued)
    expect(await store.transaction((tx) => tx.findIssued('none'))).toBeUndefined()
  })
})
