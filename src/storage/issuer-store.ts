import { and, asc, desc, eq, inArray, isNotNull } from 'drizzle-orm'
import type { IssuerStore, IssuerTx, StatusEntry, StatusList, StatusOwner } from '../issuer/issuer-store.ts'
import { AssayError } from '../protocol/errors.ts'
import type { Database, Db } from './database.ts'
import { isUniqueViolation } from './postgres-error.ts'
import { deviceClaims, deviceHolders, devices, issuedCredentials, statusEntries, statusLists } from './schema/issuer.ts'

/** The issuers' data in the database. */
export function createIssuerStore(database: Pick<Database, 'transaction'>): IssuerStore {
  return { transaction: (work) => database.transaction((tx) => work(issuerTx(tx))) }
}

function issuerTx(tx: Db): IssuerTx {
  return { ...deviceRegister(tx), ...statusIndices(tx), ...lists(tx), ...issued(tx) }
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
    async addDeviceHolder(device, issuer, holder) {
      await tx.insert(deviceHolders).values({ device, issuer, holder }).onConflictDoNothing()
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
    async forgetDeviceHolders(device) {
      await tx.delete(deviceHolders).where(eq(deviceHolders.device, device))
      await tx.delete(deviceClaims).where(eq(deviceClaims.device, device))
    },
  } satisfies Partial<IssuerTx>
}

function statusIndices(tx: Db) {
  return {
    async lockStatusEntry(owner) {
      const [row] = await tx.select().from(statusEntries).where(ownedBy(owner)).for('update')
      return row && statusEntry(row)
    },
    async insertStatusEntry({ issuer, schema, binding }, { list, index }) {
      const rows = await tx
        .insert(statusEntries)
        .values({ issuer, schema, binding, list, index })
        .onConflictDoNothing()
        .returning({ index: statusEntries.index })
      return rows.length === 1
    },
    async revokeStatusEntry({ list, index }, { reason, by, revokedAt }) {
      await tx
        .update(statusEntries)
        .set({ reason, revokedBy: by, revokedAt })
        .where(and(eq(statusEntries.list, list), eq(statusEntries.index, index)))
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
        const [last] = await tx
          .select()
          .from(statusLists)
          .where(and(eq(statusLists.issuer, issuer), eq(statusLists.schema, schema)))
          .orderBy(desc(statusLists.ordinal))
          .limit(1)
        if (last !== undefined && !last.full) return last.list
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

function ownedBy({ issuer, schema, binding }: StatusOwner) {
  return and(eq(statusEntries.issuer, issuer), eq(statusEntries.schema, schema), eq(statusEntries.binding, binding))
}

function statusEntry(row: typeof statusEntries.$inferSelect): StatusEntry {
  const { list, index, issuer, schema, binding, reason, revokedBy, revokedAt } = row
  const revoked = reason !== null && revokedBy !== null && revokedAt !== null
  const revocation = revoked ? { reason, by: revokedBy, revokedAt } : undefined
  return { list, index, issuer, schema, binding, revocation }
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
