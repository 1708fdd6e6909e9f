import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Runs a program and resolves to its standard output. Rejects, with `code` `ENOENT` when there is no such program. */
export type RunCommand = (command: string, args: readonly string[]) => Promise<string>

/** Runs a program without a shell, for at most 20 seconds. A driver that has to wake its GPUs can take several. */
export const runCommand: RunCommand = async (command, args) => {
  const { stdout } = await promisify(execFile)(command, args, { timeout: 20_000, maxBuffer: 1 << 20 })
  return stdout
}
