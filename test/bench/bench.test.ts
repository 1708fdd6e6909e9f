import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { countConstraints } from '../../scripts/bench/count-constraints.ts'
import { figureOf, measureByTurns } from '../../scripts/bench/measure.ts'
import { measureRate } from '../../scripts/bench/measure-rate.ts'
import { compare } from '../../scripts/bench/row.ts'
import { loadProvingArtifacts } from '../../src/storage/circuit-artifacts.ts'

const run = promisify(execFile)
const project = new URL('../../', import.meta.url)
const cwd = fileURLToPath(project)
const bench = (...args: string[]) =>
  run(process.execPath, ['--import', 'tsx', 'scripts/bench/main.ts', ...args], { cwd })

const zMeasured = z.strictObject({
  what: z.string().min(1),
  median: z.number().positive(),
  q1: z.number().positive(),
  q3: z.number().positive(),
  samples: z.int().min(1),
  constraints: z.int().min(1).optional(),
})
const zReport = z.strictObject({
  machine: z.strictObject({ cpu: z.string(), cores: z.int().min(1), node: z.string(), platform: z.string() }),
  date: z.iso.date(),
  quick: z.boolean(),
  failed: z.array(z.strictObject({ case: z.string(), message: z.string() })).length(0),
  rows: z.array(
    z.strictObject({
      case: z.enum(['signature', 'verify', 'prove', 'http']),
      name: z.string().min(1),
      unit: z.enum(['ms', '/s']),
      assay: zMeasured,
      peer: zMeasured.optional(),
      ratio: z.number().positive().optional(),
      expected: z.strictObject({ ratio: z.number(), met: z.boolean() }).optional(),
      note: z.string().optional(),
    }),
  ),
})

describe('npm run bench', () => {
  it('prints one JSON object on standard output, and progress on standard error', async () => {
    const { stdout, stderr } = await bench('--quick', '--only', 'signature', '--json')
    const report = zReport.parse(JSON.parse(stdout))
    expect(report.quick).toBe(true)
    expect(report.rows).toHaveLength(1)
    const [row] = report.rows
    expect(row).toMatchObject({ case: 'signature', unit: 'ms', expected: { ratio: 20 } })
    expect(row!.peer!.what).toBe('circomlibjs 0.1.7, signPoseidon')
    expect(row!.ratio).toBe(row!.peer!.median / row!.assay.median)
    expect(stderr).toBe('Credential signature: ours and circomlibjs by turns\n')
  })

  it('refuses a case that there is not', async () => {
    await expect(bench('--only', 'signature,nothing')).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining("argument 'signature,nothing' is invalid. There is no case nothing."),
    })
  })

  it("is an npm script, and its peers' lockfile names no registry", async () => {
    const { scripts } = JSON.parse(await readFile(new URL('package.json', project), 'utf8'))
    expect(scripts.bench).toBe('tsx scripts/bench/main.ts')
    const lockfile = await readFile(new URL('scripts/bench/peers/package-lock.json', project), 'utf8')
    expect(lockfile).not.toContain('"resolved"')
  })
})

describe('measuring', () => {
  it('takes turns within a round, beginning with another contender each time, and leaves the warm-up out', async () => {
    const order: string[] = []
    let now = 0
    const take = (name: string, ms: number) => (round: number) => {
      order.push(`${name}${round}`)
      now += ms
    }
    const times = await measureByTurns(
      { assay: take('a', 2), peer: take('p', 6) },
      { warmUp: 1, rounds: 2, clock: () => now },
    )
    expect(order).toEqual(['a0', 'p0', 'p1', 'a1', 'a2', 'p2'])
    expect(times.assay).toEqual({ median: 2, q1: 2, q3: 2, samples: 2 })
    expect(times.peer.median).toBe(6)
  })

  it('gives median and quartiles', () => {
    expect(figureOf([4, 1, 3, 2, 5])).toEqual({ median: 3, q1: 2, q3: 4, samples: 5 })
    expect(figureOf([1, 2]).median).toBe(1.5)
    expect(() => figureOf([])).toThrow(new RangeError('A figure needs at least one sample'))
  })

  it('gives calls a second of each batch but the first, with no more calls at once than allowed', async () => {
    let now = 0
    let underWay = 0
    let most = 0
    const call = async () => {
      most = Math.max(most, ++underWay)
      await Promise.resolve()
      now += 10
      underWay--
    }
    const figure = await measureRate(Array(12).fill(call), { batch: 4, atOnce: 3, clock: () => now })
    expect(most).toBe(3)
    expect(figure).toEqual({ median: 100, q1: 100, q3: 100, samples: 2 })
  })

  it('says how many times faster, and whether that is what is claimed', () => {
    const figure = (median: number) => ({ what: 'it', median, q1: median, q3: median, samples: 1 })
    const row = { case: 'verify', name: 'verify', assay: figure(2) } as const
    expect(compare({ ...row, peer: figure(6), expected: 3 })).toMatchObject({ ratio: 3, expected: { met: true } })
    expect(compare({ ...row, peer: figure(5), expected: 3 })).toMatchObject({ ratio: 2.5, expected: { met: false } })
    expect(compare({ ...row, peer: figure(1) })).not.toHaveProperty('expected')
  })

  it("counts the circuit's constraints out of its proving key as the compiler did", async () => {
    const { record, zkey } = await loadProvingArtifacts()
    expect(countConstraints(zkey)).toBe(record.constraints)
    expect(() => countConstraints(new Uint8Array(64))).toThrow('The file is not a proving key.')
  })
})
