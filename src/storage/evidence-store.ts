import { and, asc, between, eq, gte, lt, min, ne, sql } from 'drizzle-orm'
import type { EnrolledDevice, HeartbeatStore } from '../evidence/heartbeats/heartbeat-store.ts'
import { zHeartbeatReceipt } from '../evidence/heartbeats/messages.ts'
import { encodeChallengeState, zChallengeState } from '../evidence/mm1/challenge-state.ts'
import type { ChallengeStore } from '../issuer/challenge-store.ts'
import type { UptimeStore } from '../issuer/credential-from-heartbeats.ts'
import type { Db } from './database.ts'
import { challenges, heartbeatReceipts } from './schema/evidence.ts'
import { deviceClaims, devices } from './schema/issuer.ts'

/** MM-1 challenges in the database. */
export function createChallengeStore(db: Db): ChallengeStore {
  return {
    async add(state) {
      const { challenge, status, issuedAtMs } = state
      await db.insert(challenges).values({ id: challenge.id, status, issuedAtMs, state: encodeChallengeState(state) })
    },
    async find(id) {
      const [row] = await db.select().from(challenges).where(eq(challenges.id, id))
      return row && zChallengeState.parse(row.state)
    },
    countOpen(agentKey, issuedSinceMs) {
      const isOpen = and(ne(challenges.status, 'closed'), gte(challenges.issuedAtMs, issuedSinceMs))
      return db.$count(challenges, and(isOpen, sql`${challenges.state} ->> 'agentKey' = ${agentKey}`))
    },
    async replace(state, from) {
      const rows = await db
        .update(challenges)
        .set({ status: state.status, state: encodeChallengeState(state) })
        .where(and(eq(challenges.id, state.challenge.id), eq(challenges.status, from)))
        .returning({ id: challenges.id })
      return rows.length === 1
    },
    async prune(issuedBeforeMs) {
      await db.delete(challenges).where(lt(challenges.issuedAtMs, issuedBeforeMs))
    },
  }
}

/** What monitors found, and whom they watch: the devices in the register, each from when its present holder got it. */
export function createHeartbeatStore(db: Db): HeartbeatStore &
  UptimeStore & {
    /** Forgets receipts of earlier slots: nothing reads those older than 30 epochs. */
    pruneReceipts(beforeSlot: number): Promise<void>
  } {
  const enrolled = { device: devices.device, agentKey: devices.agentKey, since: devices.boundAt }
  return {
    async listEnrolled() {
      return (await db.select(enrolled).from(devices)).map(asEnrolled)
    },
    async findEnrolled(device) {
      const [row] = await db
        .select(enrolled)
        .from(devices)
        .where(eq(devices.device, BigInt(device)))
      return row && asEnrolled(row)
    },
    async addReceipt(receipt) {
      const { device, slot, monitor, agentKey, ok } = receipt
      const rows = await db
        .insert(heartbeatReceipts)
        .values({ device: BigInt(device), slot, monitor, agentKey, ok, receipt: JSON.stringify(receipt) })
        .onConflictDoNothing()
        .returning({ slot: heartbeatReceipts.slot })
      // whoever answers is not silent, so what others claim of the device or its members is void
      if (rows.length === 1 && ok) await db.delete(deviceClaims).where(eq(deviceClaims.device, BigInt(device)))
      return rows.length === 1
    },
    async listReceipts(device, firstSlot, lastSlot) {
      const rows = await db
        .select({ receipt: heartbeatReceipts.receipt })
        .from(heartbeatReceipts)
        .where(and(eq(heartbeatReceipts.device, BigInt(device)), between(heartbeatReceipts.slot, firstSlot, lastSlot)))
        .orderBy(asc(heartbeatReceipts.slot), asc(heartbeatReceipts.monitor))
      return rows.map(({ receipt }) => zHeartbeatReceipt.parse(JSON.parse(receipt)))
    },
    async firstSeenSlot(device) {
      const [row] = await db
        .select({ slot: min(heartbeatReceipts.slot) })
        .from(heartbeatReceipts)
        .where(and(eq(heartbeatReceipts.device, BigInt(device)), eq(heartbeatReceipts.ok, true)))
      return row?.slot ?? undefined
    },
    async countEpochs({ device, monitor, firstEpoch, lastEpoch, slotsPerEpoch }) {
      const epoch = sql<number>`${heartbeatReceipts.slot} / ${slotsPerEpoch}::bigint`.mapWith(Number).as('epoch')
      const slots = (ok: boolean) => sql`count(*) filter (where ${heartbeatReceipts.ok} = ${ok})`.mapWith(Number)
      return db
        .select({ epoch, upSlots: slots(true), downSlots: slots(false) })
        .from(heartbeatReceipts)
        .where(
          and(
            eq(heartbeatReceipts.device, BigInt(device)),
            eq(heartbeatReceipts.monitor, monitor),
            between(heartbeatReceipts.slot, firstEpoch * slotsPerEpoch, (lastEpoch + 1) * slotsPerEpoch - 1),
          ),
        )
        .groupBy(sql`epoch`)
        .orderBy(sql`epoch`)
    },
    async pruneReceipts(beforeSlot) {
      await db.delete(heartbeatReceipts).where(lt(heartbeatReceipts.slot, beforeSlot))
    },
  }
}

function asEnrolled(row: { device: bigint; agentKey: string; since: number }): EnrolledDevice {
  return { ...row, device: String(row.device) }
}
