import { bytesToHex } from '@noble/hashes/utils.js'
import type { Command } from 'commander'
import { randomBytes } from '../effects.ts'
import { inspectHere, judgeReport, reportLines } from '../inspection.ts'
import { findMachineId } from '../machine-id.ts'
import { type Result, runAction, type Voice } from '../run-action.ts'
import { besideWallet } from '../wallet-access.ts'

/** `assay inspect`: what this machine says of itself. */
export function registerInspect(program: Command): void {
  program
    .command('inspect')
    .description(
      'Look at this machine: its GPUs, or its processor and RAM, held against a catalogue of models. It is self-reported: nothing is measured.',
    )
    .addHelpText('after', '\nExample:\n  assay inspect')
    .action(runAction(inspect))
}

async function inspect(voice: Voice): Promise<Result> {
  // to look is not yet to enroll, so no identity is kept
  const id = (await findMachineId(besideWallet({}, 'machine-id'))) ?? bytesToHex(randomBytes(16))
  const { gpus, machine, notice } = await voice.progress('Looking at this machine', () => inspectHere(id))
  const reports = (gpus.length > 0 ? gpus : [machine]).map(judgeReport)
  for (const judged of reports) for (const line of reportLines(judged)) voice.say(line)
  if (notice !== null) voice.note(notice)
  voice.say(voice.colours.yellow('Self-reported (assurance 1): nobody checked it. `assay enroll` has it measured.'))
  const shown = reports.map(({ slots: _, ...judged }: ReturnType<typeof judgeReport> & { slots?: unknown }) => judged)
  return { selfReported: true, assurance: 1, reports: shown, notice }
}
