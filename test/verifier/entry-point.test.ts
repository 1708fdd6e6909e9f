import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { cruise, type ICruiseResult, type IModule } from 'dependency-cruiser'
import { beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Licences that ask for nothing but a notice. */
const PERMISSIVE = [
  'Apache-2.0',
  '(Apache-2.0 AND MIT)',
  'Apache-2.0 OR MIT',
  '(Apache-2.0 OR MIT)',
  'BSD-3-Clause',
  'MIT',
]

let modules: IModule[]
let inBrowsers: IModule[]

beforeAll(async () => {
  modules = await reachable({ conditionNames: ['node', 'import', 'default'] })
  // older packages name what browsers get in the field `browser`, newer ones by a condition of `exports`
  inBrowsers = await reachable({ conditionNames: ['browser', 'import', 'default'], aliasFields: ['browser'] })
})

/** Every module behind the entry point, of ours and in packages, when packages are resolved in this way. */
async function reachable(resolution: { conditionNames: string[]; aliasFields?: string[] }): Promise<IModule[]> {
  const { output } = await cruise(
    ['src/verifier/index.ts'],
    { baseDir: root, ruleSet: {}, moduleSystems: ['es6', 'cjs'], tsPreCompilationDeps: false },
    { exportsFields: ['exports'], ...resolution },
  )
  return (output as ICruiseResult).modules
}

/** Names of the packages behind the entry point, however far away. */
function packages(): string[] {
  const names = modules.flatMap(
    ({ source }) => /node_modules\/((?:@[^/]+\/)?[^/]+)(?!.*node_modules)/.exec(source)?.[1] ?? [],
  )
  return [...new Set(names)].sort()
}

describe("the verifier's entry point", () => {
  it('reaches the libraries that it is made of, and none besides', () => {
    expect(packages()).toEqual([
      '@noble/ciphers',
      '@noble/curves',
      '@noble/hashes',
      '@scure/base',
      'canonicalize',
      'fflate',
      'mcl-wasm',
      'poseidon-lite',
      'zod',
    ])
    expect(modules.filter(({ couldNotResolve }) => couldNotResolve).map(({ source }) => source)).toEqual([])
  })

  it('reaches no code under the GPL: every package behind it is permissively licensed', async () => {
    for (const name of packages()) {
      const manifest = JSON.parse(await readFile(`${root}/node_modules/${name}/package.json`, 'utf8'))
      expect(PERMISSIVE, name).toContain(manifest.license)
    }
  })

  it('runs in browsers: it reaches no module of Node', () => {
    expect(inBrowsers.some(({ source }) => source.includes('node_modules/mcl-wasm/'))).toBe(true)
    expect(inBrowsers.filter(({ coreModule }) => coreModule).map(({ source }) => source)).toEqual([])
  })

  it('reaches of our rooms protocol and registry alone', () => {
    const rooms = modules.flatMap(({ source }) => /^src\/(\w+)\//.exec(source)?.[1] ?? [])
    expect([...new Set(rooms)].sort()).toEqual(['protocol', 'registry', 'verifier'])
  })
})
