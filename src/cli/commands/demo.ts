import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { type Result, runAction, type Voice } from '../run-action.ts'
import { lineWidth, wrapWords } from '../wrap-words.ts'

/** `assay demo`: the whole story on this machine, with nothing left behind. */
export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description(
      "Tell the whole story on this machine: measure it, watch its uptime, build a score, get a dapp's yes, and show what is refused. About two minutes; no network but the loopback.",
    )
    .addHelpText('after', '\nExample:\n  assay demo\n\nNothing is simulated, and nothing is kept.')
    .action(runAction(demo))
}

async function demo(voice: Voice): Promise<Result> {
  // the demo loads everything there is
  const [{ runDemo }, { createStory }] = await Promise.all([import('../demo/run-demo.ts'), import('../demo/story.ts')])
  const folder = await mkdtemp(join(tmpdir(), 'assay-demo-'))
  try {
    const opening = 'Assay, from this very machine to a dapp’s yes. Nothing is simulated; it takes about two minutes.'
    for (const line of wrapWords(opening, lineWidth())) voice.say(line)
    const report = await runDemo(createStory(voice), folder)
    voice.say('\nAll of it went as it should. Next: the README’s “first proof by hand”.')
    return { ...report }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
