import { index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { json, seconds } from '../columns.ts'

/** What Veramo's key manager knows of a key: everything but the private part. */
export const keys = pgTable('keys', {
  kid: text().primaryKey(),
  kms: text().notNull(),
  type: text().notNull(),
  publicKeyHex: text().notNull(),
  meta: json<Record<string, unknown>>(),
})

/** Private keys of Veramo's local KMS, each encrypted with the KMS secret. */
export const privateKeys = pgTable('private_keys', {
  alias: text().primaryKey(),
  type: text().notNull(),
  encrypted: text().notNull(),
})

/**
 * DIDs that this service controls. The unique alias is what makes "one DID a role" true even when two processes
 * start on one database at once.
 */
export const dids = pgTable('dids', {
  did: text().primaryKey(),
  alias: text().unique('dids_alias_unique'),
  provider: text().notNull(),
  controllerKeyId: text(),
  services: json<unknown[]>().notNull(),
})

/** Which keys a DID lists, in order of their kid. */
export const didKeys = pgTable(
  'did_keys',
  {
    did: text()
      .notNull()
      .references(() => dids.did, { onDelete: 'cascade' }),
    kid: text()
      .notNull()
      .references(() => keys.kid, { onDelete: 'cascade' }),
  },
  (table) => [primaryKey({ columns: [table.did, table.kid] })],
)

/** Secrets of kinds that Veramo does not know (BabyJubJub keys), encrypted with the KMS secret. */
export const secrets = pgTable('secrets', {
  name: text().primaryKey(),
  encrypted: text().notNull(),
})

/** Tokens of signed requests that were used, until they would have expired anyway. */
export const usedTokens = pgTable(
  'used_tokens',
  {
    signer: text().notNull(),
    jti: text().notNull(),
    expiresAt: seconds().notNull(),
  },
  (table) => [primaryKey({ columns: [table.signer, table.jti] }), index('used_tokens_expires_at').on(table.expiresAt)],
)
