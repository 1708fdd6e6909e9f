import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { COMPUTE, HARDWARE, UPTIME } from '../../src/protocol/claim-schemas.ts'
import { AssayError } from '../../src/protocol/errors.ts'
import { merkleRoot, type NodeHash } from '../../src/protocol/merkle.ts'
import { poseidon } from '../../src/protocol/poseidon.ts'
import { emptyStatusList, encodeStatusList, revokeIndex, statusRoot } from '../../src/protocol/status-list.ts'
import {
  leafHash,
  type RegistrySnapshot,
  type RootStatement,
  type SnapshotLeaf,
  signStatusUpdate,
  verifySnapshot,
  zRegistrySnapshot,
} from '../../src/registry/index.ts'
import {
  genesis,
  INTERVAL,
  id,
  makeRoot,
  makeSigner,
  makeWitness,
  NUMBER,
  rejection,
  resolveKeys,
  START,
  trustAction,
  witnesses,
} from './world.ts'

const [alice, bob, carol] = [makeSigner('alice'), makeSigner('bob'), makeSigner('carol')]
const bits = revokeIndex(revokeIndex(emptyStatusList(), 5), 100_000)

async function makeLeaf(
  slot: number,
  issuer: typeof alice,
  state: SnapshotLeaf['state'],
  options: Parameters<typeof trustAction>[1] = {},
  list = emptyStatusList(),
): Promise<SnapshotLeaf> {
  const { type: _, proofOfPossession: __, ...content } = await trustAction(issuer, options)
  return { slot, ...content, state, statusRoot: String(statusRoot(list)) }
}

const leaves = [
  await makeLeaf(0, alice, 'active', {}, bits),
  await makeLeaf(1, bob, 'suspended', { schema: UPTIME }),
  await makeLeaf(2, alice, 'active', { key: 'alice, second' }, bits),
  await makeLeaf(3, carol, 'removed'),
  await makeLeaf(4, carol, 'active', { schema: COMPUTE, list: 3, sourceCap: 3 }),
  await makeLeaf(5, bob, 'active', { list: 8, key: 'bob, hardware' }),
]

const update = await signStatusUpdate({ registryId: id, schema: HARDWARE, list: 0, seq: 1, bits }, alice)

function rootOf(of: readonly SnapshotLeaf[]): bigint {
  return merkleRoot(
    of.map((leaf) => leafHash(leaf, BigInt(leaf.statusRoot))),
    15,
  )
}

const state = (root: bigint, signers = witnesses.slice(1)) => makeRoot(NUMBER, root, { signers })

const snapshot: RegistrySnapshot = zRegistrySnapshot.parse({
  registryId: id,
  genesis,
  leaves,
  statusLists: [update],
  statement: await state(rootOf(leaves)),
})

const verify = (json: unknown, now = START) => verifySnapshot(json, { registryId: id, resolveKeys, now })
const invalid = (reason: string) => new AssayError('registryInvalid', `The registry snapshot is not valid: ${reason}`)
const NOT_THE_ROOT = invalid('its leaves do not give the root that the witnesses signed')

const ofAlice = { issuer: alice.did, schema: HARDWARE, list: 0, key: bigKey(0) }

function bigKey(slot: number): [bigint, bigint] {
  const [x, y] = leaves[slot]!.key
  return [BigInt(x), BigInt(y)]
}

/** Climbs from a leaf to the root, as the circuit does. */
function climb(leaf: bigint, index: number, siblings: readonly bigint[]): bigint {
  return siblings.reduce((node, sibling, height) => {
    return (index >> height) & 1 ? poseidon([sibling, node]) : poseidon([node, sibling])
  }, leaf)
}

