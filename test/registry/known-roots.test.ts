import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AssayError } from '../../src/protocol/errors.ts'
import { checkRoot, type KnownRoots, MAX_ROOTS, statementHash, verifyRoots } from '../../src/registry/index.ts'
import {
  genesis,
  INTERVAL,
  id,
  makeRoot,
  makeSigner,
  makeWitness,
  NUMBER,
  resolveKeys,
  START,
  witnesses,
} from './world.ts'

const verify = (statements: unknown[]) =>
  verifyRoots({ registryId: id, statements }, { registryId: id, genesis, resolveKeys })

const known = (...roots: [number: number, sub: number, root: bigint][]): KnownRoots => ({
  registry: id,
  intervalSeconds: INTERVAL,
  stepSeconds: 3600,
  roots: roots.map(([number, sub, root]) => ({ number, sub, root })),
})

describe('protocol, registry: which roots a verifier takes', () => {
  const three = known([NUMBER - 1, 0, 1n], [NUMBER, 0, 2n], [NUMBER + 1, 0, 3n])

  it.each([
    [1n, START, undefined],
    [1n, START + INTERVAL - 1, undefined],
    [1n, START + INTERVAL, 'rootSuperseded'],
    [2n, START, undefined],
    [2n, START + 2 * INTERVAL - 1, undefined],
    [2n, START + 2 * INTERVAL, 'rootSuperseded'],
    [3n, START + INTERVAL - 1, 'rootUnknown'],
    [3n, START + INTERVAL, undefined],
    [9n, START, 'rootUnknown'],
  ] as const)('root %s at %i: %s', (root, now, verdict) => {
    expect(checkRoot(three, root, now, 0)).toBe(verdict)
  })

  it('allows for the skew of the clock at both ends', () => {
    expect(checkRoot(three, 1n, START + INTERVAL + 119)).toBeUndefined()
    expect(checkRoot(three, 1n, START + INTERVAL + 120)).toBe('rootSuperseded')
    expect(checkRoot(three, 3n, START + INTERVAL - 120)).toBeUndefined()
    expect(checkRoot(three, 3n, START + INTERVAL - 121)).toBe('rootUnknown')
  })

  it('goes by its clock, not by what it was shown', () => {
    expect(checkRoot(known([NUMBER - 1, 0, 1n]), 1n, START + INTERVAL, 0)).toBe('rootSuperseded')
  })

  it('takes an unchanged root of a later interval', () => {
    expect(checkRoot(known([NUMBER - 1, 0, 1n], [NUMBER, 0, 1n]), 1n, START + INTERVAL, 0)).toBeUndefined()
  })

  it('ends every earlier root with an urgent one, of its own interval or the one before', () => {
    const ended = known([NUMBER - 1, 0, 1n], [NUMBER, 0, 2n], [NUMBER, 1, 3n])
    expect(checkRoot(ended, 1n, START)).toBe('rootSuperseded')
    expect(checkRoot(ended, 2n, START)).toBe('rootSuperseded')
    expect(checkRoot(ended, 3n, START)).toBeUndefined()
    const before = known([NUMBER - 1, 0, 1n], [NUMBER - 1, 1, 2n], [NUMBER, 0, 3n])
    expect([1n, 2n, 3n].map((root) => checkRoot(before, root, START))).toEqual(['rootSuperseded', undefined, undefined])
  })

  it('does not end a root by an urgent one of a time to come', () => {
    expect(checkRoot(known([NUMBER, 0, 1n], [NUMBER + 5, 1, 2n]), 1n, START)).toBeUndefined()
  })

  it('never takes a root two intervals and the skew after its interval began', () => {
    const roots = fc.array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.nat(2), fc.nat(3)), { maxLength: 8 })
    fc.assert(
      fc.property(roots, fc.nat(3), fc.integer({ min: -700, max: 700 }), (list, root, after) => {
        const all = known(
          ...list.map(([n, sub, value]) => [NUMBER + n, sub, BigInt(value)] as [number, number, bigint]),
        )
        if (checkRoot(all, BigInt(root), START + after) !== undefined) return
        const ages = all.roots
          .filter((candidate) => candidate.root === BigInt(root))
          .map(({ number }) => START + after - number * INTERVAL)
        expect(ages.some((age) => age < 2 * INTERVAL + 120 && age >= -120)).toBe(true)
      }),
    )
  })
})

