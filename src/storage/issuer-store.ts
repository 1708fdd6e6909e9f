import { and, asc, desc, eq, gte, inArray, isNotNull, isNull, ne, notExists, or, sql } from 'drizzle-orm'
import type {
  IssuerStore,
  IssuerTx,
  StatusEntry,
  StatusList,
  StatusOwner,
  StatusPlace,
} from '../issuer/issuer-store.ts'
import type { Member } from '../protocol/device.ts'
import { AssayError } from '../protocol/errors.ts'
import type { Database, Db } from './database.ts'
import { isUniqueViolation } from './postgres-error.ts'
import {
  deviceBars,
  deviceCards,
  deviceClaims,
  deviceHolders,
  deviceMembers,
  devices,
  issuedCredentials,
  statusEntries,
  statusLists,
  usedReleases,
} from './schema/issuer.ts'

/** The issuers' data in the database. */
export function createIssuerStore(database: Pick<Database, 'transaction'>): IssuerStore {
  return { transaction: (work) => database.transaction((tx) => work(issuerTx(tx))) }
}

function issuerTx(tx: Db): IssuerTx {
  return { ...deviceRegister(tx), ...members(tx), ...bars(tx), ...statusIndices(tx), ...lists(tx), ...issued(tx) }
}

function deviceRegister(tx: Db) {
  return {
    async lockDevice(device) {
      const [row] = await tx.select().from(devices).where(eq(devices.device, device)).for('update')
      return row
    },
    async insertDevice(record) {
      const rows = await tx
        .insert(devices)
        .values(record)
        .onConflictDoNothing({ target: devices.device })
        .returning({ device: devices.device })
        .catch(refuseSharedKey)
      return rows.length === 1
    },
    async updateDevice(record) {
      await tx.update(devices).set(record).where(eq(devices.device, record.device)).catch(refuseSharedKey)
    },
    async findDeviceHolder(device, issuer) {
      const [row] = await tx
        .select({ holder: deviceHolders.holder })
        .from(deviceHolders)
        .where(and(eq(deviceHolders.device, device), eq(deviceHolders.issuer, issuer)))
      return row?.holder
    },
    async putDeviceHolder(device, issuer, holder) {
      await tx
        .insert(deviceHolders)
        .values({ device, issuer, holder })
        .onConflictDoUpdate({ target: [deviceHolders.device, deviceHolders.issuer], set: { holder } })
    },
    async forgetDeviceRights(device) {
      await tx.delete(deviceHolders).where(eq(deviceHolders.device, device))
      await tx.delete(deviceClaims).where(eq(deviceClaims.device, device))
    },
    async findHeldDevices(issuer, holder) {
      const held = await tx
        .select({ record: devices })
        .from(deviceHolders)
        .innerJoin(devices, eq(devices.device, deviceHolders.device))
        .where(and(eq(deviceHolders.issuer, issuer), eq(deviceHolders.holder, holder)))
        .orderBy(asc(devices.boundAt), asc(devices.device))
      if (held.length === 0) return []
      const of = held.map(({ record }) => record.device)
      const members = await tx.select().from(deviceMembers).where(inArray(deviceMembers.device, of))
      return held.map(({ record }) => ({
        ...record,
        members: members.filter(({ device }) => device === record.device).map(asMember),
      }))
    },
    async findDeviceClaim(device, binding) {
      const [row] = await tx
        .select()
        .from(deviceClaims)
        .where(and(eq(deviceClaims.device, device), eq(deviceClaims.binding, binding)))
      return row
    },
    async putDeviceClaim(claim) {
      const { claimedAt } = claim
      await tx
        .insert(deviceClaims)
        .values(claim)
        .onConflictDoUpdate({ target: [deviceClaims.device, deviceClaims.binding], set: { claimedAt } })
    },
    async useRelease(serial, usedAt) {
      const rows = await tx
        .insert(usedReleases)
        .values({ serial, usedAt })
        .onConflictDoNothing()
        .returning({ serial: usedReleases.serial })
      return rows.length === 1
    },
  } satisfies Partial<IssuerTx>
}

