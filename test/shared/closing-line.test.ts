import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'

const root = new URL('../..', import.meta.url).pathname

/** A run of the project's own test command over one file. */
function runTests(config: string, file: string) {
  const { status, stdout } = spawnSync(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--config', config, file],
    {
      cwd: root,
      encoding: 'utf8',
    },
  )
  return { status, line: stdout.trimEnd().split('\n').at(-1) }
}

const failing = 'test/shared/closing-line/vitest.config.ts'

describe('the closing line of a test run', () => {
  test.each([
    ['a failing test', 'test.fails.ts', '1 passed, 1 failed'],
    ['a failing hook', 'hook.fails.ts', '0 passed, 1 failed'],
    ['a file that cannot be loaded', 'module.fails.ts', '0 passed, 1 failed'],
  ])('%s fails the command', (_, file, line) => {
    expect(runTests(failing, file)).toEqual({ status: 1, line })
  })

  test('a run without a failure ends with 0', () => {
    expect(runTests('test/vitest.config.ts', 'test/protocol/jcs.test.ts')).toMatchObject({
      status: 0,
      line: expect.stringMatching(/^\d+ passed, 0 failed$/),
    })
  })
})
