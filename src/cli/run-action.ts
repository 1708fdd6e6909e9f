import type { Command } from 'commander'
import { AssayError, type ErrorCode, type ErrorDetail } from '../protocol/index.ts'
import { CannotRun, EXIT, exitCodeOf, UsageError } from './exit-codes.ts'
import { nextStep } from './next-steps.ts'
import { coloursFor, withProgress, writeLine } from './terminal.ts'
import { asTyped } from './typed-name.ts'

/** How a command speaks: lines for people, or one JSON object at the end. */
export interface Voice {
  json: boolean
  /** A line for people on standard output; nothing with --json. */
  say: (line?: string) => void
  /** A line for people on standard error: what is going on, warnings; nothing with --json. */
  note: (line: string) => void
  progress: typeof withProgress
  /** Colours where standard output is a terminal. */
  colours: ReturnType<typeof coloursFor>
}

/** What a command found, as --json prints it. `ok` is added. */
export type Result = Record<string, unknown>

/** What a command does. A refusal is thrown as an AssayError. */
export type CommandAction<Options> = (voice: Voice, options: Options, args: string[]) => Promise<Result>

/**
 * Makes a commander action: gives it its voice, prints its result with --json, and turns errors into messages and exit
 * codes. Secrets never stand in error messages, so they may be printed.
 */
export function runAction<Options>(action: CommandAction<Options>) {
  return async (...received: unknown[]): Promise<void> => {
    const command = received.at(-1) as Command
    const options = command.optsWithGlobals<Options & { json?: boolean }>()
    const voice = createVoice(options.json === true)
    try {
      const result = await action(voice, options, [...command.args])
      if (voice.json) printJson({ ok: true, ...result })
      process.exitCode ??= EXIT.yes
    } catch (error) {
      reportError(error, voice.json, pathOf(command))
    }
  }
}

export function createVoice(json: boolean): Voice {
  return {
    json,
    say: (line = '') => void (json || writeLine(process.stdout, asTyped(line))),
    note: (line) => void (json || writeLine(process.stderr, asTyped(line))),
    progress: (text, work) => (json ? work(() => undefined) : withProgress(text, work)),
    colours: coloursFor(process.stdout),
  }
}

/** Prints an error, for people or as JSON, and sets the exit code. */
export function reportError(error: unknown, json: boolean, command = ''): void {
  const { exitCode, code, message, detail, next } = describeError(error, command)
  process.exitCode = exitCode
  if (json) {
    printJson({ ok: false, code, message, ...(detail && { detail }), ...(next && { next }) })
    return
  }
  const colours = coloursFor(process.stderr)
  const label = exitCode === EXIT.refused ? 'Refused' : exitCode === EXIT.usage ? 'Usage' : 'Could not run'
  process.stderr.write(`${colours.red(label)} (${code}): ${asTyped(message)}\n`)
  if (next !== undefined) process.stderr.write(`${colours.dim(asTyped(next))}\n`)
}

interface Described {
  exitCode: number
  code: ErrorCode | 'usage'
  message: string
  detail?: ErrorDetail
  next?: string | undefined
}

function describeError(error: unknown, command: string): Described {
  if (error instanceof UsageError) return { exitCode: EXIT.usage, code: 'usage', message: error.message }
  if (error instanceof CannotRun) return { exitCode: EXIT.couldNotRun, code: error.code, message: error.message }
  if (error instanceof AssayError) {
    const { code, message, detail } = error
    const facts = Object.keys(detail).length > 0 ? { detail } : {}
    return { exitCode: exitCodeOf(code), code, message, ...facts, next: nextStep(code, command) }
  }
  const message = error instanceof Error ? error.message : String(error)
  const isFull = (error as NodeJS.ErrnoException | undefined)?.code === 'ENOSPC'
  const code = isFull ? 'storageFull' : 'internal'
  return { exitCode: EXIT.couldNotRun, code, message, ...(isFull && { next: nextStep(code, command) }) }
}

/** A command's names, without the program's. */
function pathOf(command: Command): string {
  const names: string[] = []
  for (let at = command; at.parent !== null; at = at.parent) names.unshift(at.name())
  return names.join(' ')
}

function printJson(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}
