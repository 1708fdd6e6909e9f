import type { IKey, ManagedKeyInfo } from '@veramo/core'
import { AbstractKeyStore } from '@veramo/key-manager'
import { eq } from 'drizzle-orm'
import { AssayError } from '../protocol/errors.ts'
import type { Db } from './database.ts'
import { keys } from './schema/index.ts'

/** Veramo's register of keys: public parts, and which key management holds the private one. */
export class VeramoKeyStore extends AbstractKeyStore {
  readonly #db: Db

  constructor(db: Db) {
    super()
    this.#db = db
  }

  async importKey(key: Partial<IKey>): Promise<boolean> {
    // the private part goes to the private key store alone
    const { kid, kms, type, publicKeyHex, meta = null } = key
    if (!kid || !kms || !type || !publicKeyHex) throw new TypeError('A key needs kid, kms, type and publicKeyHex')
    const row = { kid, kms, type, publicKeyHex, meta }
    const kept = await this.#db
      .insert(keys)
      .values(row)
      .onConflictDoUpdate({ target: keys.kid, set: { meta }, setWhere: eq(keys.publicKeyHex, publicKeyHex) })
      .returning({ kid: keys.kid })
    if (kept.length === 1) return true
    throw new AssayError('conflict', `Another key has the id ${kid}`)
  }

  async getKey({ kid }: { kid: string }): Promise<IKey> {
    const [row] = await this.#db.select().from(keys).where(eq(keys.kid, kid))
    if (row === undefined) throw new AssayError('notFound', `There is no key ${kid}`)
    return row
  }

  async deleteKey({ kid }: { kid: string }): Promise<boolean> {
    return (await this.#db.delete(keys).where(eq(keys.kid, kid)).returning({ kid: keys.kid })).length === 1
  }

  async listKeys(): Promise<ManagedKeyInfo[]> {
    return this.#db.select().from(keys).orderBy(keys.kid)
  }
}
