import { describe, expect, it } from 'vitest'
import { AssayError } from '../../src/protocol/index.ts'
import { checkRoot, type RootStatement } from '../../src/registry/index.ts'
import { fetchRoots, type RootMemory } from '../../src/verifier/index.ts'
import { genesis, id, makeRoot, makeWitness, NUMBER, rejection, resolveKeys, START } from '../registry/world.ts'

const SERVICE = 'https://registry.example'
const [first, ended] = await Promise.all([makeRoot(NUMBER, 1), makeRoot(NUMBER, 2, { sub: 1 })])

/** Roots over a service that serves whatever `served` holds at the moment. */
function open(
  served: { statements: RootStatement[]; status?: number },
  { keepSeconds = 0, memory }: { keepSeconds?: number; memory?: RootMemory } = {},
) {
  const asked: string[] = []
  const roots = fetchRoots({
    service: SERVICE,
    registryId: id,
    resolveKeys,
    clock: () => START + 10,
    keepSeconds,
    ...(memory && { memory }),
    fetch: async (url) => {
      asked.push(url)
      const { status = 200, statements } = served
      return { ok: status === 200, status, json: async () => ({ genesis, registryId: id, statements }) }
    },
  })
  return { roots, asked }
}

describe('roots over HTTP', () => {
  it('are those that enough witnesses signed, with the lengths of the genesis', async () => {
    const { roots, asked } = open({ statements: [first, ended] })
    const known = await roots()
    expect(known).toMatchObject({ registry: id, intervalSeconds: 300, stepSeconds: 3600 })
    expect(known.roots.map(({ root }) => root)).toEqual([1n, 2n])
    expect(asked).toEqual([`${SERVICE}/v1/registry/roots`])
    const strangers = [makeWitness('stranger'), makeWitness('another')]
    expect(
      await rejection(open({ statements: [await makeRoot(NUMBER, 9, { signers: strangers })] }).roots()),
    ).toMatchObject({
      code: 'notEnoughSignatures',
    })
  })

  it('can’t be taken back: a root that an urgent one ended stays so', async () => {
    const served = { statements: [first, ended] }
    const { roots } = open(served)
    expect(checkRoot(await roots(), 1n, START + 10)).toBe('rootSuperseded')
    const gone = (now: string) =>
      new AssayError('registryInvalid', `The registry showed root ${NUMBER}.1 before, and now ${now} as its newest`)
    served.statements = [first]
    expect(await rejection(roots())).toEqual(gone(`${NUMBER}.0`))
    served.statements = []
    expect(await rejection(roots())).toEqual(gone('none'))
    served.statements = [ended]
    expect((await roots()).roots).toHaveLength(1)
  })

  it('can’t be taken back over a restart, where the newest is kept', async () => {
    let kept: Awaited<ReturnType<RootMemory['load']>>
    const memory: RootMemory = {
      load: async () => kept,
      save: async (newest) => {
        kept = newest
      },
    }
    await open({ statements: [first, ended] }, { memory }).roots()
    expect(kept).toEqual({ number: NUMBER, sub: 1 })
    const restarted = open({ statements: [first] }, { memory })
    expect(await rejection(restarted.roots())).toMatchObject({ code: 'registryInvalid' })
    // without it, the service may show an older one
    await open({ statements: [first] }).roots()
  })

  it('are asked for again when they could not be had', async () => {
    const served = { statements: [first], status: 503 }
    const { roots, asked } = open(served, { keepSeconds: 60 })
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
