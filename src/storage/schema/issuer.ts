import { sql } from 'drizzle-orm'
import { boolean, check, foreignKey, index, pgTable, primaryKey, text, unique } from 'drizzle-orm/pg-core'
import { bigInteger, count, json, seconds } from '../columns.ts'

/**
 * The device register. The primary key is what makes "one binding a device" true whoever races; self-reported devices are
 * not registered, and an agent key serves one device.
 */
export const devices = pgTable(
  'devices',
  {
    device: bigInteger().primaryKey(),
    binding: bigInteger().notNull(),
    agentKey: text().notNull().unique('devices_agent_key_unique'),
    generation: count().notNull(),
    firstEpoch: count().notNull(),
    source: count().notNull(),
    inheritedSilence: count().notNull(),
    boundAt: seconds().notNull(),
    seenAt: seconds().notNull(),
  },
  (table) => [check('devices_source_measured', sql`${table.source} between 2 and 3`)],
)

const ofDevice = () =>
  bigInteger()
    .notNull()
    .references(() => devices.device, { onDelete: 'cascade' })

/** Cards, each in one device, and there either whole or in slices. */
export const deviceCards = pgTable(
  'device_cards',
  {
    card: text().primaryKey(),
    device: ofDevice(),
    isSliced: boolean().notNull(),
  },
  (table) => [
    index('device_cards_device').on(table.device),
    // what members refer to: a member is of a card, in the card's device, and of the card's kind
    unique('device_cards_kind_unique').on(table.card, table.device, table.isSliced),
  ],
)

/** Members: one machine a member, which is a whole card or a slice of one. */
export const deviceMembers = pgTable(
  'device_members',
  {
    member: text().primaryKey(),
    card: text().notNull(),
    device: bigInteger().notNull(),
    isSliced: boolean().notNull(),
  },
  (table) => [
    foreignKey({
      columns: [table.card, table.device, table.isSliced],
      foreignColumns: [deviceCards.card, deviceCards.device, deviceCards.isSliced],
    }).onDelete('cascade'),
    check('device_members_whole_card', sql`${table.isSliced} = (${table.member} <> ${table.card})`),
    index('device_members_device').on(table.device),
  ],
)

/** Under which DID each issuer met the bound holder of a device. */
export const deviceHolders = pgTable(
  'device_holders',
  {
    device: ofDevice(),
    issuer: text().notNull(),
    holder: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.device, table.issuer] }),
    index('device_holders_holder').on(table.issuer, table.holder),
  ],
)

/** Who else claims a registered device or a member of it, and since when. */
export const deviceClaims = pgTable(
  'device_claims',
  {
    device: ofDevice(),
    binding: bigInteger().notNull(),
    claimedAt: seconds().notNull(),
  },
  (table) => [primaryKey({ columns: [table.device, table.binding] })],
)

/** Holders that get no credentials for a device, until the operator lifts it. */
export const deviceBars = pgTable(
  'device_bars',
  {
    device: bigInteger().notNull(),
    binding: bigInteger().notNull(),
    holder: text().notNull(),
    reason: text().notNull(),
    by: text().notNull(),
    barredAt: seconds().notNull(),
  },
  (table) => [primaryKey({ columns: [table.device, table.binding, table.holder] })],
)

/** Serials of device releases: each works once. */
export const usedReleases = pgTable('used_releases', {
  serial: text().primaryKey(),
  usedAt: seconds().notNull(),
})

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
 * Who has which index of which list; a revoked one says why and by whom. These rows are the truth of every bit. An owner has
 * one index for a set of members (`variant`); a row goes when all credentials under it have expired and it was never revoked.
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
    holder: text().notNull(),
    subject: bigInteger().notNull(),
    binding: bigInteger().notNull(),
    model: bigInteger().notNull(),
    variant: count().notNull(),
    members: json<string[]>().notNull(),
    revokedAt: seconds(),
    revokedBy: text(),
    reason: text(),
  },
  (table) => [
    primaryKey({ columns: [table.list, table.index] }),
    unique('status_entries_owner_unique').on(
      table.issuer,
      table.schema,
      table.holder,
      table.subject,
      table.binding,
      table.model,
      table.variant,
    ),
    check('status_entries_index_range', sql`${table.index} between 0 and 131071`),
    check(
      'status_entries_revocation_whole',
      sql`num_nulls(${table.revokedAt}, ${table.revokedBy}, ${table.reason}) in (0, 3)`,
    ),
    index('status_entries_binding').on(table.binding),
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
    holder: text().notNull(),
    device: bigInteger().notNull(),
    binding: bigInteger().notNull(),
    list: count().notNull(),
    index: count().notNull(),
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
    index('issued_credentials_place').on(table.list, table.index, table.expiresAt),
  ],
)
