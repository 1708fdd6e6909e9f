import { buildPoseidon } from 'circomlibjs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { merkleLayers, type NodeHash } from '../../src/protocol/merkle.ts'
import { poseidon } from '../../src/protocol/poseidon.ts'
import { emptyStatusList, revokeIndex, statusRoot, statusWords } from '../../src/protocol/status-list.ts'
import { emptyLayers, STATUS_DEPTH, updateLayers } from '../../src/registry/index.ts'

const leaf = fc.oneof(fc.constant(0n), fc.bigInt({ min: 1n, max: 5n }))

describe('a tree that hashes only what changed', () => {
  it('has the layers of a tree made anew', () => {
    const trees = fc.integer({ min: 0, max: 8 }).chain((length) =>
      fc.record({
        before: fc.array(leaf, { minLength: length, maxLength: length }),
        changes: fc.array(leaf, { minLength: length, maxLength: length }),
        added: fc.array(leaf, { maxLength: 8 - length }),
      }),
    )
    fc.assert(
      fc.property(trees, ({ before, changes, added }) => {
        const after = [...changes, ...added]
        expect(updateLayers(merkleLayers(before, 3), after)).toEqual(merkleLayers(after, 3))
      }),
      { numRuns: 50 },
    )
  })

  it('hashes one path for one revocation', () => {
    const list = revokeIndex(revokeIndex(emptyStatusList(), 1), 77_777)
    const layers = updateLayers(emptyLayers(STATUS_DEPTH), statusWords(list))
    let hashes = 0
    const counting: NodeHash = (left, right) => {
      hashes += 1
      return poseidon([left, right])
    }
    const revoked = revokeIndex(list, 131_071)
    expect(updateLayers(layers, statusWords(revoked), counting).at(-1)).toEqual([statusRoot(revoked)])
    expect(hashes).toBe(STATUS_DEPTH)
  })

  it("takes circomlibjs' Poseidon for a node hash and gives the same root", async () => {
    const wasm = await buildPoseidon()
    const hash: NodeHash = (left, right) => wasm.F.toObject(wasm([left, right]))
    const list = revokeIndex(emptyStatusList(), 4242)
    expect(updateLayers(emptyLayers(STATUS_DEPTH), statusWords(list), hash).at(-1)).toEqual([statusRoot(list)])
  })

  it('keeps the tree it was given as it was', () => {
    const before = merkleLayers([1n, 2n], 3)
    updateLayers(before, [1n, 3n])
    expect(before).toEqual(merkleLayers([1n, 2n], 3))
  })

  it('refuses to lose leaves, and more leaves than fit', () => {
    expect(() => updateLayers(merkleLayers([1n], 3), [])).toThrow('A tree keeps its leaves: one that goes becomes 0')
    expect(() => updateLayers(emptyLayers(1), [1n, 2n, 3n])).toThrow('A tree of depth 1 has no 3 leaves')
  })
})
