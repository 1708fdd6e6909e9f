import * as z from 'zod'
import { zCanonicalDid } from '../protocol/canonical-did.ts'
import { zSchemaUri } from '../protocol/claim-schemas.ts'
import { zListNumber } from '../protocol/credential.ts'
import { zSourceCap } from '../protocol/sources.ts'
import { zGenesis, zRegistryId } from './genesis.ts'
import { zSlot } from './log-entry.ts'
import { zFieldText, zPointText } from './parse-document.ts'
import { REGISTRY_SLOTS } from './registry-tree.ts'
import { zRootStatement } from './root-statement.ts'
import { zStatusUpdate } from './status-update.ts'

export const zSnapshotLeaf = z.strictObject({
  slot: zSlot,
  issuer: zCanonicalDid,
  key: zPointText,
  schema: zSchemaUri,
  list: zListNumber,
  sourceCap: zSourceCap,
  statusRoot: zFieldText,
  state: z.enum(['active', 'suspended', 'removed']),
})
export type SnapshotLeaf = z.output<typeof zSnapshotLeaf>

/**
 * GET /v1/registry: the whole registry as its newest root statement has it. Leaves stand by slot; status lists are those
 * of active leaves, and a list that was never published is empty and left out. Of a leaf that is not active the root
 * says nothing but that it counts as 0.
 */
export const zRegistrySnapshot = z.strictObject({
  registryId: zRegistryId,
  genesis: zGenesis,
  leaves: z.array(zSnapshotLeaf).max(REGISTRY_SLOTS),
  statusLists: z.array(zStatusUpdate).max(REGISTRY_SLOTS),
  statement: zRootStatement,
})
export type RegistrySnapshot = z.output<typeof zRegistrySnapshot>
