import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { layersRoot, type NodeHash } from '../protocol/merkle.ts'
import { decodeStatusList, statusWords } from '../protocol/status-list.ts'
import { applyEntry } from './apply-entry.ts'
import type { Genesis } from './genesis.ts'
import { emptyLayers, type Layers, updateLayers } from './incremental-tree.ts'
import { isEmergency } from './log-entry.ts'
import type { RegistryStore, UpdateName } from './registry-store.ts'
import { leafHash, listKey, REGISTRY_DEPTH, STATUS_DEPTH } from './registry-tree.ts'
import { emptyTrustList, type TrustedLeaf, type TrustList } from './trust-list.ts'

/** A list's newest update and the layers of its tree. */
interface ListState {
  name: UpdateName
  layers: Layers
}

/** What the root is made of, as far as this process has read it. A value: reading on gives another one. */
export interface RegistryState {
  trust: TrustList
  /** By `listKey`; a list that was never published is missing, and empty. */
  lists: ReadonlyMap<string, ListState>
  /** Leaf hashes by what they are made of, so that they are not made again. */
  leafHashes: ReadonlyMap<string, bigint>
  layers: Layers
  root: bigint
  /** Sequence number of the last log entry that ends older roots at once; 0 if there is none. */
  emergencySeq: number
}

/** Where state is read from, and what was read of it before. */
interface StateSource {
  genesis: Genesis
  store: RegistryStore
  resolveKeys: ResolveKeys
  hash?: NodeHash | undefined
  cache: { state?: RegistryState }
}

/**
 * Reads on from where this process last was: replays new log entries (checking every signature, so that a row slipped into
 * the database is not believed), takes new status lists, and hashes only the paths that changed.
 * @throws AssayError as `applyEntry` does, when the stored log is not valid
 */
export async function readState(source: StateSource): Promise<RegistryState> {
  const before = source.cache.state ?? initialState(source)
  const { trust, emergencySeq } = await readLog(source, before)
  const lists = await readLists(source, before.lists)
  const leafHashes = hashLeaves(trust.leaves, lists, before.leafHashes)
  const leaves = trust.leaves.map((leaf) => leafHashes.get(leafName(leaf, lists))!)
  const layers = updateLayers(before.layers, leaves, source.hash)
  const state = { trust, lists, leafHashes, layers, root: layersRoot(layers), emergencySeq }
  source.cache.state = state
  return state
}

/** The root of a leaf's status list. */
export function statusRootOf({ lists }: Pick<RegistryState, 'lists'>, leaf: TrustedLeaf): bigint {
  return layersRoot(lists.get(listKey(leaf))?.layers ?? EMPTY_LIST)
}

const EMPTY_LIST = emptyLayers(STATUS_DEPTH)

function initialState({ genesis }: StateSource): RegistryState {
  const layers = emptyLayers(REGISTRY_DEPTH)
  return {
    trust: emptyTrustList(genesis),
    lists: new Map(),
    leafHashes: new Map(),
    layers,
    root: layersRoot(layers),
    emergencySeq: 0,
  }
}

async function readLog(
  { store, resolveKeys }: StateSource,
  before: RegistryState,
): Promise<Pick<RegistryState, 'trust' | 'emergencySeq'>> {
  let { trust, emergencySeq } = before
  for (const entry of await store.entriesAfter(trust.seq)) {
    trust = await applyEntry(trust, entry, resolveKeys)
    if (isEmergency(entry)) emergencySeq = entry.seq
  }
  return { trust, emergencySeq }
}

async function readLists(
  { store, hash }: StateSource,
  before: RegistryState['lists'],
): Promise<RegistryState['lists']> {
  const lists = new Map(before)
  for (const name of await store.latestUpdates()) {
    const known = before.get(listKey(name))
    if (known !== undefined && known.name.seq >= name.seq) continue
    const update = await store.update(name)
    if (update === undefined) throw new AssayError('internal', `Status update ${name.seq} of ${listKey(name)} is gone`)
    const words = statusWords(decodeStatusList(update.encodedList))
    lists.set(listKey(name), { name, layers: updateLayers(known?.layers ?? EMPTY_LIST, words, hash) })
  }
  return lists
}

function leafName(leaf: TrustedLeaf, lists: RegistryState['lists']): string {
  return `${leaf.slot} ${leaf.state} ${statusRootOf({ lists }, leaf)}`
}

function hashLeaves(
  leaves: readonly TrustedLeaf[],
  lists: RegistryState['lists'],
  before: RegistryState['leafHashes'],
): RegistryState['leafHashes'] {
  return new Map(
    leaves.map((leaf) => {
      const name = leafName(leaf, lists)
      return [name, before.get(name) ?? leafHash(leaf, statusRootOf({ lists }, leaf))]
    }),
  )
}
