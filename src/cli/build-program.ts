import { readFileSync } from 'node:fs'
import { Command } from 'commander'

/** Adds a command to the program. */
export type Register = (program: Command) => void

/** The command line `assay` with these commands, not yet run. Errors of usage are thrown as CommanderErrors. */
export function buildProgram(commands: readonly Register[]): Command {
  const program = new Command('assay')
    .description(
      'Prove what your GPUs and machines can do and how reliably they stay up, without saying who you are; run the service that certifies it; check proofs.',
    )
    .version(version(), '--version')
    .option('--json', 'print one JSON object on standard output, and nothing else')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      'after',
      '\nExample:\n  assay wallet create && assay enroll --service http://127.0.0.1:8787\n\n' +
        'Exit codes: 0 yes, 1 refused (the code says why), 2 used wrongly, 3 could not run.',
    )
  for (const register of commands) register(program)
  inherit(program)
  return program
}

/** What is set on the program after its commands were added does not reach them by itself. */
function inherit(command: Command): void {
  command.exitOverride().showHelpAfterError('(add --help for what there is)')
  for (const child of command.commands) {
    child.copyInheritedSettings(command)
    inherit(child)
  }
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