describe('protocol, registry: statements of roots', () => {
  it('are verified in order, each by enough witnesses with both of their keys', async () => {
    const statements = await Promise.all([
      makeRoot(NUMBER, 1),
      makeRoot(NUMBER, 2, { sub: 1 }),
      makeRoot(NUMBER + 1, 2),
    ])
    const { roots, intervalSeconds, stepSeconds } = await verify(statements)
    expect(roots.map(({ number, sub, root }) => [number - NUMBER, sub, root])).toEqual([
      [0, 0, 1n],
      [0, 1, 2n],
      [1, 0, 2n],
    ])
    expect([intervalSeconds, stepSeconds]).toEqual([INTERVAL, 3600])
  })

  it('are refused with fewer witnesses, or with one key of a witness alone', async () => {
    const lone = await makeRoot(NUMBER, 1, { signers: witnesses.slice(0, 1) })
    await expect(verify([lone])).rejects.toMatchObject({
      code: 'notEnoughSignatures',
      detail: { valid: 1, threshold: 2 },
    })
    const whole = await makeRoot(NUMBER, 1)
    const [first, second] = whole.signatures
    // another account in its name
    const stranger = makeWitness('stranger')
    const foreign = await makeRoot(NUMBER, 1, { signers: [{ ...witnesses[1]!, signHash: stranger.signHash }] })
    for (const signatures of [
      [first!, { ...second!, evm: first!.evm }],
      [first!, foreign.signatures[0]!],
      [first!, { ...second!, value: first!.value }],
    ]) {
      await expect(verify([{ ...whole, signatures }])).rejects.toMatchObject({
        code: 'notEnoughSignatures',
        detail: { valid: 1, threshold: 2 },
      })
    }
  })

  it('counts no witness twice', async () => {
    const twice = await makeRoot(NUMBER, 1, { signers: [witnesses[0]!, witnesses[0]!] })
    await expect(verify([twice])).rejects.toMatchObject({ code: 'notEnoughSignatures', detail: { valid: 1 } })
  })

  it('are refused out of order, and when two of one number differ', async () => {
    const [a, b] = await Promise.all([makeRoot(NUMBER, 1), makeRoot(NUMBER + 1, 1)])
    await expect(verify([b, a])).rejects.toMatchObject({ code: 'registryInvalid' })
    await expect(verify([a, a])).rejects.toMatchObject({ code: 'registryInvalid' })
    await expect(verify([a, await makeRoot(NUMBER, 2)])).rejects.toEqual(
      new AssayError('rootConflict', `There are two different roots ${NUMBER}.0`, { number: NUMBER, sub: 0 }),
    )
  })

  it('are refused of another registry', async () => {
    const foreign = await makeRoot(NUMBER, 1, { registryId: 'A'.repeat(43) })
    await expect(verify([foreign])).rejects.toMatchObject({ code: 'registryInvalid' })
    const other = verifyRoots({ registryId: 'A'.repeat(43), statements: [] }, { registryId: id, genesis, resolveKeys })
    await expect(other).rejects.toMatchObject({ code: 'registryInvalid' })
  })

  it.each([
    ['an urgent root without a cause', { sub: 1, cause: null }],
    ['a cause without urgency', { sub: 0, cause: { type: 'entry', seq: 1 } }],
    ['a number beyond the cap', { number: 2 ** 32 }],
    [
      '65 signatures',
      {
        signatures: Array(65).fill({
          signer: makeSigner('x').did,
          value: 'A'.repeat(86),
          evm: `0x${'0'.repeat(128)}1b`,
        }),
      },
    ],
  ])('are malformed with %s', async (_, change) => {
    await expect(verify([{ ...(await makeRoot(NUMBER, 1)), ...change }])).rejects.toMatchObject({ code: 'malformed' })
  })

  it('are malformed when there are more than a reader wants', async () => {
    const statement = await makeRoot(NUMBER, 1)
    await expect(verify(Array(MAX_ROOTS + 1).fill(statement))).rejects.toMatchObject({ code: 'malformed' })
  })

  it('give a beacon that depends on the signatures', async () => {
    const [a, b] = [await makeRoot(NUMBER, 1), await makeRoot(NUMBER, 1, { signers: witnesses.slice(1) })]
    expect(statementHash(a)).toHaveLength(32)
    expect(statementHash(a)).not.toEqual(statementHash(b))
  })
})
