import { type Command, Option } from 'commander'
import { z } from 'zod'
import { claimSchema, decodeStatusList } from '../../protocol/index.ts'
import {
  applyStatusUpdate,
  govern,
  type Action as RegistryAction,
  type RootStatement,
  type SnapshotLeaf,
  zAction,
} from '../../registry/index.ts'
import { resolveKeys } from '../effects.ts'
import { UsageError } from '../exit-codes.ts'
import { readJson } from '../files.ts'
import { moment, short } from '../format.ts'
import type { Governed } from '../governance.ts'
import { type Result, runAction, type Voice } from '../run-action.ts'
import { pinnedRegistry, reachService } from '../service-access.ts'

interface ReadOptions {
  service?: string
  registry?: string
}

interface GovernOptions {
  dataFolder?: string
}

/** `assay registry`: who is trusted for what, and the governors' hand on it. */
export function registerRegistry(program: Command): void {
  const registry = program
    .command('registry')
    .description('Look at a registry, verifying all of it; change who it trusts, as its governor.')
    .addHelpText('after', '\nExample:\n  assay registry show --service http://127.0.0.1:8787')
  reading(registry.command('show'))
    .description(
      'Show who is trusted for what. Witness signatures are checked, and the root is recomputed from all leaves and lists.',
    )
    .addHelpText('after', '\nExample:\n  assay registry show --service http://127.0.0.1:8787')
    .action(runAction(show))
  reading(registry.command('log'))
    .description(
      'Show every change of the trust list. The log is replayed from its genesis, signature by signature, up to the head that the witnesses signed.',
    )
    .addHelpText('after', '\nExample:\n  assay registry log --service http://127.0.0.1:8787')
    .action(runAction(log))
  governing(registry.command('trust'))
    .description('Trust an issuer for a schema, by the document with its proof of possession that it hands you.')
    .argument('<file>', 'trust document, as `assay issuer trust-document` writes it')
    .option('--assurance-cap <level>', 'highest assurance that is believed: 1, 2 or 3 (else what the document says)')
    .addHelpText('after', '\nExample:\n  assay registry trust marketplace.trust.json --data-folder ./assay-data')
    .action(runAction(trust))
  slotCommand(
    registry,
    'suspend',
    'Suspend an issuer at once: no proof by its credentials is accepted until it is reinstated.',
    (slot) => ({ type: 'suspend', slot }),
  )
  slotCommand(registry, 'reinstate', 'Trust a suspended issuer again, from the next root on.', (slot) => ({
    type: 'reinstate',
    slot,
  }))
  slotCommand(
    registry,
    'remove',
    'Remove an issuer for good: its credentials prove nothing any more.',
    (slot, { atOnce }) => ({
      type: 'remove',
      slot,
      atOnce,
    }),
  ).option('--at-once', 'after a compromise: older roots end at once, and the key never comes back', false)
  governing(registry.command('publish-list'))
    .description("Take in another issuer's signed status list, so that what it revoked is refused.")
    .argument('<file>', 'status list, as `assay issuer status-list` writes it')
    .addHelpText(
      'after',
      '\nExample:\n  assay registry publish-list marketplace.status.json --data-folder ./assay-data',
    )
    .action(runAction(publishList))
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

function slotCommand(
  registry: Command,
  name: string,
  description: string,
  actionOf: (slot: number, options: { atOnce: boolean }) => RegistryAction,
): Command {
  return governing(registry.command(name))
    .description(description)
    .argument('<slot>', "the leaf's place, as `assay registry show` numbers it")
    .addHelpText('after', `\nExample:\n  assay registry ${name} 4 --data-folder ./assay-data`)
    .action(
      runAction((voice: Voice, options: GovernOptions & { atOnce?: boolean }, [slot]) => {
        if (!/^(0|[1-9][0-9]{0,3})$/.test(slot!))
          throw new UsageError('A slot is a number, as `assay registry show` lists them')
        return change(voice, options, actionOf(Number(slot), { atOnce: options.atOnce === true }))
      }),
    )
}

async function show(voice: Voice, options: ReadOptions): Promise<Result> {
  const access = await reachService(options.service)
  const { snapshot } = await voice.progress('Checking the registry', () => pinnedRegistry(access, options.registry))
  const { registryId, genesis, statement, leaves, statusLists } = snapshot
  const { bold, dim } = voice.colours
  voice.say(`Registry ${bold(registryId)}`)
  voice.say(
    dim(
      `  ${genesis.governorThreshold} of ${genesis.governors.length} governors, ${genesis.witnessThreshold} of ${genesis.witnesses.length} witnesses`,
    ),
  )
  voice.say(`Root ${short(statement.root)}, signed at ${moment(statement.issuedAt)} UTC (statement ${statement.seq})`)
  for (const leaf of leaves) voice.say(leafLine(leaf))
  voice.say(
    dim(
      'Verified: the genesis is that of the registry id, the witnesses signed the root, the root follows from leaves and lists.',
    ),
  )
  const revoked = statusLists.map(({ issuer, schema, list, seq, encodedList }) => {
    return { issuer, schema, list, seq, revoked: countBits(decodeStatusList(encodedList)) }
  })
  return {
    verified: true,
    pinned: options.registry !== undefined,
    registryId,
    genesis,
    statement,
    leaves,
    statusLists: revoked,
  }
}

function leafLine({ slot, issuer, schema, list, assuranceCap, state }: SnapshotLeaf): string {
  const standing = state === 'active' ? `up to assurance ${assuranceCap}` : state.toUpperCase()
  return `  ${slot}  ${short(issuer)}: “${claimSchema(schema).title}”, list ${list}, ${standing}`
}

async function log(voice: Voice, options: ReadOptions): Promise<Result> {
  const access = await reachService(options.service)
  const { snapshot } = await voice.progress('Checking the registry', () => pinnedRegistry(access, options.registry))
  const { registryId, statement } = snapshot
  const { entries } = await voice.progress('Replaying the log', () => {
    return access.client.log({ registryId, resolveKeys, head: statement.logHead })
  })
  voice.say(`Registry ${registryId}, ${entries.length} entries, replayed and verified up to the signed head`)
  for (const { seq, issuedAt, action } of entries)
    voice.say(`  ${seq}  ${moment(issuedAt)} UTC  ${actionWords(action)}`)
  return { verified: true, registryId, head: statement.logHead, entries }
}

function actionWords(action: RegistryAction): string {
  switch (action.type) {
    case 'trust':
      return `trust ${short(action.issuer)} for “${claimSchema(action.schema).title}”, list ${action.list}, up to assurance ${action.assuranceCap}`
    case 'remove':
      return `remove leaf ${action.slot}${action.atOnce ? ' at once' : ''}`
    case 'clearRevocations':
      return `let ${short(action.issuer)} clear revocations in list ${action.list}, update ${action.seq}`
    default:
      return `${action.type} leaf ${action.slot}`
  }
}

const zTrust = zAction.options[0]

async function trust(
  voice: Voice,
  options: GovernOptions & { assuranceCap?: string },
  [file]: string[],
): Promise<Result> {
  const action = await readJson(file!, zTrust, 'trust document')
  const cap = options.assuranceCap
  if (cap !== undefined && !/^[123]$/.test(cap)) throw new UsageError('--assurance-cap is 1, 2 or 3')
  return change(voice, options, { ...action, assuranceCap: cap === undefined ? action.assuranceCap : Number(cap) })
}

async function change(voice: Voice, options: GovernOptions, action: RegistryAction): Promise<Result> {
  const statement = await governed(voice, options, ({ registry, governor }) => govern(registry, action, [governor]))
  voice.say(`Done: ${actionWords(action)}`)
  tellRoot(voice, statement)
  return { action, statement }
}

async function publishList(voice: Voice, options: GovernOptions, [file]: string[]): Promise<Result> {
  const update = await readJson(file!, z.unknown(), 'status list')
  const statement = await governed(voice, options, ({ registry }) => applyStatusUpdate(registry, update))
  tellRoot(voice, statement)
  return { statement }
}

async function governed<T>(voice: Voice, options: GovernOptions, work: (governed: Governed) => Promise<T>): Promise<T> {
  // the database and its keys are opened by no other command
  const { asGovernor } = await import('../governance.ts')
  return voice.progress('Changing the registry', () => asGovernor(options, work))
}

function tellRoot(voice: Voice, { root, issuedAt, atOnce }: RootStatement): void {
  voice.say(
    `The root is now ${short(root)}, signed at ${moment(issuedAt)} UTC${atOnce ? '; older roots ended at once' : ''}.`,
  )
}

function countBits(bytes: Uint8Array): number {
  let count = 0
  for (let byte of bytes) for (; byte !== 0; byte &= byte - 1) count += 1
  return count
}
