import { createAgent } from '../../src/identity/create-agent.ts'
import { createResolver } from '../../src/identity/create-resolver.ts'
import { createSecretBox } from '../../src/identity/create-secret-box.ts'
import { createIdentityStores } from '../../src/storage/create-identity-stores.ts'
import type { Database } from '../../src/storage/database.ts'

export const KMS_SECRET = '11'.repeat(32)

/** An agent on a test's database, as a server makes one. */
export async function agentOn({ db }: Database) {
  const stores = await createIdentityStores(db, createSecretBox(KMS_SECRET))
  const resolver = createResolver()
  return { stores, resolver, agent: createAgent(stores, { resolver }) }
}
