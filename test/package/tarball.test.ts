import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../docs/markdown.ts'
import { type Packed, packClone } from './pack.ts'

const run = promisify(execFile)
const bin = (name: string) => fileURLToPath(new URL(`node_modules/.bin/${name}`, root))

describe('the package', () => {
  let built: Packed
  beforeAll(async () => {
    built = await packClone()
  }, 300_000)
  afterAll(() => built?.remove())

  it('holds the compiled modules with their types, and what they and their readers need', () => {
    const inFolder = (folder: string, names: RegExp) =>
      readdirSync(join(built.clone, folder), { recursive: true, encoding: 'utf8' })
        .map((name) => `${folder}/${name}`)
        .filter((path) => names.test(path))
    const modules = inFolder('src', /(?<!\.d)\.ts$/)
    expect(modules.length).toBeGreaterThan(200)
    const compiled = modules.flatMap((path) => {
      const name = path.replace(/^src/, 'dist').replace(/\.ts$/, '')
      return [`${name}.js`, `${name}.d.ts`]
    })
    const beside = [
      ...['LICENSE', 'README.md', 'package.json', 'circuits/README.md', 'circuits/circuits.json'],
      ...inFolder('circuits', /\.circom$/),
      ...inFolder('src/storage/migrations', /\.(sql|json)$/),
      ...inFolder('docs', /\.(md|svg|ts)$/),
    ]
    const artifacts = ['json', 'vkey.json', 'wasm.gz', 'zkey.gz'].map((end) => `circuits/artifacts/presentation.${end}`)
    const paths = built.packed.files.map(({ path }) => path)
    expect(paths.sort()).toEqual([...compiled, ...beside, ...artifacts].sort())
  })

  it('takes 9 MB to download and 12 MB on a disk, at most', () => {
    expect(built.packed.size).toBeLessThan(9_000_000)
    expect(built.packed.unpackedSize).toBeLessThan(12_000_000)
  })

  it('names every subpath with types and code that are in it', async () => {
    const { exports } = JSON.parse(await readFile(join(built.clone, 'package.json'), 'utf8'))
    const paths = new Set(built.packed.files.map(({ path }) => `./${path}`))
    const targets = Object.values<string | Record<string, string>>(exports).flatMap((target) =>
      typeof target === 'string' ? target : [target.types, target.default],
    )
    expect(targets.filter((target) => !target?.includes('*') && !paths.has(target!))).toEqual([])
  })

  it('has nothing that publint would change', async () => {
    const { stdout } = await run(bin('publint'), [built.tarball, '--strict'])
    expect(stdout).toContain('All good!')
  }, 120_000)

  it('has types that every resolution of ES modules finds', async () => {
    const { stdout } = await run(bin('attw'), [built.tarball, '--profile', 'esm-only', '--format', 'json'])
    const { analysis } = JSON.parse(stdout)
    const problems = analysis.problems as { resolutionKind?: string }[]
    expect(Object.keys(analysis.entrypoints)).toContain('./verifier')
    expect(problems.filter(({ resolutionKind }) => !['node10', 'node16-cjs'].includes(resolutionKind!))).toEqual([])
  }, 120_000)

  it('can be published as it is, by whoever may', async () => {
    const offline = ['--registry', 'http://127.0.0.1:9', '--fetch-retries', '0']
    const args = ['publish', built.tarball, '--dry-run', '--loglevel=notice', ...offline]
    const { stderr } = await run('npm', args, { cwd: built.clone })
    const warnings = stderr.split('\n').filter((line) => /^npm (warn|error)/.test(line))
    expect(warnings.filter((line) => !/requires you to be logged in/.test(line))).toEqual([])
    expect(stderr).toMatch(/public access \(dry-run\)/)
  }, 120_000)
})
