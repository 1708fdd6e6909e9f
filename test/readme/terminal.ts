import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** Only a defect keeps a program from starting or ending for so long, on a machine that is busy. Milliseconds. */
const PATIENCE_MS = 240_000

export interface Terminal {
  cwd: string
  env: NodeJS.ProcessEnv
}

export interface Finished {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs a block of commands as a shell does for which nobody types: the first that fails ends it. */
export async function run(text: string, { cwd, env }: Terminal): Promise<Finished> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', text], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const heard = listen(child)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...heard() }
}

export interface Running {
  /** Resolves when it has printed this. @throws Error when it ended before, or said nothing like it for too long */
  says: (text: string) => Promise<void>
  /** What it has printed so far, on both streams. */
  heard: () => string
  /** As Ctrl-C does: a signal to the whole group. Resolves when all of it has ended. */
  interrupt: () => Promise<void>
}

/** Starts a block of commands in a terminal of its own, and leaves it running. */
export function start(text: string, { cwd, env }: Terminal): Running {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', text], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const streams = listen(child)
  const heard = () => streams().stdout + streams().stderr
  const closed = once(child, 'close')
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  const signal = (name: NodeJS.Signals) => child.pid !== undefined && signalGroup(child.pid, name)
  const killAtExit = () => void signal('SIGKILL')
  process.once('exit', killAtExit)
  closed.then(() => process.off('exit', killAtExit))
  return {
    heard,
    says: async (wanted) => {
      const deadline = Date.now() + PATIENCE_MS
      while (!heard().includes(wanted)) {
        if (hasEnded()) throw new Error(`It ended before it said “${wanted}”:\n${heard()}`)
        if (Date.now() > deadline) throw new Error(`It never said “${wanted}”:\n${heard()}`)
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    },
    interrupt: async () => {
      if (!hasEnded()) signal('SIGINT')
      const patience = setTimeout(() => signal('SIGKILL'), PATIENCE_MS)
      await closed
      clearTimeout(patience)
    },
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    // it ended meanwhile
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function listen(child: ChildProcess): () => { stdout: string; stderr: string } {
  const heard = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      heard[name] += text
    })
  }
  return () => ({ ...heard })
}
