import * as z from 'zod'
import { AssayError } from '../protocol/errors.ts'
import { decodeStatusList, emptyStatusList, encodeStatusList, STATUS_LIST_BITS } from '../protocol/status-list.ts'
import { zRegistryId } from './genesis.ts'
import { parseDocument, zIntervalNumber, zSub } from './parse-document.ts'
import { leavesOf, readSnapshot, snapshotOfCut } from './read-registry.ts'
import type { Registry } from './registry.ts'
import { stateAtCut } from './registry-state.ts'
import { listKey, REGISTRY_SLOTS } from './registry-tree.ts'
import { zRootStatement } from './root-statement.ts'
import { type RegistrySnapshot, zSnapshotLeaf } from './snapshot.ts'
import { type StatusUpdate, zStatusUpdate } from './status-update.ts'

const zBit = z
  .int()
  .min(0)
  .max(STATUS_LIST_BITS - 1)

/** A status list that changed: everything of its newest update but the bits, and which bits flipped since. */
const zListDelta = zStatusUpdate.omit({ encodedList: true }).extend({ flipped: z.array(zBit).max(STATUS_LIST_BITS) })

/**
 * GET /v1/registry/delta: what changed in the registry since a root that a reader has. Whole lists would be 64 MiB each time
 * for a full registry. `lists` names every list of the newest root that differs; `gone` those that it no longer has.
 */
export const zRegistryDelta = z.strictObject({
  registryId: zRegistryId,
  since: z.strictObject({ number: zIntervalNumber, sub: zSub }),
  statement: zRootStatement,
  leaves: z.array(zSnapshotLeaf).max(REGISTRY_SLOTS),
  lists: z.array(zListDelta).max(REGISTRY_SLOTS),
  gone: z.array(z.string().max(600)).max(REGISTRY_SLOTS),
})
export type RegistryDelta = z.output<typeof zRegistryDelta>

/**
 * What changed since a root.
 * @throws AssayError `notFound` when the registry has no such root: then the reader fetches the whole snapshot
 */
export async function readDelta(registry: Registry, since: { number: number; sub: number }): Promise<RegistryDelta> {
  const cut = await registry.store.cut(since)
  if (cut === undefined) throw new AssayError('notFound', `The registry has no root ${since.number}.${since.sub}`)
  const now = await readSnapshot(registry)
  const before = await snapshotOfCut(registry, cut)
  const oldLeaves = new Map(leavesOf(await stateAtCut(registry, cut)).map((leaf) => [leaf.slot, leaf]))
  const oldLists = new Map(before.statusLists.map((update) => [listKey(update), update]))
  const kept = new Set(now.statusLists.map(listKey))
  const changed = now.statusLists.filter((update) => oldLists.get(listKey(update))?.seq !== update.seq)
  return {
    registryId: registry.registryId,
    since,
    statement: now.statement,
    leaves: now.leaves.filter((leaf) => JSON.stringify(oldLeaves.get(leaf.slot)) !== JSON.stringify(leaf)),
    lists: changed.map((update) => listDelta(oldLists.get(listKey(update)), update)),
    gone: [...oldLists.keys()].filter((name) => !kept.has(name)),
  }
}

/**
 * The snapshot after a delta. It is to be verified like any other (`verifySnapshot`): a false delta gives another root.
 * @throws AssayError `malformed`, `registryInvalid` (not a delta of this snapshot)
 */
export function applyDelta(snapshot: RegistrySnapshot, json: unknown): RegistrySnapshot {
  const delta = parseDocument(zRegistryDelta, 'registry delta', json)
  const { registryId, statement } = snapshot
  const isNext = delta.since.number === statement.number && delta.since.sub === statement.sub
  if (delta.registryId !== registryId || !isNext) {
    throw new AssayError('registryInvalid', 'The delta does not begin with the root of the snapshot')
  }
  const leaves = new Map([...snapshot.leaves, ...delta.leaves].map((leaf) => [leaf.slot, leaf]))
  const lists = new Map(snapshot.statusLists.map((update) => [listKey(update), update]))
  for (const name of delta.gone) lists.delete(name)
  for (const { flipped, ...update } of delta.lists) {
    const bits = flip(bitsOf(lists.get(listKey(update))), flipped)
    lists.set(listKey(update), { ...update, encodedList: encodeStatusList(bits) })
  }
  return {
    ...snapshot,
    leaves: [...leaves.values()].sort((a, b) => a.slot - b.slot),
    statusLists: [...lists.values()],
    statement: delta.statement,
  }
}

function listDelta(before: StatusUpdate | undefined, { encodedList, ...update }: StatusUpdate) {
  const [old, bits] = [bitsOf(before), decodeStatusList(encodedList)]
  const flipped = [...bits.entries()].flatMap(([place, byte]) => {
    const difference = byte ^ old[place]!
    if (difference === 0) return []
    return [0, 1, 2, 3, 4, 5, 6, 7].flatMap((i) => (difference & (0x80 >> i) ? [8 * place + i] : []))
  })
  return { ...update, flipped }
}

function bitsOf(update: StatusUpdate | undefined): Uint8Array {
  return update === undefined ? emptyStatusList() : decodeStatusList(update.encodedList)
}

function flip(list: Uint8Array, bits: readonly number[]): Uint8Array {
  const copy = list.slice()
  for (const bit of bits) copy[bit >> 3]! ^= 0x80 >> (bit & 7)
  return copy
}
