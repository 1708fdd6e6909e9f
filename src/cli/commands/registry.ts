import { type Command, Option } from 'commander'
import {
  changeClock,
  changeSlot,
  clearRevocations,
  type GovernOptions,
  publishListAsGovernor,
  publishUrgently,
  trustIssuer,
  voidNumber,
} from '../govern-registry.ts'
import { showConflicts, showLog, showRegistry, showRoots } from '../read-registry.ts'
import { runAction, type Voice } from '../run-action.ts'
import { registerWitness } from './registry-witness.ts'

/** `assay registry`: who is trusted for what, and the governors' changes of it. */
export function registerRegistry(program: Command): void {
  const registry = program
    .command('registry')
    .description('Look at a registry, verifying all of it; change who it trusts, as its governor.')
    .addHelpText('after', '\nExample:\n  assay registry show --service http://127.0.0.1:8787')
  registerReading(registry)
  registerTrust(registry)
  registerRoots(registry)
  registerWitness(registry)
}

function registerReading(registry: Command): void {
  reading(registry.command('show'))
    .description(
      'Show who is trusted for what. Witness signatures are checked, and the root is recomputed from all leaves and lists.',
    )
    .addHelpText('after', '\nExample:\n  assay registry show --service http://127.0.0.1:8787')
    .action(runAction(showRegistry))
  reading(registry.command('log'))
    .description(
      'Show every change of the trust list. The log is replayed from its genesis, signature by signature, up to the head that the witnesses signed.',
    )
    .addHelpText('after', '\nExample:\n  assay registry log --service http://127.0.0.1:8787')
    .action(runAction(showLog))
  reading(registry.command('roots'))
    .description('Show the newest roots with their numbers, checked against the witnesses of the genesis.')
    .option('--since <number>', 'from this interval number on; else those that a verifier may need now')
    .addHelpText('after', '\nExample:\n  assay registry roots --service http://127.0.0.1:8787')
    .action(runAction(showRoots))
  reading(registry.command('conflicts'))
    .description('Show the evidence against witnesses: two different roots of one number under the same signature.')
    .option('--report <file>', 'bring evidence first: a conflict of roots as JSON')
    .addHelpText('after', '\nExample:\n  assay registry conflicts --service http://127.0.0.1:8787')
    .action(runAction(showConflicts))
}

function registerTrust(registry: Command): void {
  governing(registry.command('trust'))
    .description('Trust an issuer for a schema, by the document with its proof of possession that it hands you.')
    .argument('<file>', 'trust document, as `assay issuer trust-document` writes it')
    .option(
      '--source-cap <source>',
      'best source that is believed: selfReported, measured or attested (else what the document says)',
    )
    .addHelpText('after', '\nExample:\n  assay registry trust marketplace.trust.json --data-folder ./assay-data')
    .action(runAction(trustIssuer))
  slotCommand(registry, 'suspend', 'Suspend an issuer: an urgent root ends all proofs by its credentials.')
  slotCommand(registry, 'reinstate', 'Trust a suspended issuer again, from the next root on.')
  slotCommand(
    registry,
    'remove',
    'Remove an issuer for good: its credentials prove nothing from the next root on.',
  ).option(
    '--at-once',
    'after a compromise: an urgent root ends the older ones, and the key is never trusted again',
    false,
  )
  governing(registry.command('clear'))
    .description(
      "Let one update of an issuer's status list clear exactly these revocations, which it can't do by itself.",
    )
    .argument('<issuer>', "the issuer's DID")
    .argument('<list>', 'number of its status list')
    .argument('<seq>', 'sequence number of the update that clears them')
    .requiredOption('--bits <indices>', 'the status indices, with commas')
    .addHelpText(
      'after',
      '\nExample:\n  assay registry clear did:web:gpus.example 0 7 --bits 12,4711 --data-folder ./assay-data',
    )
    .action(runAction(clearRevocations))
  governing(registry.command('publish-list'))
    .description("Take in another issuer's signed status list, so that what it revoked is refused.")
    .argument('<file>', 'status list, as `assay issuer status-list` writes it')
    .addHelpText(
      'after',
      '\nExample:\n  assay registry publish-list marketplace.status.json --data-folder ./assay-data',
    )
    .action(runAction(publishListAsGovernor))
}

function registerRoots(registry: Command): void {
  governing(registry.command('urgent'))
    .description('Publish an urgent root now: it ends the older ones, so proofs that were made for them are refused.')
    .requiredOption('--reason <text>', 'why; everyone can read it in the log')
    .addHelpText(
      'after',
      '\nExample:\n  assay registry urgent --reason "key of an issuer lost" --data-folder ./assay-data',
    )
    .action(runAction(publishUrgently))
  governing(registry.command('void'))
    .description('Take back the root of an interval to come, which a wrong clock produced before its time.')
    .argument('<number>', 'its interval number')
    .addHelpText('after', '\nExample:\n  assay registry void 5970234 --data-folder ./assay-data')
    .action(runAction(voidNumber))
  governing(registry.command('clock'))
    .description("Compare this machine's clock with what its witness signed last; confirm it after it was set right.")
    .option('--confirm', 'the clock is right: let the witness sign again')
    .addHelpText('after', '\nExample:\n  assay registry clock --confirm --data-folder ./assay-data')
    .action(runAction(changeClock))
}

function reading(command: Command): Command {
  return command
    .option('--service <url>', 'the service that serves it (ASSAY_SERVICE)')
    .option('--registry <id>', 'the registry id that it must have')
}

function governing(command: Command): Command {
  return command.addOption(
    new Option(
      '--data-folder <folder>',
      "the service's data folder, where its governor's key is (ASSAY_DATA; ./assay-data)",
    ),
  )
}

function slotCommand(registry: Command, name: 'suspend' | 'reinstate' | 'remove', description: string): Command {
  return governing(registry.command(name))
    .description(description)
    .argument('<slot>', "the leaf's place, as `assay registry show` numbers it")
    .addHelpText('after', `\nExample:\n  assay registry ${name} 4 --data-folder ./assay-data`)
    .action(
      runAction((voice: Voice, options: GovernOptions & { atOnce?: boolean }, [slot]) => {
        return changeSlot(voice, options, { name, slot: slot! })
      }),
    )
}
