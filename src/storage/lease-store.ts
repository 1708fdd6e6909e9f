import { and, eq, lt, or } from 'drizzle-orm'
import type { Db } from './database.ts'
import { leases } from './schema/server.ts'

/** Leases: who does what only one process may do. Times are in seconds. */
export interface LeaseStore {
  /** Takes or prolongs a lease: true when it is the holder's until `expiresAt`, false while another's has not expired. */
  take(lease: { name: string; holder: string; now: number; expiresAt: number }): Promise<boolean>
  /** Gives a lease back before its time, if it is the holder's. */
  release(name: string, holder: string): Promise<void>
}

export function createLeaseStore(db: Db): LeaseStore {
  return {
    async take({ name, holder, now, expiresAt }) {
      const rows = await db
        .insert(leases)
        .values({ name, holder, expiresAt })
        .onConflictDoUpdate({
          target: leases.name,
          set: { holder, expiresAt },
          setWhere: or(eq(leases.holder, holder), lt(leases.expiresAt, now))!,
        })
        .returning({ name: leases.name })
      return rows.length === 1
    },
    async release(name, holder) {
      await db.delete(leases).where(and(eq(leases.name, name), eq(leases.holder, holder)))
    },
  }
}
