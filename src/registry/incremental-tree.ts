import { merkleLayers, merkleRoot, type NodeHash } from '../protocol/merkle.ts'
import { poseidon } from '../protocol/poseidon.ts'

const poseidonNode: NodeHash = (left, right) => poseidon([left, right])

/** The layers of a tree, leaves first, as `merkleLayers` gives them; never changed in place. */
export type Layers = readonly bigint[][]

/**
 * The layers of a tree whose leaves became `leaves`: only nodes above a leaf that changed or was added are hashed again.
 * `layers` is a tree of the same depth with at most as many leaves, for instance `merkleLayers([], depth)`.
 * @throws RangeError when leaves were taken away or don't fit
 */
export function updateLayers(layers: Layers, leaves: readonly bigint[], hash: NodeHash = poseidonNode): Layers {
  const before = layers[0]!
  const depth = layers.length - 1
  if (leaves.length < before.length) throw new RangeError('A tree keeps its leaves: one that goes becomes 0')
  if (leaves.length > 2 ** depth) throw new RangeError(`A tree of depth ${depth} has no ${leaves.length} leaves`)
  let changed = leaves.flatMap((leaf, index) => (leaf === before[index] ? [] : [index]))
  if (changed.length === 0) return layers
  const result = [[...leaves]]
  for (let height = 0; height < depth; height++) {
    const below = result[height]!
    const layer = [...layers[height + 1]!]
    const [zero, zeroAbove] = [merkleRoot([], height), merkleRoot([], height + 1)]
    changed = [...new Set(changed.map((index) => index >> 1))]
    for (const index of changed) {
      const [left, right] = [below[2 * index]!, below[2 * index + 1] ?? zero]
      layer[index] = left === zero && right === zero ? zeroAbove : hash(left, right)
    }
    result.push(layer)
  }
  return result
}

/** The layers of an empty tree: every leaf is 0. */
export function emptyLayers(depth: number): Layers {
  return merkleLayers([], depth)
}
