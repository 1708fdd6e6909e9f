import { babyjubjub } from '@noble/curves/misc.js'
import { describe, expect, it } from 'vitest'
import { derivePublicKey } from '../../src/protocol/babyjubjub.ts'
import { COMPUTE, HARDWARE } from '../../src/protocol/claim-schemas.ts'
import { AssayError } from '../../src/protocol/errors.ts'
import { FIELD_ORDER } from '../../src/protocol/field.ts'
import {
  type Action,
  applyEntry,
  assertAdmission,
  keyText,
  type LogEntry,
  proveKeyPossession,
  replayLog,
  zAction,
} from '../../src/registry/index.ts'
import { circuitKey, genesis, id, makeLog, makeSigner, nextEntry, resolveKeys, trustAction } from './world.ts'

const [alice, bob] = [makeSigner('alice'), makeSigner('bob')]
const trustAlice = await trustAction(alice)
const ORDER_TWO: [string, string] = ['0', String(FIELD_ORDER - 1n)]

/** Admits the action after these, as a registry does with a new entry. */
async function admit(before: LogEntry[], action: Action): Promise<void> {
  const trust = await replayLog(genesis, before, resolveKeys)
  const entry = await nextEntry(before, action)
  await applyEntry(trust, entry, resolveKeys)
  await assertAdmission(trust, entry, resolveKeys)
}

const NOT_PRIME = 'The issuer key is not a point of prime order on BabyJubJub'

/** A key of order 2l: alice's plus the point of order two. On the curve, but not in the prime-order subgroup. */
function keyOfComposedOrder(): [string, string] {
  const { Point } = babyjubjub
  const [x, y] = derivePublicKey(circuitKey('alice'))
  const sum = Point.fromAffine({ x, y })
    .add(Point.fromAffine({ x: 0n, y: FIELD_ORDER - 1n }))
    .toAffine()
  return keyText([sum.x, sum.y])
}

