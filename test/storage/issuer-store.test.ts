import { describe, expect, it } from 'vitest'
import type { DeviceRecord, IssuedRecord } from '../../src/issuer/index.ts'
import { FIELD_ORDER } from '../../src/protocol/index.ts'
import { createIssuerStore } from '../../src/storage/issuer-store.ts'
import { postgresError } from '../../src/storage/postgres-error.ts'
import { devices, statusEntries } from '../../src/storage/schema/issuer.ts'
import { describeOnEachDatabase } from '../shared/databases.ts'

const record = (device: bigint, change: Partial<DeviceRecord> = {}): DeviceRecord => ({
  ...{ device, binding: FIELD_ORDER - 1n, agentKey: `key of ${device}`, firstEpoch: 1, sinceEpoch: 2 },
  ...{ assurance: 2, boundAt: 3, seenAt: 4, ...change },
})
const owner = (schema: string, binding = 1n) => ({ issuer: 'did:key:i', schema, binding })

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
      await store.transaction((tx) => tx.updateDevice(record(11n, { assurance: 3, seenAt: 9 })))
      const found = await store.transaction((tx) => tx.lockDevice(11n))
      expect(found).toEqual(record(11n, { assurance: 3, seenAt: 9 }))
    })

    it('are never self-reported', async () => {
      const { store } = await setUp()
      const insert = store.transaction((tx) => tx.insertDevice(record(12n, { assurance: 1 })))
      await expect(insert).rejects.toSatisfy(
        (error) => postgresError(error)?.constraint === 'devices_assurance_measured',
      )
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

    it('keep the first DID an issuer met the holder under, and claims, until they change hands', async () => {
      const { store } = await setUp()
      await store.transaction(async (tx) => {
        await tx.insertDevice(record(16n))
        await tx.addDeviceHolder(16n, 'did:key:i', 'did:key:h')
        await tx.addDeviceHolder(16n, 'did:key:i', 'did:key:other')
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
      await store.transaction((tx) => tx.forgetDeviceHolders(16n))
      expect(await read()).toEqual([undefined, undefined, undefined, undefined])
    })
  })

  describe('status indices', () => {
    it('belong to one owner, and an owner has one', async () => {
      const { store, db } = await setUp()
      const list = await store.transaction((tx) => tx.openStatusList('did:key:i', 's'))
      const insert = (binding: bigint, index: number) =>
        store.transaction((tx) => tx.insertStatusEntry(owner('s', binding), { list, index }))
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
        await tx.insertStatusEntry(owner('r'), { list, index: 3 })
        await tx.insertStatusEntry(owner('r', 2n), { list, index: 1 })
        await tx.revokeStatusEntry({ list, index: 3 }, revocation)
      })
      expect(await store.transaction((tx) => tx.lockStatusEntry(owner('r')))).toEqual({
        ...{ ...owner('r'), list, index: 3, revocation },
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

  it('keeps an issued credential under one request', async () => {
    const { store } = await setUp()
    const list = await store.transaction((tx) => tx.openStatusList('did:key:i', 'c'))
    const issued: IssuedRecord = {
      ...{ ...owner('c'), list, index: 5, id: 'a', holder: 'did:key:h', issuedAt: 1, expiresAt: 2 },
      ...{ jwt: 'jwt', jwtHash: 'hash', requestId: 'r', requestHash: 'h' },
    }
    await store.transaction((tx) => tx.insertStatusEntry(owner('c'), { list, index: 5 }))
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
