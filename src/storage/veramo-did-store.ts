import type { IIdentifier, IService } from '@veramo/core'
import { AbstractDIDStore } from '@veramo/did-manager'
import { and, eq, inArray, sql } from 'drizzle-orm'
import { AssayError } from '../protocol/errors.ts'
import type { Db } from './database.ts'
import { isUniqueViolation } from './postgres-error.ts'
import { didKeys, dids, keys } from './schema/index.ts'

/** The DIDs that an agent controls. */
export class VeramoDidStore extends AbstractDIDStore {
  readonly #db: Db

  constructor(db: Db) {
    super()
    this.#db = db
  }

  /**
   * Keeps a DID as given. Known already, it is updated, as Veramo does for keys and services; but not when its controlling
   * key differs: then two creations met, and the first stands.
   */
  async importDID({ did, alias, provider, controllerKeyId, keys: given, services }: IIdentifier): Promise<boolean> {
    const row = { did, alias: alias ?? null, provider, controllerKeyId: controllerKeyId ?? null, services }
    try {
      await this.#db.transaction(async (tx) => {
        const kept = await tx
          .insert(dids)
          .values(row)
          .onConflictDoUpdate({
            target: dids.did,
            set: { alias: row.alias, services },
            setWhere: sql`${dids.controllerKeyId} is not distinct from ${row.controllerKeyId}`,
          })
          .returning({ did: dids.did })
        if (kept.length === 0) throw new AssayError('conflict', `${did} exists already, with another key`)
        await tx.delete(didKeys).where(eq(didKeys.did, did))
        if (given.length > 0) await tx.insert(didKeys).values(given.map(({ kid }) => ({ did, kid })))
      })
      return true
    } catch (error) {
      if (!isUniqueViolation(error, 'dids_alias_unique')) throw error
      throw new AssayError('conflict', `Another DID has the alias ${alias}`, {}, error)
    }
  }

  async getDID(args: { did: string } | { alias: string }): Promise<IIdentifier> {
    const condition = 'did' in args ? eq(dids.did, args.did) : eq(dids.alias, args.alias)
    const [identifier] = await this.#select(condition)
    if (identifier === undefined) throw new AssayError('notFound', `There is no DID with ${JSON.stringify(args)}`)
    return identifier
  }

  async deleteDID({ did }: { did: string }): Promise<boolean> {
    return (await this.#db.delete(dids).where(eq(dids.did, did)).returning({ did: dids.did })).length === 1
  }

  async listDIDs({ alias, provider }: { alias?: string; provider?: string } = {}): Promise<IIdentifier[]> {
    return this.#select(
      and(
        alias === undefined ? undefined : eq(dids.alias, alias),
        provider === undefined ? undefined : eq(dids.provider, provider),
      ),
    )
  }

  async #select(condition: ReturnType<typeof and>): Promise<IIdentifier[]> {
    const rows = await this.#db.select().from(dids).where(condition).orderBy(dids.did)
    if (rows.length === 0) return []
    const found = rows.map(({ did }) => did)
    const listed = await this.#db
      .select({ did: didKeys.did, key: keys })
      .from(didKeys)
      .innerJoin(keys, eq(keys.kid, didKeys.kid))
      .where(inArray(didKeys.did, found))
      .orderBy(didKeys.kid)
    return rows.map(({ did, alias, provider, controllerKeyId, services }) => ({
      did,
      provider,
      ...(alias !== null && { alias }),
      ...(controllerKeyId !== null && { controllerKeyId }),
      keys: listed.filter((row) => row.did === did).map(({ key }) => key),
      services: services as IService[],
    }))
  }
}