describe('protocol, registry: admission of a key', () => {
  it('admits a key of prime order with both proofs', async () => {
    await admit([], trustAlice)
  })

  it.each<[string, [string, string]]>([
    ['the identity', ['0', '1']],
    ['the point of order two', ORDER_TWO],
    ['a point of order 2l', keyOfComposedOrder()],
    ['a point off the curve', ['1', '1']],
  ])('refuses %s', async (_, key) => {
    await expect(admit([], { ...trustAlice, key })).rejects.toEqual(new AssayError('keyInadmissible', NOT_PRIME))
  })

  it.each([
    ['a coordinate of p', [String(FIELD_ORDER), '1']],
    ['a leading zero', ['01', '1']],
    ['a negative coordinate', ['-1', '1']],
    ['a number instead of text', [1, 1]],
    ['one coordinate', ['1']],
  ])('refuses %s as malformed', (_, key) => {
    const parsed = zAction.safeParse({ ...trustAlice, key })
    expect(parsed.error?.issues[0]?.path[0]).toBe('key')
  })

  it.each<[string, Partial<typeof trustAlice>]>([
    ['for another schema', { schema: COMPUTE }],
    ['for another list', { list: 1 }],
    ['for another issuer', { issuer: bob.did }],
    ['of another key', { key: keyText(derivePublicKey(circuitKey('other'))) }],
  ])('refuses a proof of possession %s', async (_, change) => {
    await expect(admit([], { ...trustAlice, ...change })).rejects.toEqual(
      new AssayError('keyInadmissible', 'The proof of possession is not made by the issuer key'),
    )
  })

  it('refuses a proof of possession for another registry', async () => {
    const elsewhere = await trustAction(alice, { registry: 'A'.repeat(43) })
    await expect(admit([], elsewhere)).rejects.toEqual(
      new AssayError('keyInadmissible', 'The proof of possession is not made by the issuer key'),
    )
  })

  it("refuses a key that the issuer's DID does not stand behind", async () => {
    const claim = { registryId: id, issuer: alice.did, schema: HARDWARE, list: 0 }
    const forged = await proveKeyPossession(claim, circuitKey('bob'), bob)
    await expect(admit([], { ...trustAlice, ...forged })).rejects.toMatchObject({
      code: 'notEnoughSignatures',
      detail: { valid: 0, threshold: 1 },
    })
    const unresolved = await proveKeyPossession(claim, circuitKey('bob'), { ...bob, did: alice.did })
    await expect(admit([], { ...trustAlice, ...unresolved })).rejects.toMatchObject({ code: 'notEnoughSignatures' })
  })

  it("checks the issuer's DID at a rotation too", async () => {
    const claim = { registryId: id, issuer: alice.did, schema: HARDWARE, list: 0 }
    const forged = await proveKeyPossession(claim, circuitKey('bob'), bob)
    await expect(admit(await makeLog([trustAlice]), { type: 'rotate', slot: 0, ...forged })).rejects.toMatchObject({
      code: 'notEnoughSignatures',
    })
  })

  it('refuses the key of another issuer, even of one that was removed', async () => {
    const stolen = await trustAction(bob, { key: alice.did })
    const error = new AssayError('keyInadmissible', 'The issuer key is used by another issuer')
    await expect(admit(await makeLog([trustAlice]), stolen)).rejects.toEqual(error)
    const removed = await makeLog([trustAlice, { type: 'remove', slot: 0, atOnce: false }])
    await expect(admit(removed, stolen)).rejects.toEqual(error)
  })

  it('never takes a key back that was removed at once, but one that was removed in good order', async () => {
    const compromised = await makeLog([trustAlice, { type: 'remove', slot: 0, atOnce: true }])
    await expect(admit(compromised, trustAlice)).rejects.toEqual(
      new AssayError('keyInadmissible', 'The issuer key was removed at once and may not come back'),
    )
    await admit(await makeLog([trustAlice, { type: 'remove', slot: 0, atOnce: false }]), trustAlice)
  })

  it('removes a key at once from all its leaves, and reinstates none', async () => {
    const [hardware, compute] = [{ schema: HARDWARE }, { schema: COMPUTE, list: 1 }]
    const before = await makeLog([
      await trustAction(alice, hardware),
      await trustAction(alice, compute),
      { type: 'suspend', slot: 1 },
      { type: 'remove', slot: 0, atOnce: true },
    ])
    const trust = await replayLog(genesis, before, resolveKeys)
    expect(trust.leaves.map(({ state }) => state)).toEqual(['removed', 'removed'])
    await expect(admit(before, { type: 'reinstate', slot: 1 })).rejects.toEqual(
      new AssayError('conflict', 'Leaf 1 is removed, not suspended'),
    )
  })

  it('refuses a leaf that is there already, and a second key beside rotation', async () => {
    const before = await makeLog([trustAlice])
    await expect(admit(before, trustAlice)).rejects.toEqual(
      new AssayError('conflict', 'Leaf 0 names this key and list already'),
    )
    await expect(admit(before, await trustAction(alice, { key: 'second' }))).rejects.toEqual(
      new AssayError('conflict', 'Leaf 0 names this list already: rotate its key instead'),
    )
  })

  it('refuses one list for two schemas', async () => {
    await expect(admit(await makeLog([trustAlice]), await trustAction(alice, { schema: COMPUTE }))).rejects.toEqual(
      new AssayError('conflict', `List 0 of ${alice.did} belongs to the schema ${HARDWARE}`),
    )
  })

  it.each([
    'did:web:Example.com',
    'did:web:example.com%3A443',
    'did:pkh:eip155:1:0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B',
    'did:key:z6MkNotAKey0',
  ])('refuses %s, which is no canonical DID', (issuer) => {
    const parsed = zAction.safeParse({ ...trustAlice, issuer })
    expect(parsed.error?.issues).toMatchObject([{ path: ['issuer'], message: 'must be a DID in its canonical form' }])
  })

  it.each(['did:web:', 'did:web:example.com%3a8443', 'did:key:z6Mk#key', 'DID:web:example.com'])(
    'refuses %s, which is no DID',
    (issuer) => {
      const parsed = zAction.safeParse({ ...trustAlice, issuer })
      expect(parsed.error?.issues[0]).toMatchObject({ path: ['issuer'], message: 'must be a DID' })
    },
  )

  it.each([
    'did:web:example.com',
    'did:web:example.com%3A8443:issuers:gpu',
    'did:pkh:eip155:1:0xab5801a7d398351b8be11c439e05c5b3259aec9b',
    'did:example:AnythingGoes',
  ])('takes %s for canonical', async (did) => {
    const claimed = await trustAction({ ...alice, did })
    const keysOf = async () => resolveKeys(alice.did)
    const trust = await replayLog(genesis, [], resolveKeys)
    const entry = await nextEntry([], claimed)
    expect((await applyEntry(trust, entry, resolveKeys)).leaves[0]!.issuer).toBe(did)
    await assertAdmission(trust, entry, keysOf)
  })

  it.each([0, 4, 1.5])('refuses a source cap of %s', (sourceCap) => {
    expect(zAction.safeParse({ ...trustAlice, sourceCap }).error?.issues[0]?.path).toEqual(['sourceCap'])
  })

  it('refuses a schema that nobody knows', () => {
    const parsed = zAction.safeParse({ ...trustAlice, schema: 'urn:other' })
    expect(parsed.error?.issues[0]?.message).toBe('must be a known claim schema')
  })
})
