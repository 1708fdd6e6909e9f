import {
  AbstractPrivateKeyStore,
  type AbstractSecretBox,
  type ImportablePrivateKey,
  type ManagedPrivateKey,
} from '@veramo/key-manager'
import { eq } from 'drizzle-orm'
import { AssayError } from '../protocol/errors.ts'
import type { Db } from './database.ts'
import { privateKeys } from './schema/index.ts'

/** Private keys of Veramo's local key management, each encrypted. An alias never changes its key. */
export class VeramoPrivateKeyStore extends AbstractPrivateKeyStore {
  readonly #db: Db
  readonly #box: AbstractSecretBox

  constructor(db: Db, box: AbstractSecretBox) {
    super()
    this.#db = db
    this.#box = box
  }

  async importKey({ alias, type, privateKeyHex }: ImportablePrivateKey): Promise<ManagedPrivateKey> {
    if (!alias) throw new TypeError('A private key needs an alias')
    const encrypted = await this.#box.encrypt(privateKeyHex)
    const kept = await this.#db
      .insert(privateKeys)
      .values({ alias, type, encrypted })
      .onConflictDoNothing()
      .returning({ alias: privateKeys.alias })
    if (kept.length === 0 && (await this.getKey({ alias })).privateKeyHex !== privateKeyHex) {
      throw new AssayError('conflict', `Another private key has the alias ${alias}`)
    }
    return { alias, type, privateKeyHex }
  }

  async getKey({ alias }: { alias: string }): Promise<ManagedPrivateKey> {
    const [row] = await this.#db.select().from(privateKeys).where(eq(privateKeys.alias, alias))
    if (row === undefined) throw new AssayError('notFound', `There is no private key ${alias}`)
    return this.#open(row)
  }

  async deleteKey({ alias }: { alias: string }): Promise<boolean> {
    const deleted = await this.#db
      .delete(privateKeys)
      .where(eq(privateKeys.alias, alias))
      .returning({ alias: privateKeys.alias })
    return deleted.length === 1
  }

  async listKeys(): Promise<ManagedPrivateKey[]> {
    const rows = await this.#db.select().from(privateKeys).orderBy(privateKeys.alias)
    return Promise.all(rows.map((row) => this.#open(row)))
  }

  async #open({ alias, type, encrypted }: typeof privateKeys.$inferSelect): Promise<ManagedPrivateKey> {
    return { alias, type, privateKeyHex: await this.#box.decrypt(encrypted) }
  }
}
