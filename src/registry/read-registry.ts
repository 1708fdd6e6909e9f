import { AssayError } from '../protocol/errors.ts'
import { decodeStatusList, emptyStatusList, statusRoot } from '../protocol/status-list.ts'
import type { RegistryLog } from './log-entry.ts'
import type { Registry } from './registry.ts'
import { readState, statusRootOf } from './registry-state.ts'
import type { PublishedRoot } from './registry-store.ts'
import { listKey } from './registry-tree.ts'
import { replayLog } from './replay-log.ts'
import type { RootStatements } from './root-windows.ts'
import type { RegistrySnapshot, SnapshotLeaf } from './snapshot.ts'
import type { StatusUpdate } from './status-update.ts'
import type { TrustedLeaf, TrustList } from './trust-list.ts'

/**
 * GET /v1/registry: the registry as the newest root statement has it, though the store may be ahead of it.
 * @throws AssayError `unavailable` before the first root is published
 */
export async function readSnapshot(registry: Registry): Promise<RegistrySnapshot> {
  const published = await registry.store.latestRoot()
  if (published === undefined) throw new AssayError('unavailable', 'The registry has not published a root yet')
  const cached = registry.cache.snapshot
  const { root, logHead } = published.statement
  const isCurrent = cached?.statement.root === root && cached.statement.logHead === logHead
  const snapshot = isCurrent ? { ...cached, statement: published.statement } : await makeSnapshot(registry, published)
  registry.cache.snapshot = snapshot
  return snapshot
}

/** GET /v1/registry/log: every entry. */
export async function readLog({ store, registryId }: Registry): Promise<RegistryLog> {
  return { registryId, entries: await store.entriesAfter(0) }
}

/** GET /v1/registry/roots: the statements since a time, and the one before them. `since` is in seconds. */
export async function readRoots({ store, registryId }: Registry, since: number): Promise<RootStatements> {
  return { registryId, statements: await store.statementsSince(since) }
}

async function makeSnapshot(registry: Registry, published: PublishedRoot): Promise<RegistrySnapshot> {
  const trust = await trustListAt(registry, published.logSeq)
  const updates = await readUpdates(registry, published, trust)
  const leaves = trust.leaves.map((leaf) => snapshotLeaf(registry, leaf, updates.get(listKey(leaf))))
  const { registryId, genesis } = registry
  return { registryId, genesis, leaves, statusLists: [...updates.values()], statement: published.statement }
}

async function trustListAt(registry: Registry, seq: number): Promise<TrustList> {
  const { trust } = await readState(registry)
  if (trust.seq === seq) return trust
  const entries = await registry.store.entriesAfter(0)
  return replayLog(registry.genesis, entries.slice(0, seq), registry.resolveKeys)
}

/** The updates under a published root, by list: those of active leaves, which is all that the root says anything of. */
async function readUpdates(
  { store }: Registry,
  { lists }: PublishedRoot,
  { leaves }: TrustList,
): Promise<Map<string, StatusUpdate>> {
  const active = new Set(leaves.filter(({ state }) => state === 'active').map(listKey))
  const updates = new Map<string, StatusUpdate>()
  for (const name of lists.filter((list) => active.has(listKey(list)))) {
    const update = await store.update(name)
    if (update === undefined) throw new AssayError('internal', `Status update ${name.seq} of ${listKey(name)} is gone`)
    updates.set(listKey(name), update)
  }
  return updates
}

function snapshotLeaf({ cache, hash }: Registry, leaf: TrustedLeaf, update: StatusUpdate | undefined): SnapshotLeaf {
  const isRead = cache.state?.lists.get(listKey(leaf))?.name.seq === update?.seq
  const root =
    cache.state !== undefined && isRead
      ? statusRootOf(cache.state, leaf)
      : statusRoot(update === undefined ? emptyStatusList() : decodeStatusList(update.encodedList), hash)
  const { slot, issuer, key, schema, list, assuranceCap, state } = leaf
  return { slot, issuer, key: [...key], schema, list, assuranceCap, statusRoot: String(root), state }
}
