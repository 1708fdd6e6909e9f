import type { Command } from 'commander'
import { inspectHere, judgeReport, reportLines } from '../inspection.ts'
import { type Result, runAction, type Voice } from '../run-action.ts'

/** To look is not yet to enroll: the report stands for no machine of a wallet. */
const NO_MACHINE = '0'.repeat(32)

/** `assay inspect`: what this machine says of itself. */
export function registerInspect(program: Command): void {
  program
    .command('inspect')
    .description(
      'Look at this machine: its GPUs, held against a catalogue of models, its processor and RAM. It is self-reported: nothing is measured.',
    )
    .addHelpText('after', '\nExample:\n  assay inspect')
    .action(runAction(inspect))
}

async function inspect(voice: Voice): Promise<Result> {
  const { report, notices } = await voice.progress('Looking at this machine', () => inspectHere(NO_MACHINE))
  for (const line of reportLines(report)) voice.say(line)
  for (const notice of notices) voice.note(notice)
  voice.say(voice.colours.yellow('Self-reported: nobody checked it. `assay enroll` has this machine measured.'))
  const { machineId: _, ...seen } = report
  return { selfReported: true, report: seen, ...judgeReport(report), notices }
}
