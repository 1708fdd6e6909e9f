import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import type { AbstractSecretBox } from '@veramo/key-manager'
import { eq } from 'drizzle-orm'
import type { SecretKeyStore } from '../identity/stores.ts'
import type { Db } from './database.ts'
import { secrets } from './schema/index.ts'

/** Named secrets, each encrypted. */
export function createSecretKeyStore(db: Db, box: AbstractSecretBox): SecretKeyStore {
  return {
    async get(name) {
      const [row] = await db.select().from(secrets).where(eq(secrets.name, name))
      return row && hexToBytes(await box.decrypt(row.encrypted))
    },
    async put(name, secret) {
      if (secret.length === 0) throw new RangeError('A secret has at least one byte')
      const encrypted = await box.encrypt(bytesToHex(secret))
      const kept = await db
        .insert(secrets)
        .values({ name, encrypted })
        .onConflictDoNothing()
        .returning({ name: secrets.name })
      return kept.length === 1
    },
  }
}
