import { and, asc, desc, eq, gte, inArray, isNotNull, isNull, notExists, sql } from 'drizzle-orm'
import type { IssuerTx, StatusEntry, StatusOwner, StatusPlace } from '../../issuer/issuer-store.ts'
import type { Db } from '../database.ts'
import { issuedCredentials, statusEntries, statusLists } from '../schema/issuer.ts'

export function statusIndices(tx: Db) {
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
