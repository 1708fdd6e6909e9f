import { poseidon } from './poseidon.ts'

/** The two-input Poseidon that makes the nodes of a tree: (left, right) → parent. */
export type NodeHash = (left: bigint, right: bigint) => bigint

const poseidonNode: NodeHash = (left, right) => poseidon([left, right])

/** Roots of empty subtrees by height: z₀ = 0, zᵢ₊₁ = H2(zᵢ, zᵢ). */
const zeroHashes: bigint[] = [0n]

function zeroHash(height: number): bigint {
  for (let i = zeroHashes.length; i <= height; i++)
    zeroHashes.push(poseidonNode(zeroHashes[i - 1]!, zeroHashes[i - 1]!))
  return zeroHashes[height]!
}

/**
 * All layers of a tree of fixed depth, leaves first. Leaves on the right that are missing are 0; subtrees of them cost
 * nothing. `hash` replaces the node hash by a faster one that gives the same values.
 */
export function merkleLayers(leaves: readonly bigint[], depth: number, hash: NodeHash = poseidonNode): bigint[][] {
  if (leaves.length > 2 ** depth) throw new RangeError(`A tree of depth ${depth} has no ${leaves.length} leaves`)
  const layers = [[...leaves]]
  for (let height = 0; height < depth; height++) {
    const below = layers[height]!
    const layer = Array.from({ length: Math.ceil(below.length / 2) }, (_, i) => {
      const [left, right] = [below[2 * i]!, below[2 * i + 1] ?? zeroHash(height)]
      return left === zeroHash(height) && right === left ? zeroHash(height + 1) : hash(left, right)
    })
    layers.push(layer)
  }
  return layers
}

/** The root of layers from `merkleLayers`. */
export function layersRoot(layers: readonly bigint[][]): bigint {
  return layers.at(-1)![0] ?? zeroHash(layers.length - 1)
}

/** The root of a tree of fixed depth. */
export function merkleRoot(leaves: readonly bigint[], depth: number, hash?: NodeHash): bigint {
  return layersRoot(merkleLayers(leaves, depth, hash))
}

/** The siblings of leaf `index`, from the leaves upward. */
export function merklePath(layers: readonly bigint[][], index: number): bigint[] {
  const depth = layers.length - 1
  if (!Number.isInteger(index) || index < 0 || index >= 2 ** depth)
    throw new RangeError(`No leaf ${index} at depth ${depth}`)
  return Array.from({ length: depth }, (_, height) => layers[height]![(index >> height) ^ 1] ?? zeroHash(height))
}