describe('protocol, registry: what a holder reads of a snapshot', () => {
  it('gives paths that lead from leaf and status word to the root', async () => {
    const view = await verify(JSON.parse(JSON.stringify(snapshot)))
    expect(view).toMatchObject({ registryId: id, issuedAt: START, root: BigInt(snapshot.statement.root) })
    for (const slot of [0, 2, 4]) {
      const { issuer, schema, list, sourceCap } = leaves[slot]!
      const path = view.trustPath({ issuer, schema, list, key: bigKey(slot) })!
      expect(path).toMatchObject({ root: view.root, index: slot, sourceCap })
      expect(path.siblings).toHaveLength(15)
      const leaf = leafHash(leaves[slot]!, BigInt(leaves[slot]!.statusRoot))
      expect(climb(leaf, slot, path.siblings)).toBe(view.root)
    }
    const { word, siblings } = view.statusPath({ issuer: alice.did, list: 0 }, 100_000)
    expect(climb(word, Math.floor(100_000 / 128), siblings)).toBe(statusRoot(bits))
  })

  it('sees which bits are set, in a list that was never published none', async () => {
    const view = await verify(snapshot)
    const list = { issuer: alice.did, list: 0 }
    expect([4, 5, 6, 100_000].map((index) => view.isRevoked(list, index))).toEqual([false, true, false, true])
    expect(view.isRevoked({ issuer: carol.did, list: 3 }, 5)).toBe(false)
  })

  it('gives no path for a suspended or removed leaf, nor for another key, schema or list', async () => {
    const view = await verify(snapshot)
    for (const slot of [1, 3]) {
      const { issuer, schema, list } = leaves[slot]!
      expect(view.trustPath({ issuer, schema, list, key: bigKey(slot) })).toBeUndefined()
    }
    expect(view.trustPath(ofAlice)).toBeDefined()
    expect(view.trustPath({ ...ofAlice, key: bigKey(4) })).toBeUndefined()
    expect(view.trustPath({ ...ofAlice, schema: COMPUTE })).toBeUndefined()
    expect(view.trustPath({ ...ofAlice, list: 1 })).toBeUndefined()
    const gone = new AssayError('untrustedIssuer', `The registry has no list 0 of ${bob.did}`)
    expect(() => view.isRevoked({ issuer: bob.did, list: 0 }, 0)).toThrow(gone)
    expect(() => view.statusPath({ issuer: bob.did, list: 0 }, 0)).toThrow(gone)
  })

  it('tells whom it trusts for what, before any credential names a key', async () => {
    const view = await verify(snapshot)
    expect(view.trusts(alice.did, HARDWARE)).toBe(true)
    expect(view.trusts(alice.did, COMPUTE)).toBe(false)
    expect(view.trusts(carol.did, COMPUTE)).toBe(true)
    // suspended
    expect(view.trusts(bob.did, UPTIME)).toBe(false)
    expect(view.trusts('did:web:dapp.example', HARDWARE)).toBe(false)
  })

  it('counts trusted issuers, not keys', async () => {
    const view = await verify(snapshot)
    expect([HARDWARE, COMPUTE, UPTIME].map(view.trustedIssuers)).toEqual([2, 1, 0])
  })

  it('counts suspended and removed leaves as 0, so the root is that of a tree with nothing there', async () => {
    const zeroed = leaves.map((leaf) => leafHash({ ...leaf, state: 'active' }, BigInt(leaf.statusRoot)))
    for (const slot of [1, 3]) zeroed[slot] = 0n
    expect(merkleRoot(zeroed, 15)).toBe(BigInt(snapshot.statement.root))
    expect(rootOf(leaves.map((leaf) => ({ ...leaf, state: 'removed' })))).toBe(merkleRoot([], 15))
  })
})

