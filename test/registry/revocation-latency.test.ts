import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkRoot, type RootStatement, verifyStatements, withSignatures } from '../../src/registry/index.ts'
import { genesis, id, resolveKeys, START, witnesses } from './world.ts'

const [OLD, NEW] = [1n, 2n]

interface Course {
  /** Publish interval, grace and maxAge, in seconds. */
  interval: number
  grace: number
  maxAge: number
  /** When the issuer's revocation reached the registry, in seconds after the start. */
  revokedAt: number
  /** Whether witnesses could be reached at once, or only at the next interval. */
  isToldAtOnce: boolean
}

/** All that the witnesses state: the root each interval, and the new one at once if they can. */
function publish({ interval, revokedAt, isToldAtOnce, grace, maxAge }: Course): Promise<RootStatement[]> {
  const end = revokedAt + interval + Math.max(grace, maxAge)
  const regular = Array.from({ length: Math.ceil(end / interval) + 1 }, (_, i) => i * interval)
  const times = isToldAtOnce ? [...new Set([...regular, revokedAt])].sort((a, b) => a - b) : regular
  return Promise.all(
    times.map((time, i) => {
      const body = {
        type: 'AssayRegistryRoot' as const,
        registryId: id,
        chain: 'none' as const,
        seq: i + 1,
        logHead: id,
        root: String(time < revokedAt ? OLD : NEW),
        atOnce: false,
        issuedAt: START + time,
      }
      return withSignatures(body, witnesses.slice(0, 2))
    }),
  )
}

/** What a verifier answers at `now` who heard nothing that was said after `heardUntil` (both in seconds after the start). */
async function judge(statements: RootStatement[], root: bigint, now: number, heardUntil: number, course: Course) {
  const heard = statements.filter(({ issuedAt }) => issuedAt <= START + Math.min(now, heardUntil))
  const windows = await verifyStatements(
    { registryId: id, statements: heard },
    { registryId: id, genesis, resolveKeys },
  )
  return checkRoot(windows, root, START + now, { graceSeconds: course.grace, maxAgeSeconds: course.maxAge })
}

const courses = fc
  .record({
    interval: fc.integer({ min: 60, max: 300 }),
    grace: fc.integer({ min: 0, max: 700 }),
    maxAge: fc.integer({ min: 1, max: 700 }),
    revokedAt: fc.integer({ min: 1, max: 600 }),
    isToldAtOnce: fc.boolean(),
  })
  .chain((course) => {
    const bound = course.revokedAt + course.interval + Math.max(course.grace, course.maxAge)
    return fc.record({
      course: fc.constant(course),
      bound: fc.constant(bound),
      heardUntil: fc.integer({ min: 0, max: bound }),
    })
  })

describe('protocol, registry: revocation latency <= publish interval + max(grace, maxAge)', () => {
  it('holds for every verifier, also one who is cut off at any moment', async () => {
    await fc.assert(
      fc.asyncProperty(courses, async ({ course, bound, heardUntil }) => {
        const statements = await publish(course)
        expect(await judge(statements, OLD, bound, heardUntil, course)).not.toBeUndefined()
      }),
      { numRuns: 40 },
    )
  }, 120_000)

  const course = { interval: 300, grace: 600, maxAge: 600, revokedAt: 301, isToldAtOnce: false }

  it('is not far from what can happen: told at the next interval, the old root lives through the grace', async () => {
    const statements = await publish(course)
    expect(await judge(statements, OLD, 600 + 599, Infinity, course)).toBeUndefined()
    expect(await judge(statements, OLD, 600 + 600, Infinity, course)).toBe('rootSuperseded')
    expect(await judge(statements, NEW, 600 + 600, Infinity, course)).toBeUndefined()
  })

  it('is the maxAge for a verifier who was cut off before the new root was told', async () => {
    const statements = await publish(course)
    expect(await judge(statements, OLD, 300 + 599, 599, course)).toBeUndefined()
    expect(await judge(statements, OLD, 300 + 600, 599, course)).toBe('registryStale')
  })

  it('is the grace alone where the new root is told at once', async () => {
    const prompt = { ...course, isToldAtOnce: true }
    const statements = await publish(prompt)
    expect(await judge(statements, OLD, 301 + 599, Infinity, prompt)).toBeUndefined()
    expect(await judge(statements, OLD, 301 + 600, Infinity, prompt)).toBe('rootSuperseded')
  })
})
