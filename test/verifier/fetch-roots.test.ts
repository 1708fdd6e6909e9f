import { describe, expect, it } from 'vitest'
import { AssayError } from '../../src/protocol/index.ts'
import { checkRoot, type RootStatement, withSignatures, zRootStatement } from '../../src/registry/index.ts'
import { fetchRoots } from '../../src/verifier/index.ts'
import { genesis, id, makeSigner, rejection, resolveKeys, START, witnesses } from '../registry/world.ts'

const SERVICE = 'https://registry.example'

async function sign(seq: number, root: bigint, { atOnce = false, signers = witnesses } = {}): Promise<RootStatement> {
  const body = {
    type: 'AssayRegistryRoot' as const,
    registryId: id,
    chain: 'none' as const,
    seq,
    logHead: id,
    root: String(root),
    atOnce,
    issuedAt: START + seq,
  }
  return zRootStatement.parse(await withSignatures(body, signers.slice(0, 2)))
}

const [first, ended] = await Promise.all([sign(1, 1n), sign(2, 2n, { atOnce: true })])

/** Roots over a service that serves whatever `served` holds at the moment. */
function open(served: { statements: RootStatement[]; status?: number }, keepSeconds = 0) {
  const asked: string[] = []
  const roots = fetchRoots({
    service: SERVICE,
    registryId: id,
    resolveKeys,
    clock: () => START + 10,
    keepSeconds,
    fetch: async (url) => {
      asked.push(url)
      const { status = 200, statements } = served
      return { ok: status === 200, status, json: async () => ({ genesis, registryId: id, statements }) }
    },
  })
  return { roots, asked }
}

describe('roots over HTTP', () => {
  it('are those that enough witnesses signed', async () => {
    const { roots, asked } = open({ statements: [first, ended] })
    const { registry, windows } = await roots()
    expect(registry).toBe(id)
    expect(windows.map(({ root }) => root)).toEqual([1n, 2n])
    expect(asked).toEqual([`${SERVICE}/v1/registry/roots`])
    const strangers = [makeSigner('stranger'), makeSigner('another')]
    expect(await rejection(open({ statements: [await sign(1, 9n, { signers: strangers })] }).roots())).toMatchObject({
      code: 'notEnoughSignatures',
    })
  })

  it('can’t be taken back: a root that was ended at once stays so, though an older list is fresh yet', async () => {
    const served = { statements: [first, ended] }
    const { roots } = open(served)
    const limits = { graceSeconds: 600, maxAgeSeconds: 600 }
    expect(checkRoot((await roots()).windows, 1n, START + 10, limits)).toBe('rootSuperseded')
    served.statements = [first]
    expect(await rejection(roots())).toEqual(
      new AssayError('registryInvalid', 'The registry showed root statement 2 before, and now 1 as its newest'),
    )
    served.statements = [ended]
    expect((await roots()).windows).toHaveLength(1)
  })

  it('are asked for again when they could not be had', async () => {
    const served = { statements: [first], status: 503 }
    const { roots, asked } = open(served, 60)
    expect(await rejection(roots())).toMatchObject({
      code: 'unavailable',
      message: `The registry at ${SERVICE}/v1/registry/roots does not answer`,
    })
    served.status = 200
    await roots()
    await roots()
    expect(asked).toHaveLength(2)
  })
})
