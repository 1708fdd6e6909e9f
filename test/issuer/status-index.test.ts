import { sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { type IssuedCredential, issueCredential, revokeCredential } from '../../src/issuer/index.ts'
import { HARDWARE, statedClaims } from '../../src/protocol/index.ts'
import { createIssuerStore } from '../../src/storage/issuer-store.ts'
import { issuedCredentials, statusEntries } from '../../src/storage/schema/issuer.ts'
import { describeOnEachDatabase } from '../shared/databases.ts'
import { until } from '../shared/until.ts'
import { issueRequest, issuerOf, memberOfName, NOW, person, randomBytes, settings } from './fixture.ts'

const [a, b, c] = ['a', 'b', 'c'].map(memberOfName) as [string, string, string]
const placeOf = ({ list, statusIndex }: IssuedCredential) => `${list}#${statusIndex}`

describeOnEachDatabase('status indices', (openDatabase, kind) => {
  let opened: ReturnType<typeof openDatabase> | undefined
  const open = () => (opened ??= openDatabase())
  const setUp = async (name: string) => {
    const issuer = issuerOf(`${name} ${kind}`)
    const database = await open()
    const store = createIssuerStore(database)
    const issue = (members: string[], { model = 0n, now = NOW } = {}) => {
      const claims = statedClaims(HARDWARE, {
        model: { value: model, source: 'selfReported' },
        gpuCount: { value: BigInt(members.length), source: 'selfReported' },
      })
      const request = issueRequest(issuer, 'rig', { schema: HARDWARE, ...claims, members: [...members].sort(), now })
      return issueCredential({ issuer, store, randomBytes }, request)
    }
    const revoke = ({ id }: IssuedCredential, by = person('operator').did) =>
      revokeCredential(store, { issuer: issuer.did, credentialId: id, reason: 'a test', by }, NOW)
    const entryAt = ({ list, statusIndex: index }: IssuedCredential) =>
      store.transaction((tx) => tx.lockStatusPlace({ list, index }))
    return { database, store, issue, revoke, entryAt }
  }

  it('stay with their owner and members, and with members that are joined by more', async () => {
    const { issue, entryAt } = await setUp('keeping')
    const first = await issue([a, b])
    expect(placeOf(await issue([a, b]))).toBe(placeOf(first))
    expect(placeOf(await issue([a, b, c]))).toBe(placeOf(first))
    expect(await entryAt(first)).toMatchObject({ variant: 0, members: [a, b, c].sort() })
  })

  it('are fresh when a member is lost, so that revoking the old leaves the new', async () => {
    const { issue, revoke, entryAt } = await setUp('losing')
    const first = await issue([a, b])
    const second = await issue([a])
    expect(placeOf(second)).not.toBe(placeOf(first))
    expect(await entryAt(second)).toMatchObject({ variant: 1, members: [a] })
    await revoke(first)
    expect(await entryAt(second)).toMatchObject({ revocation: undefined })
    expect(placeOf(await issue([a]))).toBe(placeOf(second))
  })

  it('differ by model: a mixed rig has a credential for each', async () => {
    const { issue } = await setUp('mixed')
    expect(placeOf(await issue([a], { model: 1n }))).not.toBe(placeOf(await issue([b], { model: 2n })))
  })

  it('are taken by one of several at once that lose a member', async () => {
    const { issue } = await setUp('losing at once')
    await issue([a, b])
    const issued = await Promise.all([1, 2, 3].map(() => issue([a])))
    expect(new Set(issued.map(placeOf)).size).toBe(1)
  })

  it('are given back when all under them has expired, and not when one was revoked or is alive', async () => {
    const { database, store, issue, revoke, entryAt } = await setUp('freeing')
    const expired = await issue([a], { model: 1n })
    const revoked = await issue([a], { model: 2n })
    const renewed = await issue([a], { model: 3n })
    await revoke(revoked)
    await issue([a], { model: 3n, now: NOW + 1000 })
    const end = NOW + settings.lifetimeSeconds
    const free = (expiredBefore: number) => store.transaction((tx) => tx.freeStatusEntries(expiredBefore))
    await free(end)
    expect(await entryAt(expired)).toBeDefined()
    await free(end + 1)
    expect(await entryAt(expired)).toBeUndefined()
    expect(await store.transaction((tx) => tx.findIssued(expired.id))).toBeUndefined()
    expect(await entryAt(revoked)).toMatchObject({ revocation: { reason: 'a test' } })
    expect(await store.transaction((tx) => tx.findIssued(revoked.id))).toBeDefined()
    expect(await entryAt(renewed)).toBeDefined()
    const { db } = database
    expect(await db.$count(issuedCredentials, sql`${issuedCredentials.index} = ${renewed.statusIndex}`)).toBe(2)
    await free(end + 1001)
    expect(await entryAt(renewed)).toBeUndefined()
    expect(await db.$count(statusEntries, sql`${statusEntries.list} = ${revoked.list}`)).toBe(1)
    await expect(issue([a], { model: 1n })).resolves.toMatchObject({ retry: false })
  })

  it('are kept when they are renewed while it waits to give them back', async () => {
    const { database, store, issue, entryAt } = await setUp('renewed in time')
    const waitsForLock = sql`datname = current_database() and wait_event_type = 'Lock'`
    const waiting = () => database.db.select({ pid: sql`pid` }).from(sql`pg_stat_activity`).where(waitsForLock)
    const first = await issue([a])
    const end = NOW + settings.lifetimeSeconds
    const place = { list: first.list, index: first.statusIndex }
    let freeing: Promise<number> | undefined
    await store.transaction(async (tx) => {
      await tx.lockStatusPlace(place)
      const record = (await tx.findIssued(first.id))!
      await tx.insertIssued({ ...record, id: `${first.id} renewed`, requestId: 'renewed', expiresAt: end + 1000 })
      if (kind === 'postgres') {
        freeing = store.transaction((other) => other.freeStatusEntries(end + 1))
        // until it waits for the lock: it has seen the old expiry by then
        await until(async () => (await waiting()).length > 0)
      }
    })
    await (freeing ?? store.transaction((tx) => tx.freeStatusEntries(end + 1)))
    expect(await entryAt(first)).toBeDefined()
    expect(await store.transaction((tx) => tx.findIssued(first.id))).toBeDefined()
  })
})
