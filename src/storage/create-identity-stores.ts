import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { AbstractSecretBox } from '@veramo/key-manager'
import type { IdentityStores } from '../identity/stores.ts'
import type { Db } from './database.ts'
import { createSecretKeyStore } from './secret-key-store.ts'
import { createUsedTokenStore } from './used-token-store.ts'
import { VeramoDidStore } from './veramo-did-store.ts'
import { VeramoKeyStore } from './veramo-key-store.ts'
import { VeramoPrivateKeyStore } from './veramo-private-key-store.ts'

/** Encrypted at the first start with a KMS secret; whoever can't read it has another one. */
const CHECK_NAME = 'kms-check'
const CHECK = utf8ToBytes('assay')

/**
 * The identity module's stores on a database. Checks at once that the KMS secret is the one of the keys already there, so that a
 * wrong one is found at start and not at the first signature.
 * @throws AssayError `configInvalid`
 */
export async function createIdentityStores(db: Db, box: AbstractSecretBox): Promise<IdentityStores> {
  const secrets = createSecretKeyStore(db, box)
  await secrets.put(CHECK_NAME, CHECK)
  await secrets.get(CHECK_NAME)
  return {
    keys: new VeramoKeyStore(db),
    privateKeys: new VeramoPrivateKeyStore(db, box),
    dids: new VeramoDidStore(db),
    secrets,
    usedTokens: createUsedTokenStore(db),
  }
}
