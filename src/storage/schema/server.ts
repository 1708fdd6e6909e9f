import { pgTable, text } from 'drizzle-orm/pg-core'
import { seconds } from '../columns.ts'

/** Work that one process at a time does, and which one does it until when. */
export const leases = pgTable('leases', {
  name: text().primaryKey(),
  holder: text().notNull(),
  expiresAt: seconds().notNull(),
})
