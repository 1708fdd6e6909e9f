import { audienceField } from '../protocol/did.ts'
import { toField } from '../protocol/field.ts'
import { registryLeaf } from '../protocol/hashes.ts'

/** Depth of the registry's tree, as the circuit has it. */
export const REGISTRY_DEPTH = 15

/** How many leaves a registry can ever name. */
export const REGISTRY_SLOTS = 2 ** REGISTRY_DEPTH

/** Depth of a status list's tree over its 128-bit words, as the circuit has it. */
export const STATUS_DEPTH = 10

/** What a leaf of the registry says: this issuer is trusted, with this key, for this schema and list, up to this source. */
export interface LeafContent {
  issuer: string
  /** Coordinates as decimal strings. */
  key: readonly [string, string]
  schema: string
  list: number
  /** The highest source that it may claim, 1 to 3. */
  sourceCap: number
}

/** Active leaves count; suspended and removed ones are 0 in the tree. */
export type LeafState = 'active' | 'suspended' | 'removed'

/** The leaf as the tree holds it: 0 unless it is active. */
export function leafHash(leaf: LeafContent & { state: LeafState }, statusRoot: bigint): bigint {
  if (leaf.state !== 'active') return 0n
  return registryLeaf({
    issuer: audienceField(leaf.issuer),
    key: [BigInt(leaf.key[0]), BigInt(leaf.key[1])],
    schema: toField(leaf.schema),
    list: BigInt(leaf.list),
    sourceCap: BigInt(leaf.sourceCap),
    statusRoot,
  })
}

/** Names one status list: an issuer numbers its own. */
export interface ListName {
  issuer: string
  list: number
}

/** A status list's name as a map key. DIDs hold no `#`. */
export function listKey({ issuer, list }: ListName): string {
  return `${issuer}#${list}`
}
