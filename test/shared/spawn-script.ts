import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export type Script = {
  child: ChildProcess
  /** Lines of standard output, as they come. */
  lines: AsyncIterableIterator<string>
  /** Resolves when the process is gone. */
  kill: (signal: NodeJS.Signals) => Promise<void>
}

/** Runs a TypeScript file of the tests as a process of its own. */
export function spawnScript(file: URL, ...args: string[]): Script {
  const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(file), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const kill = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await exited
  }
  return { child, lines, kill }
}
