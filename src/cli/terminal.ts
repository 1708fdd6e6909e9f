import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import pc from 'picocolors'
import { CannotRun } from './exit-codes.ts'

/** Colours for what goes to a stream, and none where it is no terminal. */
export function coloursFor(stream: NodeJS.WriteStream): ReturnType<typeof pc.createColors> {
  return pc.createColors(stream.isTTY === true && process.env.NO_COLOR === undefined)
}

/** Whether a person sits there to be asked. */
export function isInteractive(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

/** Asks on the terminal, without showing what is typed. */
export async function askSecret(question: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true })
  // Ctrl-C at a question means: do nothing
  const aborted = new AbortController()
  reader.on('SIGINT', () => aborted.abort())
  process.stderr.write(question)
  try {
    return await reader.question('', { signal: aborted.signal })
  } catch {
    throw new CannotRun('unavailable', 'Interrupted: nothing was done')
  } finally {
    reader.close()
    process.stderr.write('\n')
  }
}

/** Asks yes or no on the terminal; anything but yes is no. */
export async function askConsent(question: string): Promise<boolean> {
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await reader.question(`${question} [y/N] `)).trim())
  } finally {
    reader.close()
  }
}

/** All of standard input, as text. */
export async function readStdin(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** Before that a spinner is more noise than news. Milliseconds. */
const PATIENCE_MS = 1000

/** Runs work, and shows on a terminal's standard error that it goes on, once it takes more than a second. */
export async function withProgress<T>(text: string, work: (tell: (text: string) => void) => Promise<T>): Promise<T> {
  if (process.stderr.isTTY !== true) return work(() => undefined)
  const { default: ora } = await import('ora')
  const spinner = ora({ text, stream: process.stderr, discardStdin: false })
  const timer = setTimeout(() => spinner.start(), PATIENCE_MS)
  try {
    return await work((next) => {
      spinner.text = next
    })
  } finally {
    clearTimeout(timer)
    spinner.stop()
  }
}
