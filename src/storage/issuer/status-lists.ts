import { and, asc, eq } from 'drizzle-orm'
import type { IssuerTx, StatusList } from '../../issuer/issuer-store.ts'
import type { Db } from '../database.ts'
import { statusLists } from '../schema/issuer.ts'

export function lists(tx: Db) {
  return {
    async openStatusList(issuer, schema) {
      for (;;) {
        const own = and(eq(statusLists.issuer, issuer), eq(statusLists.schema, schema))
        // in one reading: a list that another process opens between two would be opened a second time
        const known = await tx.select().from(statusLists).where(own).orderBy(asc(statusLists.ordinal))
        const roomy = known.find(({ full }) => !full)
        if (roomy !== undefined) return roomy.list
        const last = known.at(-1)
        // whoever opens it, of several at once, it is there when this returns
        await tx
          .insert(statusLists)
          .values({ issuer, schema, ordinal: (last?.ordinal ?? -1) + 1 })
          .onConflictDoNothing()
      }
    },
    async statusLists(issuer) {
      const rows = await tx
        .select()
        .from(statusLists)
        .where(issuer === undefined ? undefined : eq(statusLists.issuer, issuer))
        .orderBy(asc(statusLists.list))
      return rows.map(statusList)
    },
    async findStatusList(list) {
      const [row] = await tx.select().from(statusLists).where(eq(statusLists.list, list))
      return row && statusList(row)
    },
    async lockStatusList(list) {
      const [row] = await tx.select().from(statusLists).where(eq(statusLists.list, list)).for('update')
      return row && statusList(row)
    },
    async markListFull(list) {
      await tx.update(statusLists).set({ full: true }).where(eq(statusLists.list, list))
    },
    async publishList(list, seq, encodedList) {
      await tx.update(statusLists).set({ seq, encodedList }).where(eq(statusLists.list, list))
    },
  } satisfies Partial<IssuerTx>
}

function statusList({ list, issuer, schema, seq, encodedList }: typeof statusLists.$inferSelect): StatusList {
  return { list, issuer, schema, seq, encodedList: encodedList ?? undefined }
}
