import { AssayError } from '../protocol/errors.ts'
import { intervalNumber } from '../protocol/time.ts'
import type { Cut } from './cut.ts'
import { MAX_ROOTS, type RootStatements } from './known-roots.ts'
import type { RegistryLog } from './log-entry.ts'
import { parseDocument } from './parse-document.ts'
import { pendingRoot } from './pending-root.ts'
import type { Registry } from './registry.ts'
import { type RegistryState, stateAtCut, statusRootOf } from './registry-state.ts'
import { listKey } from './registry-tree.ts'
import { type RootConflict, verifyConflict } from './root-conflict.ts'
import { CLOCK_SKEW_SECONDS } from './root-statement.ts'
import { type RegistrySnapshot, type SnapshotLeaf, zSnapshotLeaf } from './snapshot.ts'
import type { StatusUpdate } from './status-update.ts'

/**
 * GET /v1/registry: the registry as the newest root has it, though the store may be ahead of it.
 * @throws AssayError before the first root is published: `rootPending` when it waits for witnesses, else `unavailable`
 */
export async function readSnapshot(registry: Registry): Promise<RegistrySnapshot> {
  const { store, genesis, clock, cache } = registry
  const upTo = intervalNumber(clock() + CLOCK_SKEW_SECONDS, genesis.intervalSeconds)
  const published = await store.latestRoot(upTo)
  if (published === undefined) {
    throw (
      (await pendingRoot(registry, upTo)) ?? new AssayError('unavailable', 'The registry has not published a root yet')
    )
  }
  const { statement, cut } = published
  const cached = cache.snapshot
  const isCurrent = cached?.statement.root === statement.root && cached.statement.logHead === statement.logHead
  const snapshot = isCurrent ? { ...cached, statement } : { ...(await snapshotOfCut(registry, cut)), statement }
  cache.snapshot = snapshot
  return snapshot
}

/** A snapshot without its root statement: leaves and lists as a cut has them. */
export async function snapshotOfCut(registry: Registry, cut: Cut): Promise<Omit<RegistrySnapshot, 'statement'>> {
  const state = await stateAtCut(registry, cut)
  const { registryId, genesis } = registry
  const statusLists = await readUpdates(registry, state)
  return { registryId, genesis, leaves: leavesOf(state), statusLists }
}

/** The leaves of a state as snapshots carry them. */
export function leavesOf(state: RegistryState): SnapshotLeaf[] {
  return state.trust.leaves.map((leaf) => {
    const { slot, issuer, key, schema, list, sourceCap, state: standing } = leaf
    const statusRoot = String(statusRootOf(state, leaf))
    return parseDocument(zSnapshotLeaf, 'snapshot leaf', {
      slot,
      issuer,
      key: [...key],
      schema,
      list,
      sourceCap,
      statusRoot,
      state: standing,
    })
  })
}

/** GET /v1/registry/log: every entry. */
export async function readLog({ store, registryId }: Registry): Promise<RegistryLog> {
  return { registryId, entries: await store.entriesAfter(0) }
}

/** GET /v1/registry/roots: the roots from an interval number on, at most 256: the newest. */
export async function readRoots({ store, registryId }: Registry, since: number): Promise<RootStatements> {
  return { registryId, statements: await store.rootsSince(since, MAX_ROOTS) }
}

/**
 * Stores evidence against a witness, from any sender.
 * @throws AssayError as `verifyConflict` does
 */
export async function acceptConflict(registry: Registry, json: unknown): Promise<{ witnesses: string[] }> {
  const { conflict, witnesses } = await verifyConflict(json, registry)
  await registry.store.addConflict(conflict)
  return { witnesses }
}

/** GET /v1/registry/conflicts: all evidence against witnesses. */
export async function readConflicts({ store }: Registry): Promise<{ conflicts: RootConflict[] }> {
  return { conflicts: await store.conflicts(1000) }
}

/** The updates that a state has of active leaves' lists, which is all that the root says anything of. */
async function readUpdates({ store }: Registry, { trust, lists }: RegistryState): Promise<StatusUpdate[]> {
  const active = new Set(trust.leaves.filter(({ state }) => state === 'active').map(listKey))
  const names = [...lists.values()].map(({ name }) => name).filter((name) => active.has(listKey(name)))
  return Promise.all(
    names.map(async (name) => {
      const update = await store.update(name)
      if (update === undefined)
        throw new AssayError('internal', `Status update ${name.seq} of list ${name.list} is gone`)
      return update
    }),
  )
}
