import { describe, expect, it } from 'vitest'
import { importsOf } from './imports-of.ts'
import { listTiers } from './list-tiers.ts'
import { pathToResource } from './path-to-resource.ts'

const root = new URL('../..', import.meta.url).pathname

describe('the imports of a file', () => {
  it('are what it loads when it runs, from the root', () => {
    const source = `
import 'side-effect'
import fc from 'fast-check'
import {
  one,
  type Two,
} from './helper.ts'
export { three } from '../../src/holder/index.ts'
const { four } = await import('pino')
`
    expect(importsOf('test/holder/some.test.ts', source).sort()).toEqual([
      'fast-check',
      'pino',
      'side-effect',
      'src/holder/index.ts',
      'test/holder/helper.ts',
    ])
  })

  it('are not its types', () => {
    expect(importsOf('test/a.ts', "import type { A } from './b.ts'\nexport type { C } from './d.ts'\n")).toEqual([])
  })
})

describe('the tier of a test file', () => {
  const reach = (files: Record<string, string[]>) => pathToResource('test/a.test.ts', (path) => files[path] ?? [])

  it('is integration if it imports a resource', () => {
    expect(reach({ 'test/a.test.ts': ['vitest', 'pg'] })).toEqual(['test/a.test.ts', 'pg'])
  })

  it('is integration if a helper or a file of src imports one', () => {
    const files = {
      'test/a.test.ts': ['test/shared/world.ts'],
      'test/shared/world.ts': ['src/holder/prove.ts', 'test/a.test.ts'],
      'src/holder/prove.ts': ['snarkjs'],
    }
    expect(reach(files)).toEqual(['test/a.test.ts', 'test/shared/world.ts', 'src/holder/prove.ts', 'snarkjs'])
  })

  it('does not depend on what else an index exports', () => {
    const files = { 'test/a.test.ts': ['src/server/index.ts'], 'src/server/index.ts': ['express'] }
    expect(reach(files)).toBeUndefined()
  })

  it('is known of files that are what their names say', () => {
    const { unit, integration } = listTiers(root)
    expect(unit).toContain('test/tiers/tiers.test.ts')
    expect(unit).toContain('test/protocol/jcs.test.ts')
    expect(integration).toContain('test/readme/readme.test.ts')
    expect(integration).toContain('test/server/lifecycle.test.ts')
    expect(integration).toContain('test/storage/columns.test.ts')
    expect(integration).toContain('test/holder/present.test.ts')
  })
})

describe('the unit tier', () => {
  const childProcess = process.getBuiltinModule('node:child_process')
  const threads = process.getBuiltinModule('node:worker_threads')
  const net = process.getBuiltinModule('node:net')

  it.each([
    ['child processes', () => childProcess.spawn('true')],
    ['child processes', () => childProcess.execFileSync('true')],
    ['threads', () => new threads.Worker('', { eval: true })],
    ['servers', () => net.createServer().listen(0)],
    ['connections', () => net.connect(1, '127.0.0.1')],
  ])('has no %s', (resource, start) => {
    expect(start).toThrow(`The unit tier has no ${resource}`)
  })

  it('has none either for what an index of src exports', async () => {
    const { runCommand } = await import('../../src/evidence/index.ts')
    await expect(runCommand('true', [])).rejects.toThrow('The unit tier has no child processes')
  })
})
