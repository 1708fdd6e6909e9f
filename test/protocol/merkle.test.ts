import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { layersRoot, merkleLayers, merklePath, merkleRoot, poseidon } from '../../src/protocol/index.ts'

function rootFromPath(leaf: bigint, index: number, siblings: readonly bigint[]): bigint {
  return siblings.reduce((node, sibling, height) => {
    return (index >> height) & 1 ? poseidon([sibling, node]) : poseidon([node, sibling])
  }, leaf)
}

const trees = fc
  .integer({ min: 1, max: 4 })
  .chain((depth) => fc.tuple(fc.constant(depth), fc.array(fc.bigInt(0n, 1n << 128n), { maxLength: 2 ** depth })))

describe('Merkle trees of fixed depth', () => {
  it('lead from every leaf, present or empty, to the root', () => {
    fc.assert(
      fc.property(trees, ([depth, leaves]) => {
        const layers = merkleLayers(leaves, depth)
        for (let i = 0; i < 2 ** depth; i++) {
          expect(rootFromPath(leaves[i] ?? 0n, i, merklePath(layers, i))).toBe(layersRoot(layers))
        }
      }),
      { numRuns: 30 },
    )
  })

  it('do not tell trailing zeros from missing leaves', () => {
    fc.assert(
      fc.property(trees, ([depth, leaves]) => {
        const padded = [...leaves, ...Array(2 ** depth - leaves.length).fill(0n)]
        expect(merkleRoot(padded, depth)).toBe(merkleRoot(leaves, depth))
      }),
      { numRuns: 20 },
    )
  })

  it('have the usual zero hashes: z₁ = H2(0, 0)', () => {
    expect(merkleRoot([], 0)).toBe(0n)
    expect(merkleRoot([], 1)).toBe(poseidon([0n, 0n]))
    expect(merkleRoot([], 2)).toBe(poseidon([poseidon([0n, 0n]), poseidon([0n, 0n])]))
  })

  it('refuse too many leaves and indices outside', () => {
    expect(() => merkleRoot([1n, 2n, 3n], 1)).toThrow('A tree of depth 1 has no 3 leaves')
    const layers = merkleLayers([1n], 1)
    for (const index of [-1, 2, 0.5]) expect(() => merklePath(layers, index)).toThrow(RangeError)
  })
})
