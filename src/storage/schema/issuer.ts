import { sql } from 'drizzle-orm'
import { boolean, check, foreignKey, index, pgTable, primaryKey, text, unique } from 'drizzle-orm/pg-core'
import { bigInteger, count, seconds } from '../columns.ts'

/**
 * The device register. The primary key is what makes "one binding a device" true whoever races; assurance 1 is not
 * registered, and an agent key serves one device.
 */
export const devices = pgTable(
  'devices',
  {
    device: bigInteger().primaryKey(),
    binding: bigInteger().notNull(),
    agentKey: text().notNull().unique('devices_agent_key_unique'),
    firstEpoch: count().notNull(),
    sinceEpoch: count().notNull(),
    assurance: count().notNull(),
    boundAt: seconds().notNull(),
    seenAt: seconds().notNull(),
  },
  (table) => [check('devices_assurance_measured', sql`${table.assurance} between 2 and 3`)],
)

/** Under which DID each issuer met the bound holder of a device. */
export const deviceHolders = pgTable(
  'device_holders',
  {
    device: bigInteger()
      .notNull()
      .references(() => devices.device, { onDelete: 'cascade' }),
    issuer: text().notNull(),
    holder: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.device, table.issuer] })],
)

/** Who else wants a registered device, and since when. */
export const deviceClaims = pgTable(
  'device_claims',
  {
    device: bigInteger()
      .notNull()
      .references(() => devices.device, { onDelete: 'cascade' }),
    binding: bigInteger().notNull(),
    claimedAt: seconds().notNull(),
  },
  (table) => [primaryKey({ columns: [table.device, table.binding] })],
)

/**
 * Status lists, numbered across all issuers of the deployment. An issuer's lists for a schema have ordinals 0, 1, 2 …;
 * `seq` and `encodedList` are what was published last.
 */
export const statusLists = pgTable(
  'status_lists',
  {
    list: count().primaryKey().generatedAlwaysAsIdentity(),
    issuer: text().notNull(),
    schema: text().notNull(),
    ordinal: count().notNull(),
    full: boolean().notNull().default(false),
    seq: count().notNull().default(0),
    encodedList: text(),
  },
  (table) => [unique('status_lists_ordinal_unique').on(table.issuer, table.schema, table.ordinal)],
)

/**
 * Who has which index of which list, for ever; a revoked one says why and by whom. These rows are the truth of every bit:
 * an index is had by one (issuer, schema, binding), which has one index.
 */
export const statusEntries = pgTable(
  'status_entries',
  {
    list: count()
      .notNull()
      .references(() => statusLists.list),
    index: count().notNull(),
    issuer: text().notNull(),
    schema: text().notNull(),
    binding: bigInteger().notNull(),
    revokedAt: seconds(),
    revokedBy: text(),
    reason: text(),
  },
  (table) => [
    primaryKey({ columns: [table.list, table.index] }),
    unique('status_entries_owner_unique').on(table.issuer, table.schema, table.binding),
    check('status_entries_index_range', sql`${table.index} between 0 and 131071`),
    check(
      'status_entries_revocation_whole',
      sql`num_nulls(${table.revokedAt}, ${table.revokedBy}, ${table.reason}) in (0, 3)`,
    ),
    index('status_entries_revoked').on(table.list, table.index).where(sql`${table.revokedAt} is not null`),
  ],
)

/** Every issued credential, and the answer for whoever repeats its request. */
export const issuedCredentials = pgTable(
  'issued_credentials',
  {
    id: text().primaryKey(),
    issuer: text().notNull(),
    schema: text().notNull(),
    binding: bigInteger().notNull(),
    list: count().notNull(),
    index: count().notNull(),
    holder: text().notNull(),
    issuedAt: seconds().notNull(),
    expiresAt: seconds().notNull(),
    jwt: text().notNull(),
    jwtHash: text().notNull(),
    requestId: text().notNull(),
    requestHash: text().notNull(),
  },
  (table) => [
    unique('issued_credentials_request_unique').on(table.issuer, table.holder, table.requestId),
    foreignKey({ columns: [table.list, table.index], foreignColumns: [statusEntries.list, statusEntries.index] }),
  ],
)
