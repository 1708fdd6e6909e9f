import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { COMPUTE, HARDWARE, UPTIME } from '../../src/protocol/claim-schemas.ts'
import { AssayError } from '../../src/protocol/errors.ts'
import {
  type Action,
  applyEntry,
  emptyTrustList,
  entryHash,
  type LogEntry,
  proveKeyPossession,
  replayLog,
  type TrustList,
  verifyLog,
} from '../../src/registry/index.ts'
import {
  circuitKey,
  genesis,
  governors,
  id,
  makeLog,
  makeSigner,
  nextEntry,
  rejection,
  resolveKeys,
  trustAction,
} from './world.ts'

const [alice, bob] = [makeSigner('alice'), makeSigner('bob')]
const trustAlice = await trustAction(alice)
const trustBob = await trustAction(bob, { schema: UPTIME, list: 4 })

async function rotation(slot: number, key: string): Promise<Action> {
  const claim = { registryId: id, issuer: alice.did, schema: HARDWARE, list: 0 }
  return { type: 'rotate', slot, ...(await proveKeyPossession(claim, circuitKey(key), alice)) }
}

const rotateAlice = await rotation(0, 'alice, second')
const entries = await makeLog([
  trustAlice,
  trustBob,
  { type: 'suspend', slot: 1 },
  rotateAlice,
  { type: 'reinstate', slot: 1 },
  { type: 'clearRevocations', issuer: alice.did, list: 0, seq: 7, bits: [3] },
  { type: 'remove', slot: 0, atOnce: true },
])
const trust = await replayLog(genesis, entries, resolveKeys)
const head = entryHash(entries.at(-1)!)

const verify = (changed: unknown[]) =>
  verifyLog({ registryId: id, entries: changed }, { registryId: id, genesis, resolveKeys, head })

/** The list after the first `count` entries, and one more with this action. */
async function attempt(count: number, action: Action, signers = governors.slice(0, 2)): Promise<TrustList> {
  const before = entries.slice(0, count)
  const entry = await nextEntry(before, action, { signers })
  return applyEntry(await replayLog(genesis, before, resolveKeys), entry, resolveKeys)
}

describe('protocol, registry: the trust list is what the log replays to', () => {
  it('names leaves in the order in which the log first does, and keeps their places', () => {
    expect(trust.leaves.map(({ slot, issuer, schema, state }) => [slot, issuer, schema, state])).toEqual([
      [0, alice.did, HARDWARE, 'removed'],
      [1, bob.did, UPTIME, 'active'],
      [2, alice.did, HARDWARE, 'active'],
    ])
    expect(trust).toMatchObject({ registryId: id, seq: 7, head })
  })

  it('keeps the cap and list of a leaf when its key rotates, and the old leaf beside the new one', async () => {
    const { leaves } = await replayLog(genesis, entries.slice(0, 4), resolveKeys)
    const [old, , fresh] = leaves
    expect(old).toMatchObject({ state: 'active', key: trustAlice.key })
    expect(fresh).toEqual({ ...old, slot: 2, key: (rotateAlice as { key: unknown }).key })
  })

  it('starts with nobody trusted, at the registry id', () => {
    expect(emptyTrustList(genesis)).toMatchObject({ seq: 0, head: id, leaves: [] })
  })

  it('hashes what governors signed, so another valid set of signatures is no other entry', async () => {
    const again = await nextEntry([], trustAlice, { signers: governors })
    expect(entryHash(again)).toBe(entryHash(entries[0]!))
    expect((await verify([again, ...entries.slice(1)])).head).toBe(head)
  })
})

