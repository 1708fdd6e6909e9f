import { and, eq } from 'drizzle-orm'
import type { IssuerTx } from '../../issuer/issuer-store.ts'
import type { Db } from '../database.ts'
import { issuedCredentials } from '../schema/issuer.ts'

export function issued(tx: Db) {
  return {
    async findIssued(id) {
      const [row] = await tx.select().from(issuedCredentials).where(eq(issuedCredentials.id, id))
      return row
    },
    async findIssuedByRequest(issuer, holder, requestId) {
      const [row] = await tx
        .select()
        .from(issuedCredentials)
        .where(
          and(
            eq(issuedCredentials.issuer, issuer),
            eq(issuedCredentials.holder, holder),
            eq(issuedCredentials.requestId, requestId),
          ),
        )
      return row
    },
    async insertIssued(record) {
      const rows = await tx
        .insert(issuedCredentials)
        .values(record)
        .onConflictDoNothing()
        .returning({ id: issuedCredentials.id })
      return rows.length === 1
    },
  } satisfies Partial<IssuerTx>
}
