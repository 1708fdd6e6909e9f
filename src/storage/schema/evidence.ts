import { boolean, index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import type { z } from 'zod'
import type { zChallengeState } from '../../evidence/mm1/challenge-state.ts'
import { bigInteger, count, json } from '../columns.ts'

/** MM-1 challenges. A state is replaced only while it has the status that was read, so each step happens once. */
export const challenges = pgTable(
  'challenges',
  {
    id: text().primaryKey(),
    status: text({ enum: ['issued', 'committed', 'closed'] }).notNull(),
    issuedAtMs: count().notNull(),
    state: json<z.input<typeof zChallengeState>>().notNull(),
  },
  (table) => [index('challenges_issued_at').on(table.issuedAtMs)],
)

/** What monitors found: one receipt a device, slot and monitor. Kept as text, as it was signed. */
export const heartbeatReceipts = pgTable(
  'heartbeat_receipts',
  {
    device: bigInteger().notNull(),
    slot: count().notNull(),
    monitor: text().notNull(),
    agentKey: text().notNull(),
    ok: boolean().notNull(),
    receipt: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.device, table.slot, table.monitor] }),
    index('heartbeat_receipts_slot').on(table.slot),
  ],
)
