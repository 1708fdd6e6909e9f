import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

it('a command that closes its prover ends by itself, and prints nothing on standard output of its own', async () => {
  const script = fileURLToPath(new URL('prove-and-close.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script])
  expect(stdout).toBe('7')
})
