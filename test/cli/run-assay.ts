import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export interface Ran {
  /** Exit code. */
  code: number | null
  stdout: string
  stderr: string
}

export interface Running {
  child: ChildProcess
  /** Lines of standard output, as they come. */
  lines: AsyncIterableIterator<string>
  /** Ends it by a signal, and gives back all that it said. */
  stop: (signal: NodeJS.Signals) => Promise<Ran>
}

/** One person's machine: a home folder of their own, and everything that was ever printed there. */
export interface Home {
  folder: string
  path: (name: string) => string
  /** Runs `assay` as a process, to its end. */
  assay: (args: string[], options?: { env?: Record<string, string>; input?: string }) => Promise<Ran>
  /** The same with --json: its exit code, and the one object on standard output. */
  json: (
    args: string[],
    options?: { env?: Record<string, string>; input?: string },
  ) => Promise<{ code: number | null; result: Record<string, unknown>; stderr: string }>
  /** Starts `assay` as a process that goes on. */
  start: (args: string[]) => Running
  said: () => string
  remove: () => Promise<void>
}

export const PASSPHRASE = 'correct-horse-battery'

export async function makeHome(): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-cli-'))
  const outputs: Ran[] = []
  const launch = (args: string[], env: Record<string, string> = {}) => {
    const { PATH = '', NODE_EXTRA_CA_CERTS: _ } = process.env
    const child = spawn(process.execPath, ['--import', 'tsx', main, ...args], {
      env: { PATH, HOME: folder, ASSAY_PASSPHRASE: PASSPHRASE, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const ran: Ran = { code: null, stdout: '', stderr: '' }
    outputs.push(ran)
    child.stdout.on('data', (chunk) => {
      ran.stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      ran.stderr += chunk
    })
    const closed = once(child, 'close').then(([code]) => {
      ran.code = code as number | null
      return ran
    })
    return { child, closed }
  }
  const assay: Home['assay'] = async (args, { env, input } = {}) => {
    const { child, closed } = launch(args, env)
    child.stdin.end(input ?? '')
    return closed
  }
  return {
    folder,
    path: (name) => join(folder, name),
    assay,
    json: async (args, options) => {
      const { code, stdout, stderr } = await assay([...args, '--json'], options)
      if (stdout.split('\n').length !== 2) throw new Error(`not one line of JSON: ${stdout}${stderr}`)
      return { code, result: JSON.parse(stdout) as Record<string, unknown>, stderr }
    },
    start: (args) => {
      const { child, closed } = launch(args)
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      const stop = (signal: NodeJS.Signals) => {
        child.kill(signal)
        return closed
      }
      return { child, lines, stop }
    },
    said: () => outputs.map(({ stdout, stderr }) => stdout + stderr).join('\n'),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** The next line that matches, or an error when the process ends without one. */
export async function lineOf(running: Running, pattern: RegExp): Promise<RegExpExecArray> {
  for (;;) {
    const { value, done } = await running.lines.next()
    if (done) throw new Error(`it ended without saying ${pattern}`)
    const match = pattern.exec(value as string)
    if (match !== null) return match
  }
}
