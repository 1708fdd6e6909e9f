import { zGenesis } from './genesis.ts'
import { zRootStatements } from './known-roots.ts'
import { zRegistryLog } from './log-entry.ts'

/*
 * What a service serves: with the genesis, so that each answer can be checked by someone who holds nothing but the
 * registry id. Readers take the genesis off (`assertGenesis` checks it) and give the rest to `verifyLog` and `verifyRoots`.
 */

/** GET /v1/registry/log */
export const zPublishedLog = zRegistryLog.extend({ genesis: zGenesis })

/** GET /v1/registry/roots */
export const zPublishedRoots = zRootStatements.extend({ genesis: zGenesis })
