import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { AssayError } from '../../protocol/index.ts'

export interface AssayProcess {
  child: ChildProcess
  /** The first line of its standard output, as JSON. */
  firstLine: () => Promise<unknown>
  /** Ends it, by SIGTERM unless said otherwise, and waits until it is gone. */
  stop: (signal?: NodeJS.Signals) => Promise<void>
}

/**
 * Runs another `assay` command as a process of its own, with this very program. Its errors go where ours go. What the
 * environment says of a service is somebody's real one: the demo must neither write to its database nor fail by its settings.
 */
export function spawnAssay(args: string[]): AssayProcess {
  const [program, main, ...loader] = [process.execPath, process.argv[1]!, ...process.execArgv]
  const child = spawn(program, [...loader, main, ...args], {
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !isSetting(name))),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout! })
  const first = Promise.race([
    once(lines, 'line').then(([line]) => JSON.parse(String(line)) as unknown),
    exited.then(([code]) => {
      throw new AssayError('unavailable', `assay ${args[0]} ended with exit code ${code} before it was ready`)
    }),
  ])
  first.catch(() => undefined)
  return {
    child,
    firstLine: () => first,
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      await exited
    },
  }
}

const isSetting = (name: string): boolean => /^(DATABASE_URL|NODE_ENV|ASSAY_.*)$/.test(name)
