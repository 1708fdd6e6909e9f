import { describe, expect, it } from 'vitest'
import { AssayError } from '../../src/protocol/errors.ts'
import {
  checkRoot,
  type RootStatement,
  rootWindows,
  statementHash,
  verifyStatements,
  withSignatures,
  zRootStatement,
} from '../../src/registry/index.ts'
import { genesis, id, resolveKeys, START, witnesses } from './world.ts'

const limits = { graceSeconds: 600, maxAgeSeconds: 900 }

async function sign(
  seq: number,
  root: number,
  after: number,
  { atOnce = false, signers = witnesses.slice(0, 2), change = {} } = {},
): Promise<RootStatement> {
  const body = {
    type: 'AssayRegistryRoot' as const,
    registryId: id,
    chain: 'none' as const,
    seq,
    logHead: id,
    root: String(root),
    atOnce,
    issuedAt: START + after,
    ...change,
  }
  return zRootStatement.parse(await withSignatures(body, signers))
}

const verify = (statements: unknown[]) =>
  verifyStatements({ registryId: id, statements }, { registryId: id, genesis, resolveKeys })

/** Roots 1 → 2 → 3, each interval of 300 s stated, changed or not. */
const regular = await Promise.all([
  sign(11, 1, 0),
  sign(12, 1, 300),
  sign(13, 2, 400),
  sign(14, 2, 700),
  sign(15, 3, 1000),
])

describe('protocol, registry: the windows of roots', () => {
  it('counts supersession from the first later statement with another root', async () => {
    expect(await verify(regular)).toEqual([
      { root: 1n, from: START, confirmedAt: START + 300, supersededAt: START + 400, atOnce: false },
      { root: 2n, from: START + 400, confirmedAt: START + 700, supersededAt: START + 1000, atOnce: false },
      { root: 3n, from: START + 1000, confirmedAt: START + 1000, atOnce: false },
    ])
  })

  it.each([
    [1n, 400 + 480, undefined],
    [1n, 400 + 599, undefined],
    [1n, 400 + 600, 'rootSuperseded'],
    [2n, 1000 + 599, undefined],
    [2n, 1000 + 600, 'rootSuperseded'],
    [3n, 1000 + 899, undefined],
    [3n, 1000 + 900, 'registryStale'],
    [3n, 1000 - 120, undefined],
    [3n, 1000 - 121, 'registryStale'],
    [4n, 1000, 'rootUnknown'],
  ] as const)('judges root %d at %d s: %s', (root, after, outcome) => {
    expect(checkRoot(rootWindows(regular), root, START + after, limits)).toBe(outcome)
  })

  it('knows no root before there is a statement', () => {
    expect(checkRoot([], 1n, START, limits)).toBe('rootUnknown')
  })

  it('gives superseded roots no time at all where the grace is 0', () => {
    const strict = { ...limits, graceSeconds: 0 }
    expect(checkRoot(rootWindows(regular), 2n, START + 1000, strict)).toBe('rootSuperseded')
    expect(checkRoot(rootWindows(regular), 3n, START + 1000, strict)).toBeUndefined()
  })

  it('ends every earlier root at once when a statement says so, and none after it', async () => {
    const windows = rootWindows([
      ...regular.slice(0, 3),
      await sign(14, 3, 500, { atOnce: true }),
      await sign(15, 4, 600),
    ])
    const judge = (root: bigint) => checkRoot(windows, root, START + 600, limits)
    expect([1n, 2n, 3n, 4n].map(judge)).toEqual(['rootSuperseded', 'rootSuperseded', undefined, undefined])
  })

  it('lets a root that is current again count again: a suspension that was lifted', async () => {
    const windows = rootWindows([await sign(1, 1, 0), await sign(2, 2, 100, { atOnce: true }), await sign(3, 1, 200)])
    expect(checkRoot(windows, 1n, START + 250, limits)).toBeUndefined()
    expect(checkRoot(windows, 2n, START + 250, limits)).toBeUndefined()
    expect(checkRoot(windows, 2n, START + 800, limits)).toBe('rootSuperseded')
  })

  it('refuses a list with a gap: what is left out might have ended a root at once', async () => {
    await expect(verify(regular.toSpliced(2, 1))).rejects.toEqual(
      new AssayError('registryInvalid', 'Root statement 13 is missing'),
    )
    await expect(verify([...regular].reverse())).rejects.toMatchObject({ code: 'registryInvalid' })
  })

  it('takes a list that begins later: then older roots are unknown', async () => {
    expect(checkRoot(await verify(regular.slice(2)), 1n, START + 410, limits)).toBe('rootUnknown')
  })

  it('refuses times that run backwards', async () => {
    await expect(verify([regular[0], await sign(12, 2, -1)])).rejects.toEqual(
      new AssayError('registryInvalid', 'Root statement 12 is older than the one before it'),
    )
  })

  it('refuses a statement by fewer witnesses than the threshold, at any position', async () => {
    for (const at of [0, 2, 4]) {
      const lone = await sign(11 + at, 9, 100 * at, { signers: witnesses.slice(2) })
      await expect(verify(regular.with(at, { ...lone, issuedAt: regular[at]!.issuedAt }))).rejects.toMatchObject({
        code: 'notEnoughSignatures',
      })
    }
  })

  it.each<[string, Partial<RootStatement>]>([
    ['root', { root: '7' }],
    ['time', { issuedAt: START + 1001 }],
    ['emergency', { atOnce: true }],
    ['log head', { logHead: 'A'.repeat(43) }],
  ])('refuses another %s than the one signed', async (_, change) => {
    await expect(verify(regular.with(4, { ...regular[4]!, ...change }))).rejects.toMatchObject({
      code: 'notEnoughSignatures',
      detail: { valid: 0, threshold: 2 },
    })
  })

  it('refuses statements of another registry, though the same witnesses signed them', async () => {
    const foreign = await sign(11, 1, 0, { change: { registryId: 'A'.repeat(43) } })
    await expect(verify([foreign])).rejects.toEqual(
      new AssayError('registryInvalid', 'The root statement is of another registry'),
    )
  })

  it('refuses no statements, and roots that are no field elements, as malformed', async () => {
    await expect(verify([])).rejects.toMatchObject({ code: 'malformed' })
    await expect(verify([{ ...regular[0], root: '01' }])).rejects.toMatchObject({ code: 'malformed' })
  })

  it('hashes a whole statement to 32 bytes that the signatures change', async () => {
    const other = await sign(11, 1, 0, { signers: witnesses.slice(1) })
    expect(statementHash(regular[0]!)).toHaveLength(32)
    expect(statementHash(other)).not.toEqual(statementHash(regular[0]!))
  })
})
