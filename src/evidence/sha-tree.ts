import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes } from '@noble/hashes/utils.js'

/**
 * The SHA-256 Merkle tree of RFC 6962 (2.1): leaf SHA256(0x00 ‖ data), node SHA256(0x01 ‖ left ‖ right), any number of
 * leaves. Built level by level; a last node without a sibling moves up unhashed, which gives the RFC's very shape.
 */
export type ShaTree = readonly (readonly Uint8Array[])[]

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)

/** The hash of a leaf's data. */
export function shaLeaf(data: Uint8Array): Uint8Array {
  return sha256.create().update(LEAF).update(data).digest()
}

function shaNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concatBytes(NODE, left, right))
}

/** The tree over leaf hashes, lowest level first. Throws RangeError without leaves. */
export function buildShaTree(leaves: readonly Uint8Array[]): ShaTree {
  if (leaves.length === 0) throw new RangeError('A Merkle tree needs at least one leaf')
  const levels = [leaves]
  for (let level = leaves; level.length > 1; levels.push(level)) {
    const below = level
    level = Array.from({ length: Math.ceil(below.length / 2) }, (_, i) => {
      const right = below[2 * i + 1]
      return right === undefined ? below[2 * i]! : shaNode(below[2 * i]!, right)
    })
  }
  return levels
}

/** The root, 32 bytes. */
export function shaRoot(tree: ShaTree): Uint8Array {
  return tree[tree.length - 1]![0]!
}

/** The siblings from a leaf up to the root. */
export function shaPath(tree: ShaTree, index: number): Uint8Array[] {
  if (!Number.isInteger(index) || index < 0 || index >= tree[0]!.length) {
    throw new RangeError(`The tree has ${tree[0]!.length} leaves, so none at ${index}`)
  }
  return tree.slice(0, -1).flatMap((level, height) => level[Math.floor(index / 2 ** height) ^ 1] ?? [])
}

/**
 * The root that a leaf hash, its place and its siblings lead to, in a tree of `size` leaves; undefined when the number
 * of siblings is not the one for that place.
 */
export function shaPathRoot(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
): Uint8Array | undefined {
  let [hash, place, width, used] = [leaf, index, size, 0]
  while (width > 1) {
    const alone = place === width - 1 && place % 2 === 0
    if (!alone) {
      const sibling = path[used++]
      if (sibling === undefined) return undefined
      hash = place % 2 === 1 ? shaNode(sibling, hash) : shaNode(hash, sibling)
    }
    place = Math.floor(place / 2)
    width = Math.ceil(width / 2)
  }
  return used === path.length && place === 0 ? hash : undefined
}
