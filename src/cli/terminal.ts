import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { Ora } from 'ora'
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

/** Before that a spinner is more noise than news. Milliseconds. */
const PATIENCE_MS = 1000

/** The spinner of the work that goes on. There is one terminal, so there is one spinner. */
let spinner: Ora | undefined

/** Runs work, and shows on a terminal's standard error that it goes on, once it takes more than a second. */
export async function withProgress<T>(text: string, work: (tell: (text: string) => void) => Promise<T>): Promise<T> {
  if (process.stderr.isTTY !== true) return work(() => undefined)
  if (spinner !== undefined) return withinProgress(spinner, text, work)
  const { default: ora } = await import('ora')
  const started = ora({ text, stream: process.stderr, discardStdin: false })
  spinner = started
  const timer = setTimeout(() => started.start(), PATIENCE_MS)
  try {
    return await work((next) => {
      started.text = next
    })
  } finally {
    clearTimeout(timer)
    started.stop()
    spinner = undefined
  }
}

/** A part of work that is shown already: the text is the part's for a while. */
async function withinProgress<T>(
  shown: Ora,
  text: string,
  work: (tell: (text: string) => void) => Promise<T>,
): Promise<T> {
  const before = shown.text
  const tell = (next: string) => {
    shown.text = next
  }
  tell(text)
  try {
    return await work(tell)
  } finally {
    tell(before)
  }
}

/** Writes a line, above the spinner where there is one. */
export function writeLine(stream: NodeJS.WriteStream, line: string): void {
  const isSpinning = spinner?.isSpinning === true
  if (isSpinning) spinner?.clear()
  stream.write(`${line}\n`)
  if (isSpinning) spinner?.render()
}

/** Asks somebody, without a spinner over the question. */
async function withoutSpinner<T>(ask: () => Promise<T>): Promise<T> {
  const isSpinning = spinner?.isSpinning === true
  if (isSpinning) spinner?.stop()
  try {
    return await ask()
  } finally {
    if (isSpinning) spinner?.start()
  }
}

/** Asks on the terminal, without showing what is typed. */
export function askSecret(question: string): Promise<string> {
  return withoutSpinner(() => readSecret(question))
}

async function readSecret(question: string): Promise<string> {
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
export function askConsent(question: string): Promise<boolean> {
  return withoutSpinner(() => readConsent(question))
}

async function readConsent(question: string): Promise<boolean> {
  return /^y(es)?$/i.test((await readLine(`${question} [y/N] `)).trim())
}

/** Asks for a line on the terminal. */
export function askLine(question: string): Promise<string> {
  return withoutSpinner(() => readLine(question))
}

async function readLine(question: string): Promise<string> {
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await reader.question(question)
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