describe('protocol, registry: a snapshot that was tampered with is refused', () => {
  const withLeaf = (slot: number, change: Partial<SnapshotLeaf>) => ({
    ...snapshot,
    leaves: snapshot.leaves.with(slot, { ...snapshot.leaves[slot]!, ...change }),
  })

  it('at any active leaf, in any part', async () => {
    const changes = fc.constantFrom<Partial<SnapshotLeaf>>(
      { issuer: makeSigner('mallory').did },
      { key: leaves[3]!.key.toReversed() as [string, string] },
      { sourceCap: 1 },
      { state: 'suspended' },
      { state: 'removed' },
    )
    await fc.assert(
      // bob's and carol's lists were not published, so that no other check stands before the root's
      fc.asyncProperty(fc.constantFrom(4, 5), changes, async (slot, change) => {
        expect(await rejection(verify(withLeaf(slot, change)))).toEqual(NOT_THE_ROOT)
      }),
      { numRuns: 12 },
    )
  })

  it('by making a suspended or removed leaf active', async () => {
    await expect(verify(withLeaf(1, { state: 'active' }))).rejects.toEqual(NOT_THE_ROOT)
    await expect(verify(withLeaf(3, { state: 'active' }))).rejects.toEqual(NOT_THE_ROOT)
  })

  it('by leaving out, adding or moving leaves', async () => {
    const order = invalid('its leaves do not stand in the order of their slots')
    await expect(verify({ ...snapshot, leaves: snapshot.leaves.toSpliced(3, 1) })).rejects.toEqual(order)
    await expect(verify({ ...snapshot, leaves: [...snapshot.leaves].reverse() })).rejects.toEqual(order)
    await expect(verify({ ...snapshot, leaves: snapshot.leaves.slice(0, -1) })).rejects.toEqual(NOT_THE_ROOT)
    const mallory = await makeLeaf(6, makeSigner('mallory'), 'active')
    await expect(verify({ ...snapshot, leaves: [...snapshot.leaves, mallory] })).rejects.toEqual(NOT_THE_ROOT)
  })

  it('by bits that are not those under the root', async () => {
    const wrong = invalid(`list ${alice.did}#0 does not give the status root of leaf 0`)
    const cleared = { ...update, encodedList: encodeStatusList(emptyStatusList()) }
    await expect(verify({ ...snapshot, statusLists: [cleared] })).rejects.toEqual(wrong)
    await expect(verify({ ...snapshot, statusLists: [] })).rejects.toEqual(wrong)
    await expect(verify(withLeaf(0, { statusRoot: String(statusRoot(emptyStatusList())) }))).rejects.toEqual(
      NOT_THE_ROOT,
    )
  })

  it('by a list and a status root that agree, but not with the root', async () => {
    const other = revokeIndex(bits, 6)
    const changed = leaves.map((leaf) => {
      return leaf.issuer === alice.did ? { ...leaf, statusRoot: String(statusRoot(other)) } : leaf
    })
    const consistent = {
      ...snapshot,
      leaves: changed,
      statusLists: [{ ...update, encodedList: encodeStatusList(other) }],
    }
    await expect(verify(consistent)).rejects.toEqual(NOT_THE_ROOT)
    // made-up lists cost a reader no hashing of theirs, which takes half a second each
    let hashed = 0
    const hash: NodeHash = (left, right) => {
      hashed += 1
      return poseidon([left, right])
    }
    await expect(verifySnapshot(consistent, { registryId: id, resolveKeys, now: START, hash })).rejects.toEqual(
      NOT_THE_ROOT,
    )
    expect(hashed).toBeLessThan(100)
  })

  it('by lists that the root says nothing of', async () => {
    const stray = await signStatusUpdate({ registryId: id, schema: UPTIME, list: 0, seq: 1, bits }, bob)
    await expect(verify({ ...snapshot, statusLists: [update, stray] })).rejects.toEqual(
      invalid(`list ${bob.did}#0 belongs to no active leaf`),
    )
    await expect(verify({ ...snapshot, statusLists: [update, update] })).rejects.toEqual(
      invalid(`list ${alice.did}#0 stands in it twice`),
    )
    const foreign = { ...update, registryId: 'A'.repeat(43) }
    await expect(verify({ ...snapshot, statusLists: [foreign] })).rejects.toEqual(
      invalid(`list ${alice.did}#0 is signed for another registry`),
    )
  })

  it.each<[string, Partial<RootStatement>]>([
    ['root', { root: '7' }],
    ['time', { issuedAt: START + 1 }],
    ['number', { number: NUMBER + 1 }],
    ['log head', { logHead: 'A'.repeat(43) }],
  ])('by another %s in the statement', async (_, change) => {
    const statement = { ...snapshot.statement, ...change }
    await expect(verify({ ...snapshot, statement })).rejects.toMatchObject({
      code: 'notEnoughSignatures',
      detail: { valid: 0, threshold: 2 },
    })
  })

  it('by a lone witness, or by a registry of its own making', async () => {
    const mallory = makeWitness('mallory')
    const slipped = [...leaves, await makeLeaf(6, mallory, 'active')]
    const lone = { ...snapshot, leaves: slipped, statement: await state(rootOf(slipped), witnesses.slice(0, 1)) }
    await expect(verify(lone)).rejects.toMatchObject({ code: 'notEnoughSignatures', detail: { valid: 1 } })
    const own = { ...genesis, witnesses: [{ did: mallory.did, address: mallory.address }], witnessThreshold: 1 }
    const made = { ...snapshot, genesis: own, statement: await state(rootOf(leaves), [mallory]) }
    await expect(verify(made)).rejects.toEqual(
      new AssayError('registryInvalid', `The genesis is not that of registry ${id}`),
    )
    await expect(verify({ ...snapshot, registryId: 'A'.repeat(43) })).rejects.toEqual(
      invalid('it is of another registry'),
    )
  })

  it('by serving it when its interval and the next one have passed, or before its time', async () => {
    const last = START + 2 * INTERVAL - 1 + 120
    await verify(snapshot, last)
    await expect(verify(snapshot, last + 1)).rejects.toEqual(
      new AssayError('registryStale', `The newest root is of interval ${NUMBER}, and now is interval ${NUMBER + 2}`, {
        number: NUMBER,
        present: NUMBER + 2,
      }),
    )
    await verify(snapshot, START - 120)
    await expect(verify(snapshot, START - 121)).rejects.toEqual(
      new AssayError('rootFromFuture', `The root is of interval ${NUMBER}, and now is interval ${NUMBER - 1}`, {
        number: NUMBER,
        present: NUMBER - 1,
      }),
    )
  })

  it.each([null, [], 'text', {}, { ...snapshot, extra: 1 }, { ...snapshot, leaves: [{ slot: 0 }] }])(
    'by not being a snapshot at all: %#',
    async (json) => {
      await expect(verify(json)).rejects.toMatchObject({ code: 'malformed' })
    },
  )
})
