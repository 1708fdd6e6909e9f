import { and, asc, eq, inArray } from 'drizzle-orm'
import type { IssuerTx } from '../../issuer/issuer-store.ts'
import type { Member } from '../../protocol/device.ts'
import { AssayError } from '../../protocol/errors.ts'
import type { Db } from '../database.ts'
import { isUniqueViolation } from '../postgres-error.ts'
import { deviceClaims, deviceHolders, deviceMembers, devices, usedReleases } from '../schema/issuer.ts'

export function deviceRegister(tx: Db) {
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

function asMember({ member, card, isSliced }: typeof deviceMembers.$inferSelect): Member {
  return isSliced ? { id: member, parent: card } : { id: member }
}

function refuseSharedKey(error: unknown): never {
  if (isUniqueViolation(error, 'devices_agent_key_unique')) {
    throw new AssayError('conflict', 'The agent key serves another device: each device has an agent key of its own')
  }
  throw error
}
