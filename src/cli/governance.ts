import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createAgent, createResolver, createSecretBox, didSignerFor, getOrCreateServiceDid } from '../identity/index.ts'
import { AssayError, isAssayError } from '../protocol/index.ts'
import { createRegistry, type Registry, type Signer, type Witness } from '../registry/index.ts'
import { foundersOf } from '../server/founders.ts'
import { KMS_SECRET_FILE, readConfig } from '../server/index.ts'
import { openKmsSecret } from '../server/open-keys.ts'
import { bootClock, openWitness } from '../server/open-witness.ts'
import { createIdentityStores } from '../storage/create-identity-stores.ts'
import { createRegistryStore, openDatabase } from '../storage/index.ts'
import { clock, randomBytes, resolveKeys } from './effects.ts'
import { CannotRun } from './exit-codes.ts'

/** A registry that this process may change: with its governor's key, and its witness's to publish the change. */
export interface Governed {
  registry: Registry
  governor: Signer
  witness: Witness
}

/**
 * Opens the database of a service, where its governor's key is, for one change. It holds the data folder meanwhile, so the
 * embedded database must not be in use.
 * @throws AssayError `folderInUse`; CannotRun where there is no service
 */
export async function asGovernor<T>(
  { dataFolder }: { dataFolder?: string },
  work: (governed: Governed) => Promise<T>,
): Promise<T> {
  const config = readConfig({ ...(dataFolder !== undefined && { dataFolder }) }, process.env)
  const embedded = config.databaseUrl === undefined
  if (embedded && !existsSync(join(config.dataFolder, KMS_SECRET_FILE))) {
    throw new CannotRun(
      'notFound',
      `${config.dataFolder} is not the data folder of a service: name it by --data-folder`,
    )
  }
  const target = config.databaseUrl === undefined ? { dataFolder: config.dataFolder } : { url: config.databaseUrl }
  const database = await openDatabase(target).catch((error: unknown) => {
    if (!isAssayError(error, 'folderInUse')) throw error
    const message = `A service is running on ${config.dataFolder}: stop it first, or run it on PostgreSQL (DATABASE_URL), which both can use`
    throw new AssayError('folderInUse', message, error.detail)
  })
  try {
    const stores = await createIdentityStores(database.db, createSecretBox(openKmsSecret(config, randomBytes)))
    const agent = createAgent(stores, { resolver: createResolver() })
    const signerOf = async (role: string) => {
      return didSignerFor(agent, await getOrCreateServiceDid(agent, role, { kind: 'key' }))
    }
    const governor = await signerOf('governor')
    const witness = await openWitness(await signerOf('witness'), { secrets: stores.secrets, randomBytes })
    const store = createRegistryStore(database.db)
    const genesis = await store.genesis()
    if (genesis === undefined)
      throw new CannotRun('notFound', 'The service has founded no registry yet: start it first')
    const registry = await createRegistry(
      { store, clock, bootClock, resolveKeys, witnesses: [witness] },
      foundersOf({}, { governor, witness }, genesis),
    )
    return await work({ registry, governor, witness })
  } finally {
    await database.close()
  }
}
