#!/usr/bin/env node
import { CommanderError } from 'commander'
import { EXIT } from './exit-codes.ts'
import { loadProgram } from './load-program.ts'
import { reportError } from './run-action.ts'

// a reader that has seen enough, such as `head`, is no failure
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

const json = process.argv.includes('--json')
const program = await loadProgram(process.argv.slice(2))

/** With --json, what commander would say of a wrong command line is said in the one object. */
const complaints: string[] = []
if (json) {
  const mute = (command: typeof program): void => {
    command.configureOutput({ writeErr: (text) => void complaints.push(text) })
    for (const child of command.commands) mute(child)
  }
  mute(program)
}

try {
  await program.parseAsync(process.argv)
} catch (error) {
  if (!(error instanceof CommanderError)) reportError(error, json)
  // help and version that were asked for
  else if (error.exitCode === 0) process.exitCode = EXIT.yes
  else {
    process.exitCode = EXIT.usage
    const message = complaints.join('').split('\n')[0] || error.message
    if (json) process.stdout.write(`${JSON.stringify({ ok: false, code: 'usage', message })}\n`)
  }
}
