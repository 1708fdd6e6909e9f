import type { ResolveKeys } from '../protocol/effects.ts'
import { AssayError } from '../protocol/errors.ts'
import { layersRoot, merkleLayers, type NodeHash } from '../protocol/merkle.ts'
import { decodeStatusList, emptyStatusList, statusRoot } from '../protocol/status-list.ts'
import { intervalNumber } from '../protocol/time.ts'
import { assertGenesis } from './genesis.ts'
import { parseDocument } from './parse-document.ts'
import { leafHash, listKey, REGISTRY_DEPTH } from './registry-tree.ts'
import { makeView, type RegistryView } from './registry-view.ts'
import { CLOCK_SKEW_SECONDS, type RootStatement } from './root-statement.ts'
import { assertWitnessed } from './sign-root.ts'
import { type RegistrySnapshot, zRegistrySnapshot } from './snapshot.ts'

/**
 * Checks what GET /v1/registry served, whoever served it: the pinned genesis, enough witnesses' signatures on the
 * root of the present interval or the one before, and that leaves and status lists are the very ones under that root. Issuers' DIDs are not resolved: the root
 * binds every list's bits, and the witnesses saw the issuers' signatures.
 *
 * `now` and `skewSeconds` (default 120) are in seconds; `hash` may be a faster node hash.
 * @throws AssayError `malformed`, `registryInvalid`, `notEnoughSignatures`, `registryStale`, `rootFromFuture`
 */
export async function verifySnapshot(
  json: unknown,
  options: { registryId: string; resolveKeys: ResolveKeys; now: number; skewSeconds?: number; hash?: NodeHash },
): Promise<RegistryView> {
  const snapshot = parseDocument(zRegistrySnapshot, 'registry snapshot', json)
  const { genesis, statement } = snapshot
  if (snapshot.registryId !== options.registryId) refuse('it is of another registry')
  assertGenesis(genesis, options.registryId)
  await assertWitnessed(statement, genesis, options.resolveKeys)
  assertTimely(statement, genesis, options)
  // The leaves come before the lists, whose hashing is slow: a stranger can make up thousands, but no leaf for them.
  if (snapshot.leaves.some(({ slot }, index) => slot !== index)) {
    refuse('its leaves do not stand in the order of their slots')
  }
  const leaves = snapshot.leaves.map((leaf) => leafHash(leaf, BigInt(leaf.statusRoot)))
  const layers = merkleLayers(leaves, REGISTRY_DEPTH, options.hash)
  const root = layersRoot(layers)
  if (root !== BigInt(statement.root)) refuse('its leaves do not give the root that the witnesses signed')
  const lists = readLists(snapshot)
  checkStatusRoots(snapshot, lists, options.hash)
  const active = new Map(snapshot.leaves.filter(({ state }) => state === 'active').map((leaf) => [leaf.slot, leaf]))
  const { registryId } = statement
  return makeView({ registryId, statement, genesis, leaves: active, layers, lists, root, hash: options.hash })
}

/**
 * The root's number is that of the present interval or the one before, by the reader's clock.
 * @throws AssayError `registryStale`, `rootFromFuture`
 */
export function assertTimely(
  { number }: Pick<RootStatement, 'number'>,
  { intervalSeconds }: { intervalSeconds: number },
  { now, skewSeconds = CLOCK_SKEW_SECONDS }: { now: number; skewSeconds?: number },
): void {
  const present = intervalNumber(now, intervalSeconds)
  if (number > intervalNumber(now + skewSeconds, intervalSeconds)) {
    throw new AssayError('rootFromFuture', `The root is of interval ${number}, and now is interval ${present}`, {
      number,
      present,
    })
  }
  if (number >= intervalNumber(now - skewSeconds, intervalSeconds) - 1) return
  throw new AssayError('registryStale', `The newest root is of interval ${number}, and now is interval ${present}`, {
    number,
    present,
  })
}

function readLists({ statusLists, registryId, leaves }: RegistrySnapshot): Map<string, Uint8Array> {
  const lists = new Map<string, Uint8Array>()
  const isActive = ({ state }: { state: string }) => state === 'active'
  const bound = new Set(leaves.filter(isActive).map((leaf) => `${listKey(leaf)} ${leaf.schema}`))
  for (const update of statusLists) {
    const name = listKey(update)
    if (update.registryId !== registryId) refuse(`list ${name} is signed for another registry`)
    if (lists.has(name)) refuse(`list ${name} stands in it twice`)
    if (!bound.has(`${name} ${update.schema}`)) refuse(`list ${name} belongs to no active leaf`)
    lists.set(name, decodeStatusList(update.encodedList))
  }
  return lists
}

function checkStatusRoots({ leaves }: RegistrySnapshot, lists: Map<string, Uint8Array>, hash?: NodeHash): void {
  const roots = new Map<string, bigint>()
  for (const [index, leaf] of leaves.entries()) {
    if (leaf.state !== 'active') continue
    const name = listKey(leaf)
    const root = roots.get(name) ?? statusRoot(lists.get(name) ?? emptyStatusList(), hash)
    roots.set(name, root)
    if (root !== BigInt(leaf.statusRoot)) refuse(`list ${name} does not give the status root of leaf ${index}`)
  }
}

function refuse(reason: string): never {
  throw new AssayError('registryInvalid', `The registry snapshot is not valid: ${reason}`)
}
