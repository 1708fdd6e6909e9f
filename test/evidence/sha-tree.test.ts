import { readFileSync } from 'node:fs'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildShaTree, shaLeaf, shaPath, shaPathRoot, shaRoot } from '../../src/evidence/index.ts'

const vectors = JSON.parse(readFileSync(new URL('../vectors/rfc6962-tree.json', import.meta.url), 'utf8')) as {
  leaves: string[]
  roots: string[]
}
const leaves = vectors.leaves.map((leaf) => shaLeaf(hexToBytes(leaf)))

describe('RFC 6962 Merkle tree', () => {
  test.each(vectors.roots.map((root, i) => [i + 1, root] as const))('root of the first %i leaves', (size, root) => {
    expect(bytesToHex(shaRoot(buildShaTree(leaves.slice(0, size))))).toBe(root)
  })

  test('every leaf of every size is found by its path, and by no other', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(
        fc.uniqueArray(bytes, { minLength: 1, maxLength: 40, selector: bytesToHex }),
        fc.nat(),
        (data, pick) => {
          const hashes = data.map(shaLeaf)
          const tree = buildShaTree(hashes)
          const place = pick % hashes.length
          const path = shaPath(tree, place)
          const root = bytesToHex(shaRoot(tree))
          expect(bytesToHex(shaPathRoot(hashes[place]!, place, hashes.length, path)!)).toBe(root)
          expect(shaPathRoot(hashes[place]!, place, hashes.length, [...path, hashes[0]!])).toBeUndefined()
          if (path.length > 0) expect(shaPathRoot(hashes[place]!, place, hashes.length, path.slice(1))).toBeUndefined()
          for (const other of hashes.keys()) {
            const reached = shaPathRoot(hashes[place]!, other, hashes.length, path)
            if (other !== place && reached !== undefined) expect(bytesToHex(reached)).not.toBe(root)
          }
        },
      ),
    )
  })

  test('no leaves and places outside are range errors', () => {
    expect(() => buildShaTree([])).toThrow(new RangeError('A Merkle tree needs at least one leaf'))
    expect(() => shaPath(buildShaTree(leaves), 8)).toThrow(new RangeError('The tree has 8 leaves, so none at 8'))
  })
})