function members(tx: Db) {
  return {
    async lockMembers(device, wanted) {
      if (wanted.length === 0) return []
      const cards = new Map(wanted.map((member) => [cardOf(member), member.id]))
      // a card that nobody has yet has no row to lock: who comes at once waits here, and then finds it taken
      for (const card of [...cards.keys()].sort()) {
        await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${card}, 0))`)
      }
      const rows = await tx
        .select({ card: deviceCards.card, owner: devices })
        .from(deviceCards)
        .innerJoin(devices, eq(devices.device, deviceCards.device))
        .where(and(inArray(deviceCards.card, [...cards.keys()]), ne(deviceCards.device, device)))
        .orderBy(asc(deviceCards.card))
        .for('update')
      if (rows.length === 0) return []
      const held = await tx
        .select({ card: deviceMembers.card, member: deviceMembers.member })
        .from(deviceMembers)
        .where(
          inArray(
            deviceMembers.card,
            rows.map(({ card }) => card),
          ),
        )
      return rows.map(({ card, owner }) => {
        const theirs = held.filter((one) => one.card === card).map(({ member }) => member)
        return { member: cards.get(card)!, owner, theirs }
      })
    },
    async setMembers(device, wanted) {
      const cards = [...new Map(wanted.map((member) => [cardOf(member), member.parent !== undefined]))]
      const names = cards.map(([card]) => card)
      // a card that was whole and is sliced now, or the other way round, is another card to the register
      await tx
        .delete(deviceCards)
        .where(
          names.length === 0
            ? eq(deviceCards.device, device)
            : or(eq(deviceCards.device, device), inArray(deviceCards.card, names)),
        )
      if (cards.length === 0) return
      await tx
        .insert(deviceCards)
        .values(cards.map(([card, isSliced]) => ({ card, device, isSliced })))
        .catch(refuseBoundMember)
      await tx
        .insert(deviceMembers)
        .values(wanted.map((member) => ({ ...memberRow(member), device })))
        .catch(refuseBoundMember)
    },
  } satisfies Partial<IssuerTx>
}

function bars(tx: Db) {
  return {
    findBars(device) {
      return tx.select().from(deviceBars).where(eq(deviceBars.device, device))
    },
    async addBar(bar) {
      await tx.insert(deviceBars).values(bar).onConflictDoNothing()
    },
    async liftBars(device) {
      const rows = await tx
        .delete(deviceBars)
        .where(eq(deviceBars.device, device))
        .returning({ device: deviceBars.device })
      return rows.length
    },
  } satisfies Partial<IssuerTx>
}

function statusIndices(tx: Db) {
  return {
    async lockStatusEntry(owner) {
      const [row] = await tx
        .select()
        .from(statusEntries)
        .where(ownedBy(owner))
        .orderBy(desc(statusEntries.variant))
        .limit(1)
        .for('update')
      return row && statusEntry(row)
    },
    async lockStatusPlace(place) {
      const [row] = await tx.select().from(statusEntries).where(isAt(place)).for('update')
      return row && statusEntry(row)
    },
    async insertStatusEntry(owner, { list, index, variant, members: of }) {
      const { issuer, schema, holder, subject, binding, model } = owner
      const rows = await tx
        .insert(statusEntries)
        .values({ issuer, schema, holder, subject, binding, model, list, index, variant, members: of })
        .onConflictDoNothing()
        .returning({ index: statusEntries.index })
      return rows.length === 1
    },
    async updateStatusMembers(place, of) {
      await tx.update(statusEntries).set({ members: of }).where(isAt(place))
    },
    async revokeStatusEntry(place, { reason, by, revokedAt }) {
      await tx.update(statusEntries).set({ reason, revokedBy: by, revokedAt }).where(isAt(place))
    },
    async revokeForMember(binding, member, { reason, by, revokedAt }) {
      await tx
        .update(statusEntries)
        .set({ reason, revokedBy: by, revokedAt })
        .where(
          and(
            eq(statusEntries.binding, binding),
            isNull(statusEntries.revokedAt),
            sql`${statusEntries.members} @> ${JSON.stringify([member])}::jsonb`,
          ),
        )
    },
    async freeStatusEntries(expiredBefore) {
      const { list, index, revokedAt } = statusEntries
      const isAlive = tx
        .select({ id: issuedCredentials.id })
        .from(issuedCredentials)
        .where(
          and(
            eq(issuedCredentials.list, list),
            eq(issuedCredentials.index, index),
            gte(issuedCredentials.expiresAt, expiredBefore),
          ),
        )
      const dead = await tx
        .select({ list, index })
        .from(statusEntries)
        .where(and(isNull(revokedAt), notExists(isAlive)))
        .limit(1000)
        .for('update')
      const freed: typeof dead = []
      for (const place of dead) {
        // a renewal may have been committed before the row was locked: that is seen only now
        const at = and(eq(issuedCredentials.list, place.list), eq(issuedCredentials.index, place.index))
        const alive = await tx.$count(issuedCredentials, and(at, gte(issuedCredentials.expiresAt, expiredBefore)))
        if (alive > 0) continue
        await tx.delete(issuedCredentials).where(at)
        await tx.delete(statusEntries).where(isAt(place))
        freed.push(place)
      }
      const lists = [...new Set(freed.map((place) => place.list))]
      if (lists.length > 0) await tx.update(statusLists).set({ full: false }).where(inArray(statusLists.list, lists))
      return freed.length
    },
    async takenIndices(list, among) {
      const inList = eq(statusEntries.list, list)
      const rows = await tx
        .select({ index: statusEntries.index })
        .from(statusEntries)
        .where(among === undefined ? inList : and(inList, inArray(statusEntries.index, [...among])))
      return rows.map(({ index }) => index)
    },
    async revokedIndices(list) {
      const rows = await tx
        .select({ index: statusEntries.index })
        .from(statusEntries)
        .where(and(eq(statusEntries.list, list), isNotNull(statusEntries.revokedAt)))
        .orderBy(asc(statusEntries.index))
      return rows.map(({ index }) => index)
    },
  } satisfies Partial<IssuerTx>
}

function lists(tx: Db) {
  return {
    async openStatusList(issuer, schema) {
      for (;;) {
        const own = and(eq(statusLists.issuer, issuer), eq(statusLists.schema, schema))
        // in one reading: a list that another process opens between two would be opened a second time
        const known = await tx.select().from(statusLists).where(own).orderBy(asc(statusLists.ordinal))
        const roomy = known.find(({ full }) => !full)
        if (roomy !== undefined) return roomy.list
        const last = known.at(-1)
        // whoever opens it, of several at once, it is there when this returns
        await tx
          .insert(statusLists)
          .values({ issuer, schema, ordinal: (last?.ordinal ?? -1) + 1 })
          .onConflictDoNothing()
      }
    },
    async statusLists(issuer) {
      const rows = await tx
        .select()
        .from(statusLists)
        .where(issuer === undefined ? undefined : eq(statusLists.issuer, issuer))
        .orderBy(asc(statusLists.list))
      return rows.map(statusList)
    },
    async findStatusList(list) {
      const [row] = await tx.select().from(statusLists).where(eq(statusLists.list, list))
      return row && statusList(row)
    },
    async lockStatusList(list) {
      const [row] = await tx.select().from(statusLists).where(eq(statusLists.list, list)).for('update')
      return row && statusList(row)
    },
    async markListFull(list) {
      await tx.update(statusLists).set({ full: true }).where(eq(statusLists.list, list))
    },
    async publishList(list, seq, encodedList) {
      await tx.update(statusLists).set({ seq, encodedList }).where(eq(statusLists.list, list))
    },
  } satisfies Partial<IssuerTx>
}

function issued(tx: Db) {
  return {
    async findIssued(id) {
      const [row] = await tx.select().from(issuedCredentials).where(eq(issuedCredentials.id, id))
      return row
    },
    async findIssuedByRequest(issuer, holder, requestId) {
      const [row] = await tx
        .select()
        .from(issuedCredentials)
        .where(
          and(
            eq(issuedCredentials.issuer, issuer),
            eq(issuedCredentials.holder, holder),
            eq(issuedCredentials.requestId, requestId),
          ),
        )
      return row
    },
    async insertIssued(record) {
      const rows = await tx
        .insert(issuedCredentials)
        .values(record)
        .onConflictDoNothing()
        .returning({ id: issuedCredentials.id })
      return rows.length === 1
    },
  } satisfies Partial<IssuerTx>
}

function ownedBy({ issuer, schema, holder, subject, binding, model }: StatusOwner) {
  return and(
    eq(statusEntries.issuer, issuer),
    eq(statusEntries.schema, schema),
    eq(statusEntries.holder, holder),
    eq(statusEntries.subject, subject),
    eq(statusEntries.binding, binding),
    eq(statusEntries.model, model),
  )
}

function isAt({ list, index }: StatusPlace) {
  return and(eq(statusEntries.list, list), eq(statusEntries.index, index))
}

function statusEntry(row: typeof statusEntries.$inferSelect): StatusEntry {
  const { reason, revokedBy, revokedAt, ...entry } = row
  const revoked = reason !== null && revokedBy !== null && revokedAt !== null
  return { ...entry, revocation: revoked ? { reason, by: revokedBy, revokedAt } : undefined }
}

/** The card that a member is, or is a slice of. */
function cardOf({ id, parent }: Member): string {
  return parent ?? id
}

function memberRow(member: Member) {
  return { member: member.id, card: cardOf(member), isSliced: member.parent !== undefined }
}

function asMember({ member, card, isSliced }: typeof deviceMembers.$inferSelect): Member {
  return isSliced ? { id: member, parent: card } : { id: member }
}

function statusList({ list, issuer, schema, seq, encodedList }: typeof statusLists.$inferSelect): StatusList {
  return { list, issuer, schema, seq, encodedList: encodedList ?? undefined }
}

function refuseSharedKey(error: unknown): never {
  if (isUniqueViolation(error, 'devices_agent_key_unique')) {
    throw new AssayError('conflict', 'The agent key serves another device: each device has an agent key of its own')
  }
  throw error
}

/** Another device took a card or member in the meantime: the constraint decides who was first. */
function refuseBoundMember(error: unknown): never {
  if (isUniqueViolation(error, 'device_cards_pkey') || isUniqueViolation(error, 'device_members_pkey')) {
    throw new AssayError('memberBound')
  }
  throw error
}
