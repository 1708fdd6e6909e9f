import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { layersRoot, type NodeHash } from '../protocol/merkle.ts'
import { decodeStatusList, statusWords } from '../protocol/status-list.ts'
import { applyEntry } from './apply-entry.ts'
import type { Cut, CutList } from './cut.ts'
import type { Genesis } from './genesis.ts'
import { emptyLayers, type Layers, updateLayers } from './incremental-tree.ts'
import { isUrgent, type LogEntry } from './log-entry.ts'
import type { RegistryStore, UpdateName } from './registry-store.ts'
import { leafHash, listKey, REGISTRY_DEPTH, STATUS_DEPTH } from './registry-tree.ts'
import { updateDigest } from './status-update.ts'
import { emptyTrustList, type TrustedLeaf, type TrustList } from './trust-list.ts'

/** One state of a list and the layers of its tree. */
interface ListState {
  name: CutList
  layers: Layers
}

/** What a root is made of. A value: reading on gives another one. */
export interface RegistryState {
  trust: TrustList
  /** By `listKey`; a list that was never published is missing, and empty. */
  lists: ReadonlyMap<string, ListState>
  /** Leaf hashes by what they are made of, so that they are not made again. */
  leafHashes: ReadonlyMap<string, bigint>
  layers: Layers
  root: bigint
  /** The last log entry that asks for an urgent root. */
  urgentEntry: LogEntry | undefined
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
 * The newest state. Reads on from where this process last was: replays new log entries (checking every signature, so that a
 * row slipped into the database is not believed), takes new status lists, and hashes only the paths that changed.
 * @throws AssayError as `applyEntry` does, when the stored log is not valid
 */
export async function readState(source: StateSource): Promise<RegistryState> {
  const before = source.cache.state ?? initialState(source.genesis)
  const state = await advance(source, before, {
    entries: await source.store.entriesAfter(before.trust.seq),
    updates: await source.store.latestUpdates(),
  })
  source.cache.state = state
  return state
}

/**
 * The state that a cut names, though the store may be ahead of it.
 * @throws AssayError `cutInvalid` when the cut names another log head, or a state of a list that is not here
 */
export async function stateAtCut(source: StateSource, cut: Cut): Promise<RegistryState> {
  const newest = await readState(source)
  const state = isOfCut(newest, cut) ? newest : await rebuild(source, cut)
  if (isOfCut(state, cut)) return state
  throw new AssayError('cutInvalid', `The cut ${cut.number}.${cut.sub} names another log head or state of a list`)
}

/** The lists of a state as a cut names them. */
export function listsOfState({ lists }: RegistryState): CutList[] {
  return [...lists.values()].map(({ name }) => name)
}

/** The root of a leaf's status list. */
export function statusRootOf({ lists }: Pick<RegistryState, 'lists'>, leaf: TrustedLeaf): bigint {
  return layersRoot(lists.get(listKey(leaf))?.layers ?? EMPTY_LIST)
}

const EMPTY_LIST = emptyLayers(STATUS_DEPTH)

function initialState(genesis: Genesis): RegistryState {
  const layers = emptyLayers(REGISTRY_DEPTH)
  const trust = emptyTrustList(genesis)
  return { trust, lists: new Map(), leafHashes: new Map(), layers, root: layersRoot(layers), urgentEntry: undefined }
}

function isOfCut({ trust, lists }: RegistryState, cut: Cut): boolean {
  const isSameLog = trust.seq === cut.logSeq && trust.head === cut.logHead
  const isSameList = (named: CutList) => lists.get(listKey(named))?.name.digest === named.digest
  return isSameLog && lists.size === cut.lists.length && cut.lists.every(isSameList)
}

async function rebuild(source: StateSource, cut: Cut): Promise<RegistryState> {
  const entries = (await source.store.entriesAfter(0)).filter(({ seq }) => seq <= cut.logSeq)
  return advance(source, initialState(source.genesis), { entries, updates: cut.lists })
}

async function advance(
  source: StateSource,
  before: RegistryState,
  news: { entries: readonly LogEntry[]; updates: readonly UpdateName[] },
): Promise<RegistryState> {
  let { trust, urgentEntry } = before
  for (const entry of news.entries) {
    trust = await applyEntry(trust, entry, source.resolveKeys)
    if (isUrgent(entry)) urgentEntry = entry
  }
  const lists = await readLists(source, before.lists, news.updates)
  const leafHashes = hashLeaves(trust.leaves, lists, before.leafHashes)
  const leaves = trust.leaves.map((leaf) => leafHashes.get(leafName(leaf, lists))!)
  const layers = updateLayers(before.layers, leaves, source.hash)
  return { trust, lists, leafHashes, layers, root: layersRoot(layers), urgentEntry }
}

async function readLists(
  { store, hash }: StateSource,
  before: RegistryState['lists'],
  updates: readonly UpdateName[],
): Promise<RegistryState['lists']> {
  const lists = new Map(before)
  for (const { issuer, list, seq } of updates) {
    const known = before.get(listKey({ issuer, list }))
    if (known !== undefined && known.name.seq >= seq) continue
    const update = await store.update({ issuer, list, seq })
    if (update === undefined) throw new AssayError('internal', `Status update ${seq} of list ${list} is gone`)
    const words = statusWords(decodeStatusList(update.encodedList))
    const name = { issuer, list, seq, digest: updateDigest(update) }
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
