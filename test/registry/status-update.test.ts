import { describe, expect, it } from 'vitest'
import { COMPUTE, HARDWARE } from '../../src/protocol/claim-schemas.ts'
import { AssayError } from '../../src/protocol/errors.ts'
import { emptyStatusList, encodeStatusList, revokeIndex } from '../../src/protocol/status-list.ts'
import {
  acceptStatusUpdate,
  replayLog,
  type Signer,
  signDocument,
  signStatusUpdate,
  zStatusUpdate,
} from '../../src/registry/index.ts'
import { genesis, id, makeLog, makeSigner, resolveKeys, trustAction } from './world.ts'

const [alice, bob] = [makeSigner('alice'), makeSigner('bob')]
const log = await makeLog([
  await trustAction(alice),
  { type: 'clearRevocations', issuer: alice.did, list: 0, seq: 9, bits: [5, 77] },
])
const trust = await replayLog(genesis, log, resolveKeys)

const makeUpdate = (seq: number, revoked: number[], change: object = {}, issuer: Signer = alice) =>
  signStatusUpdate(
    {
      registryId: id,
      schema: HARDWARE,
      list: 0,
      seq,
      bits: revoked.reduce(revokeIndex, emptyStatusList()),
      ...change,
    },
    issuer,
  )

const accept = async (previous: ReturnType<typeof makeUpdate> | undefined, update: ReturnType<typeof makeUpdate>) =>
  acceptStatusUpdate(await previous, await update, { trust, resolveKeys })

describe('protocol, registry: status lists', () => {
  it("takes the issuer's list, then longer ones with higher sequence numbers", async () => {
    await accept(undefined, makeUpdate(1, []))
    const bits = await accept(makeUpdate(1, [5]), makeUpdate(4, [5, 131_071]))
    expect(bits).toEqual(revokeIndex(revokeIndex(emptyStatusList(), 5), 131_071))
  })

  it('is parsed by the schema that it was made for', async () => {
    const update = await makeUpdate(1, [5])
    expect(zStatusUpdate.parse(JSON.parse(JSON.stringify(update)))).toEqual(update)
  })

  it.each([4, 3, 1])('refuses sequence number %i after 4', async (seq) => {
    await expect(accept(makeUpdate(4, []), makeUpdate(seq, []))).rejects.toEqual(
      new AssayError('sequenceStale', `Status list 0 is at sequence number 4, got ${seq}`, { last: 4 }),
    )
  })

  it('refuses to clear a bit', async () => {
    const forbidden = (bit: number) => new AssayError('unrevocationForbidden', undefined, { bit })
    await expect(accept(makeUpdate(1, [5, 6]), makeUpdate(2, [6]))).rejects.toEqual(forbidden(5))
    await expect(accept(makeUpdate(1, [131_071]), makeUpdate(2, [0]))).rejects.toEqual(forbidden(131_071))
  })

  it('lets exactly the update that the governors allowed clear bits', async () => {
    await accept(makeUpdate(8, [5, 6]), makeUpdate(9, [6]))
    await expect(accept(makeUpdate(8, [5, 6]), makeUpdate(10, [6]))).rejects.toMatchObject({
      code: 'unrevocationForbidden',
    })
  })

  it('lets a clearance of some bits clear no others', async () => {
    await accept(makeUpdate(8, [5, 6, 77]), makeUpdate(9, [6]))
    await expect(accept(makeUpdate(8, [5, 6]), makeUpdate(9, []))).rejects.toEqual(
      new AssayError('unrevocationForbidden', undefined, { bit: 6 }),
    )
  })

  it("refuses what is not the issuer's, however much of it is true", async () => {
    const unlisted = (list: number, schema: string, did: string) =>
      new AssayError('untrustedIssuer', `The registry has no list ${list} of ${did} for ${schema}`)
    await expect(accept(undefined, makeUpdate(1, [], {}, bob))).rejects.toEqual(unlisted(0, HARDWARE, bob.did))
    await expect(accept(undefined, makeUpdate(1, [], { list: 1 }))).rejects.toEqual(unlisted(1, HARDWARE, alice.did))
    await expect(accept(undefined, makeUpdate(1, [], { schema: COMPUTE }))).rejects.toEqual(
      unlisted(0, COMPUTE, alice.did),
    )
    await expect(accept(undefined, makeUpdate(1, [], { registryId: 'A'.repeat(43) }))).rejects.toEqual(
      new AssayError('registryInvalid', 'The status list is signed for another registry'),
    )
    const inHerName = { ...bob, did: alice.did }
    await expect(accept(undefined, makeUpdate(1, [], {}, inHerName))).rejects.toMatchObject({
      code: 'notEnoughSignatures',
      detail: { valid: 0, threshold: 1 },
    })
  })

  it.each<[string, (update: Awaited<ReturnType<typeof makeUpdate>>) => object]>([
    ['bits', () => ({ encodedList: encodeStatusList(revokeIndex(emptyStatusList(), 7)) })],
    ['sequence number', ({ seq }) => ({ seq: seq + 1 })],
    ['urgency', () => ({ urgent: true })],
  ])('refuses other %s than those signed', async (_, change) => {
    const update = await makeUpdate(1, [])
    await expect(
      acceptStatusUpdate(undefined, { ...update, ...change(update) }, { trust, resolveKeys }),
    ).rejects.toMatchObject({ code: 'notEnoughSignatures' })
  })

  it('refuses bits that are no status list, though the issuer signed them', async () => {
    const { signatures: _, ...body } = { ...(await makeUpdate(1, [])), encodedList: 'uAAAA' }
    const update = { ...body, signatures: [await signDocument(body, alice)] as const }
    await expect(
      acceptStatusUpdate(undefined, zStatusUpdate.parse(update), { trust, resolveKeys }),
    ).rejects.toMatchObject({
      code: 'malformed',
      message: 'The encoded status list is not a gzipped bitstring of 131,072 bits',
    })
  })

  it('lets a suspended issuer go on revoking, and a removed one not', async () => {
    const suspended = await replayLog(
      genesis,
      await makeLog([await trustAction(alice), { type: 'suspend', slot: 0 }]),
      resolveKeys,
    )
    await acceptStatusUpdate(undefined, await makeUpdate(1, [3]), { trust: suspended, resolveKeys })
    const removed = await replayLog(
      genesis,
      await makeLog([await trustAction(alice), { type: 'remove', slot: 0, atOnce: false }]),
      resolveKeys,
    )
    await expect(
      acceptStatusUpdate(undefined, await makeUpdate(1, [3]), { trust: removed, resolveKeys }),
    ).rejects.toMatchObject({ code: 'untrustedIssuer' })
  })
})
