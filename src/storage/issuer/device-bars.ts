import { eq } from 'drizzle-orm'
import type { IssuerTx } from '../../issuer/issuer-store.ts'
import type { Db } from '../database.ts'
import { deviceBars } from '../schema/issuer.ts'

export function bars(tx: Db) {
  return {
    findBars(device) {
      return tx.select().from(deviceBars).where(eq(deviceBars.device, device))
    },
    async addBar(bar) {
      await tx.insert(deviceBars).values(bar).onConflictDoNothing()
    },
    async liftBars(device) {
      const rows = await tx
        .delete(deviceBars)
        .where(eq(deviceBars.device, device))
        .returning({ device: deviceBars.device })
      return rows.length
    },
  } satisfies Partial<IssuerTx>
}
