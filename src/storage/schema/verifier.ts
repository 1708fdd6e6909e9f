import { index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import type { ProofRequestJson } from '../../protocol/proof-request.ts'
import { bigInteger, json, seconds } from '../columns.ts'

/**
 * Proof requests that were issued, by audience (`did` or `did#context`) and nonce, and what was accepted under each. The
 * four columns of the acceptance are set together, once. The answer is JSON as text, since a retry gets it unchanged.
 */
export const proofRequests = pgTable(
  'proof_requests',
  {
    audience: text().notNull(),
    nonce: text().notNull(),
    request: json<ProofRequestJson>().notNull(),
    expiresAt: seconds().notNull(),
    acceptedAt: seconds(),
    recipient: text(),
    presentationHash: text(),
    answer: text(),
  },
  (table) => [
    primaryKey({ columns: [table.audience, table.nonce] }),
    index('proof_requests_expires_at').on(table.expiresAt),
  ],
)

/** Pseudonyms and device pseudonyms that were accepted for a purpose and period: each at most once. */
export const replayKeys = pgTable(
  'replay_keys',
  {
    audience: text().notNull(),
    purpose: text().notNull(),
    period: text().notNull(),
    key: bigInteger().notNull(),
    acceptedAt: seconds().notNull(),
  },
  (table) => [primaryKey({ columns: [table.audience, table.purpose, table.period, table.key] })],
)
