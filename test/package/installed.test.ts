import { mkdirSync, writeFileSync } from 'node:fs'
import { copyFile, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fencedBlocks, PAGES, readPage, root } from '../docs/markdown.ts'
import { readerEnvironment } from '../readme/environment.ts'
import { type Finished, run, type Terminal } from '../readme/terminal.ts'
import { type Packed, packClone } from './pack.ts'

/*
 * The package, installed from its tarball into a project outside the clone: what its users have. Needs the npm registry,
 * or what npm has in its cache.
 */
const TYPESCRIPT = ['5.9.3', '6.0.3']
const SETTINGS = {
  bundler: ['--module', 'esnext', '--moduleResolution', 'bundler', '--resolveJsonModule'],
  nodenext: ['--module', 'nodenext', '--moduleResolution', 'nodenext'],
}

let built: Packed
let project: Terminal
let clone: Terminal

beforeAll(async () => {
  built = await packClone()
  const outside = dirname(built.tarball)
  const env = readerEnvironment(join(outside, 'home'))
  project = { cwd: join(outside, 'project'), env }
  clone = { cwd: built.clone, env }
  mkdirSync(project.cwd)
  const manifest = {
    private: true,
    type: 'module',
    dependencies: {
      assay: `file:${built.tarball}`,
      // what the pages import besides
      ...pick(
        (await manifestOf(built.clone)).dependencies,
        '@noble/hashes',
        '@veramo/core',
        '@veramo/did-provider-key',
      ),
      ...pick((await manifestOf(built.clone)).dependencies, '@veramo/did-resolver'),
    },
    devDependencies: {
      ...pick((await manifestOf(built.clone)).devDependencies, '@types/node'),
      ...Object.fromEntries(TYPESCRIPT.map((version) => [`typescript-${version}`, `npm:typescript@${version}`])),
    },
  }
  writeFileSync(join(project.cwd, 'package.json'), JSON.stringify(manifest))
  succeeded(await run('npm install --no-audit --no-fund', project))
}, 600_000)

afterAll(() => built?.remove())

describe.each(TYPESCRIPT)('TypeScript %s, plain strict', (version) => {
  it.each(Object.entries(SETTINGS))(
    'compiles the examples and what the pages show, with %s',
    async (name, flags) => {
      const folder = join(project.cwd, `${name}-${version}`)
      mkdirSync(folder)
      const examples = new URL('docs/examples/', root)
      for (const file of await readdir(examples)) await copyFile(new URL(file, examples), join(folder, file))
      for (const page of PAGES) {
        for (const { info, text, line } of fencedBlocks(readPage(page))) {
          if (info === 'ts') writeFileSync(join(folder, `${page.replaceAll(/\W/g, '-')}-line-${line}.ts`), text)
        }
      }
      const compiler = join(project.cwd, `node_modules/typescript-${version}/bin/tsc`)
      const settings = ['--strict', '--noEmit', '--target', 'es2022', '--types', 'node', ...flags]
      const command = ['node', compiler, ...settings].join(' ')
      // one program that must not compile: a check that could not fail would show nothing
      writeFileSync(join(folder, 'wrong.ts'), "import { createDapp } from 'assay/verifier'\ncreateDapp({ did: 1 })\n")
      const { stdout, stderr } = await run(`${command} ${folder}/*.ts`, project)
      expect(stderr + stdout).toMatch(/^[^\n]*wrong\.ts\(2,\d+\): error TS2322: [^\n]*\n$/)
    },
    240_000,
  )
})

describe('--json prints one object and nothing else', () => {
  const callers: [string, string, () => Terminal][] = [
    ['the installed command', './node_modules/.bin/assay', () => project],
    ['npx, where it is installed', 'npx assay', () => project],
    ['npx, in a clone', 'npx assay', () => clone],
  ]

  it.each(callers)(
    'from %s',
    async (_, assay, where) => {
      expect(onlyObject(await run(`${assay} inspect --json`, where()), 0)).toMatchObject({ ok: true })
      const usage = await run(`${assay} inspect --nothing --json`, where())
      expect(onlyObject(usage, 2)).toMatchObject({ ok: false, code: 'usage' })
      const refused = await run(`${assay} wallet show --wallet nothing.json --json`, where())
      expect(onlyObject(refused, 3)).toMatchObject({ ok: false, code: 'notFound' })
    },
    240_000,
  )

  it('from `npm run`, in a clone', async () => {
    const refused = await run('npm run demo -- --nothing --json', clone)
    expect(onlyObject(refused, 2)).toMatchObject({ ok: false, code: 'usage' })
    expect(onlyObject(await run('npm run demo -- --json', clone), 0)).toMatchObject({ ok: true })
  }, 600_000)
})

/** The one object on standard output. */
function onlyObject(finished: Finished, code: number): unknown {
  expect(finished.code, finished.stdout + finished.stderr).toBe(code)
  return JSON.parse(finished.stdout)
}

function succeeded({ code, stdout, stderr }: Finished): void {
  if (code !== 0) throw new Error(`Exit code ${code}\n${stdout}\n${stderr}`)
}

async function manifestOf(folder: string): Promise<Record<string, Record<string, string>>> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
}

function pick(versions: Record<string, string> | undefined, ...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, versions![name]!]))
}