describe('protocol, registry: nobody changes the log unseen', () => {
  type Tampering = (log: LogEntry[], at: number) => unknown[]
  const edit =
    (change: (entry: LogEntry) => object): Tampering =>
    (log, at) =>
      log.map((entry, i) => (i === at ? { ...entry, ...change(entry) } : entry))
  const flipped = (value: string) => (value.startsWith('A') ? `B${value.slice(1)}` : `A${value.slice(1)}`)
  const tamperings: Record<string, [Tampering, AssayError['code'][]]> = {
    'left out': [(log, at) => log.toSpliced(at, 1), ['registryInvalid']],
    repeated: [(log, at) => log.toSpliced(at, 0, log[at]!), ['registryInvalid']],
    'put elsewhere': [
      (log, at) => log.toSpliced(at, 1).toSpliced((at + 1) % log.length, 0, log[at]!),
      ['registryInvalid'],
    ],
    'cut off after': [(log, at) => log.slice(0, at), ['registryInvalid']],
    'of another time': [edit(({ issuedAt }) => ({ issuedAt: issuedAt + 1 })), ['notEnoughSignatures']],
    'of another action': [
      edit(() => ({ action: { type: 'remove', slot: 2, atOnce: false } })),
      ['notEnoughSignatures'],
    ],
    'of another registry': [edit(() => ({ registryId: head })), ['registryInvalid']],
    'after another one': [edit(() => ({ previous: head })), ['registryInvalid']],
    renumbered: [edit(({ seq }) => ({ seq: seq + 1 })), ['registryInvalid']],
    'with a false signature': [
      edit(({ signatures }) => ({ signatures: signatures.map((s) => ({ ...s, value: flipped(s.value) })) })),
      ['notEnoughSignatures'],
    ],
    'with a stranger among the signers': [
      edit(({ signatures }) => ({ signatures: signatures.map((s) => ({ ...s, signer: alice.did })) })),
      ['notEnoughSignatures'],
    ],
    'with a field too many': [edit(() => ({ comment: 'x' })), ['malformed']],
  }

  it('refuses an entry at any position that is tampered with in any of these ways', async () => {
    const position = fc.integer({ min: 0, max: entries.length - 1 })
    await fc.assert(
      fc.asyncProperty(position, fc.constantFrom(...Object.keys(tamperings)), async (at, name) => {
        const [tamper, codes] = tamperings[name]!
        const error = await rejection(verify(tamper(entries, at)))
        expect(error).toBeInstanceOf(AssayError)
        expect(codes).toContain((error as AssayError).code)
      }),
      { numRuns: 60 },
    )
  })

  it('says where a log was cut short of the head that the witnesses signed', async () => {
    await expect(verify(entries.slice(0, -1))).rejects.toEqual(
      new AssayError('registryInvalid', 'The log does not end in the head that the witnesses signed'),
    )
  })

  it('says which entry does not follow', async () => {
    const gap = entries.toSpliced(2, 1)
    await expect(verify(gap)).rejects.toEqual(
      new AssayError('registryInvalid', 'Log entry 4 is not valid here: the next entry is 3', { seq: 4 }),
    )
  })

  it('refuses times that run backwards', async () => {
    const late = await nextEntry([], trustAlice, { issuedAt: genesis.createdAt - 1 })
    await expect(applyEntry(emptyTrustList(genesis), late, resolveKeys)).rejects.toMatchObject({
      code: 'registryInvalid',
      message: 'Log entry 1 is not valid here: it is issued before the entry before it',
    })
  })

  it('refuses a log under another genesis than the pinned one', async () => {
    const other = { ...genesis, createdAt: 1 }
    await expect(
      verifyLog({ registryId: id, entries }, { registryId: id, genesis: other, resolveKeys }),
    ).rejects.toMatchObject({ code: 'registryInvalid', message: `The genesis is not that of registry ${id}` })
  })
})

describe('protocol, registry: k of n governors decide', () => {
  const one = governors.slice(2, 3)

  it('lets fewer than k suspend', async () => {
    expect((await attempt(2, { type: 'suspend', slot: 0 }, one)).leaves[0]!.state).toBe('suspended')
  })

  it('lets no stranger suspend', async () => {
    await expect(attempt(2, { type: 'suspend', slot: 0 }, [alice])).rejects.toMatchObject({
      code: 'notEnoughSignatures',
      detail: { valid: 0, threshold: 1 },
    })
  })

  it.each<[string, number, Action]>([
    ['trust', 0, trustAlice],
    ['rotate', 2, rotateAlice],
    ['remove', 2, { type: 'remove', slot: 0, atOnce: true }],
    ['reinstate', 3, { type: 'reinstate', slot: 1 }],
    ['clear revocations', 2, { type: 'clearRevocations', issuer: alice.did, list: 0, seq: 1, bits: [3] }],
    ['ask for an urgent root', 2, { type: 'publishUrgently', reason: 'a stolen key' }],
    ['take back a number', 2, { type: 'voidNumber', number: 7 }],
  ])('wants k to %s', async (_, count, action) => {
    await expect(attempt(count, action, one)).rejects.toMatchObject({
      code: 'notEnoughSignatures',
      detail: { valid: 1, threshold: 2 },
    })
    expect((await attempt(count, action)).seq).toBe(count + 1)
  })

  it.each<[string, number, Action, string]>([
    ['suspend twice', 3, { type: 'suspend', slot: 1 }, 'Leaf 1 is suspended, not active'],
    ['suspend what is removed', 7, { type: 'suspend', slot: 0 }, 'Leaf 0 is removed, not active'],
    ['reinstate what is active', 2, { type: 'reinstate', slot: 1 }, 'Leaf 1 is active, not suspended'],
    ['reinstate what is removed', 7, { type: 'reinstate', slot: 0 }, 'Leaf 0 is removed, not suspended'],
    ['remove twice', 7, { type: 'remove', slot: 0, atOnce: false }, 'Leaf 0 is removed, not active or suspended'],
    ['touch what is not there', 2, { type: 'suspend', slot: 2 }, 'The log names no leaf 2'],
    ['rotate what is not there', 0, rotateAlice, 'The log names no leaf 0'],
    ['rotate what is removed', 7, rotateAlice, "Leaf 0 is removed, it can't rotate"],
  ])('does not %s', async (_, count, action, message) => {
    await expect(attempt(count, action)).rejects.toEqual(new AssayError('conflict', message))
  })

  it('keeps a suspension until k decide: removal ends it too', async () => {
    expect((await attempt(3, { type: 'remove', slot: 1, atOnce: false })).leaves[1]!.state).toBe('removed')
  })

  it('trusts one issuer with one key for several schemas', async () => {
    const compute = await trustAction(alice, { schema: COMPUTE, list: 1 })
    expect((await attempt(2, compute)).leaves).toHaveLength(3)
  })
})
