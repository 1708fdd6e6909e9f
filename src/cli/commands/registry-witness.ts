import type { Command } from 'commander'
import { type Result, runAction, type Voice } from '../run-action.ts'
import type { WitnessOptions } from '../run-witness.ts'
import { readOrMakeWitnessKeys } from '../witness-keys.ts'

/** `assay registry witness`: a witness of a registry, outside the service that publishes it. */
export function registerWitness(registry: Command): void {
  registry
    .command('witness-key')
    .description(
      "Make a witness's two keys in a file for its owner alone, and show the public names by which a genesis knows them; a file that exists is only shown.",
    )
    .argument('<file>', 'key file')
    .addHelpText('after', '\nExample:\n  assay registry witness-key witness.key')
    .action(runAction(showWitnessKey))
  registry
    .command('witness')
    .description(
      'Witness the registry of a service that others run, until you stop it: recompute each root from the signed log and lists, and sign one root a number.',
    )
    .argument('<service-url>', 'the service that publishes the registry')
    .requiredOption('--key <file>', 'key file, as `assay registry witness-key` makes it')
    .option('--registry <id>', 'the registry id that it must have (else the first one is pinned)')
    .option('--state <folder>', 'its copy of the registry and what it signed (the key file with .state added)')
    .option('--confirm-clock', "this machine's clock is right: sign again after it was moved", false)
    .addHelpText(
      'after',
      '\nExample:\n  assay registry witness https://assay.example --key witness.key\n\n' +
        'It prints a line a root, or with --json one JSON object a line. It reconnects by itself, and ends on Ctrl-C or SIGTERM.\n' +
        'Never run one key with two states: a witness that signs two roots of one number convicts itself.',
    )
    .action(
      runAction(async (voice: Voice, options: WitnessOptions, args: string[]) => {
        // the embedded database is opened by no other command of this group
        const { runWitness } = await import('../run-witness.ts')
        return runWitness(voice, options, args)
      }),
    )
}

async function showWitnessKey(voice: Voice, _options: object, [file]: string[]): Promise<Result> {
  const { witness, isNew } = await readOrMakeWitnessKeys(file!)
  const { did, address } = witness
  const name = `${did}=${address}`
  voice.say(
    isNew ? `Made the keys of a new witness in ${file}. Keep the file: it can't be made again.` : `Keys in ${file}`,
  )
  voice.say(`DID: ${did}`)
  voice.say(`Account: ${address}`)
  voice.say('\nWho founds the registry names it at the first start of the service:')
  voice.say(`  assay serve --witnesses ${voice.colours.bold(name)}`)
  return { did, address, name, isNew, file: file! }
}
