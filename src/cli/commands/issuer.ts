import type { Command } from 'commander'
import * as z from 'zod'
import { signCredential, statusListUrl } from '../../issuer/index.ts'
import {
  AssayError,
  claimSchema,
  emptyStatusList,
  revokeIndex,
  roundClaims,
  SOURCE_LEVEL,
  sourceDevice,
  sourceName,
  statedClaims,
  zDid,
  zField,
  zRegistryId,
} from '../../protocol/index.ts'
import { proveKeyPossession, signStatusUpdate } from '../../registry/index.ts'
import { clock, randomBytes } from '../effects.ts'
import { UsageError } from '../exit-codes.ts'
import { readJson, writeWhole } from '../files.ts'
import { short } from '../format.ts'
import { type FileIssuer, indexFor, openFileIssuer, recordCredential } from '../issuer-files.ts'
import { type Result, runAction, type Voice } from '../run-action.ts'
import { fetchRegistry, reachService } from '../service-access.ts'

interface KeyOptions {
  key: string
  marketplace?: string
  baseUrl?: string
  service?: string
  registry?: string
  out?: string
}

/** `assay issuer`: the service's issuers, and an issuer of one's own for a marketplace's jobs. */
export function registerIssuer(program: Command): void {
  const issuer = program
    .command('issuer')
    .description("Look at a service's issuers; issue a marketplace's jobs credentials under an issuer of your own.")
    .addHelpText('after', '\nExample:\n  assay issuer show --service http://127.0.0.1:8787')
  issuer
    .command('show')
    .description(
      'Show the issuers of a service: their DIDs, keys, schemas and status lists, as its verified registry has them.',
    )
    .option('--service <url>', 'the service (ASSAY_SERVICE)')
    .option('--registry <id>', 'the registry id that it must have')
    .addHelpText('after', '\nExample:\n  assay issuer show --service http://127.0.0.1:8787')
    .action(runAction(show))
  withKey(issuer.command('trust-document'))
    .description(
      'Write the document by which governors trust your issuer: its key, schema and list, with a proof that the key is yours.',
    )
    .requiredOption('--marketplace <name>', 'host name of the marketplace; its key file is made at first use')
    .option('--service <url>', 'a service of the registry that shall trust it (ASSAY_SERVICE)')
    .option('--registry <id>', 'that registry, when no service is asked')
    .option(
      '--base-url <url>',
      'where you publish status list, context and JSON Schema (default: https:// and the marketplace)',
    )
    .addHelpText(
      'after',
      '\nExample:\n  assay issuer trust-document --marketplace gpus.example --key gpus.key --service http://127.0.0.1:8787 --out gpus.trust.json',
    )
    .action(runAction(trustDocument))
  withKey(issuer.command('jobs'))
    .description(
      "Issue a jobs/1 credential: a holder's cumulative job counters at your marketplace, up to the end of a week.",
    )
    .requiredOption('--marketplace <name>', 'host name of the marketplace; its key file is made at first use')
    .requiredOption(
      '--claims <file>',
      '{ holder, subject, binding, claims: { epoch, completed, failed, disputed, ratingSum, ratingCount, firstEpoch, distinctUsers } }',
    )
    .option(
      '--base-url <url>',
      'where you publish status list, context and JSON Schema (default: https:// and the marketplace)',
    )
    .addHelpText(
      'after',
      '\nExample:\n  assay issuer jobs --marketplace gpus.example --key gpus.key --claims week.json --out week.jwt\n\n' +
        'The holder tells its holder, subject and binding by: assay wallet show --for YOUR_DID. It takes the credential by: assay wallet add week.jwt',
    )
    .action(runAction(jobs))
  withKey(issuer.command('status-list'))
    .description(
      'Write your signed status list, for `assay registry publish-list`; revoke a credential in it first, if you name one.',
    )
    .option('--revoke <credential>', 'id of the credential to revoke, with every other of its holder')
    .option('--urgent', 'ask for an urgent root with it: one a day, and everyone sees that this issuer asked')
    .option('--service <url>', 'a service of the registry (ASSAY_SERVICE)')
    .option('--registry <id>', 'the registry, when no service is asked')
    .addHelpText(
      'after',
      '\nExample:\n  assay issuer status-list --key gpus.key --revoke urn:uuid:0a4d55a8-d778-4022-8022-c05f0fbc96f8 --service http://127.0.0.1:8787 --out gpus.status.json',
    )
    .action(runAction(statusList))
}

function withKey(command: Command): Command {
  return command
    .requiredOption('--key <file>', "the issuer's key file: its DID key and its BabyJubJub key")
    .option('--out <file>', 'where to write it; else it goes to standard output')
}

async function show(voice: Voice, options: { service?: string; registry?: string }): Promise<Result> {
  const access = await reachService(options.service, options.registry)
  const { snapshot } = await voice.progress('Checking the registry', () => fetchRegistry(access))
  const issuers = access.description.issuers.map(({ did, schemas }) => {
    const leaves = snapshot.leaves.filter(({ issuer }) => issuer === did)
    const lists = leaves.map((leaf) => {
      const { slot, schema, list, key, sourceCap, state } = leaf
      return {
        slot,
        schema,
        list,
        key,
        sourceCap: sourceName(sourceCap),
        state,
        url: statusListUrl({ baseUrl: access.client.url }, list),
      }
    })
    return { did, schemas, lists }
  })
  for (const { did, schemas, lists } of issuers) {
    voice.say(voice.colours.bold(did))
    for (const schema of schemas) voice.say(`  issues “${claimSchema(schema).title}” (${schema})`)
    for (const { slot, list, state, url } of lists)
      voice.say(voice.colours.dim(`  leaf ${slot}, list ${list}, ${state}: ${url}`))
    const key = lists[0]?.key
    if (key !== undefined) voice.say(voice.colours.dim(`  BabyJubJub key ${short(key[0])}, ${short(key[1])}`))
  }
  return { service: access.client.url, registryId: snapshot.registryId, verified: true, issuers }
}

async function registryOf({ service, registry }: KeyOptions): Promise<string> {
  if (registry !== undefined) {
    if (zRegistryId.safeParse(registry).success) return registry
    throw new UsageError('--registry wants a registry id: 43 characters')
  }
  return (await reachService(service)).description.registryId
}

async function trustDocument(voice: Voice, options: KeyOptions): Promise<Result> {
  const registryId = await registryOf(options)
  const { issuer, schema, list } = await openIssuer(voice, options)
  const claim = { registryId, issuer: issuer.did, schema, list }
  const possession = await proveKeyPossession(claim, issuer.circuitKey, issuer)
  const document = {
    type: 'trust' as const,
    issuer: issuer.did,
    schema,
    list,
    sourceCap: SOURCE_LEVEL.measured,
    ...possession,
  }
  const written = await writeOut(voice, options, JSON.stringify(document, null, 2))
  voice.note(`For the governors of ${registryId}: assay registry trust ${options.out ?? 'FILE'}`)
  return { registryId, document, ...written }
}

const zJobClaims = z.strictObject({
  holder: zDid,
  subject: zField,
  binding: zField,
  claims: z.record(
    z.string().max(32),
    z.union([
      z.int().min(0).transform(BigInt),
      z
        .string()
        .regex(/^[0-9]{1,20}$/)
        .transform(BigInt),
    ]),
  ),
  /** What `assay wallet show --for` tells besides. */
  issuer: zDid.optional(),
  ok: z.literal(true).optional(),
})

async function jobs(voice: Voice, options: KeyOptions & { claims: string }): Promise<Result> {
  const wanted = await readJson(options.claims, zJobClaims, 'set of job claims')
  const opened = await openIssuer(voice, options)
  const { issuer, schema, list } = opened
  if (wanted.issuer !== undefined && wanted.issuer !== issuer.did) {
    throw new UsageError(`The holder made its subject for ${wanted.issuer}, and this issuer is ${issuer.did}`)
  }
  const observed = Object.entries(wanted.claims).map(([name, value]) => [name, { value, source: 'measured' }] as const)
  const { claims, sources } = statedClaims(schema, Object.fromEntries(observed))
  const { holder, subject, binding } = wanted
  const device = sourceDevice(issuer.did)
  const evidence = [
    {
      type: 'MarketplaceRecords',
      description: `Stated by the marketplace ${options.marketplace} from its own records.`,
    },
  ]
  const draft = { holder, schema, subject, device, binding, claims: roundClaims(schema, claims), sources, evidence }
  const { credential, jwt, index } = await opened.alone(async () => {
    const status = await opened.readStatus()
    const index = indexFor(status, String(binding))
    const signed = await signCredential(issuer, draft, { list, index }, clock(), randomBytes)
    // the index is kept before the credential is handed out, or it could be given twice
    await opened.writeStatus(recordCredential(status, { binding: String(binding), index, id: signed.credential.id }))
    return { ...signed, index }
  })
  const written = await writeOut(voice, options, jwt)
  voice.note(
    `Issued ${credential.id} to ${short(holder)}. It proves something once governors trust ${short(issuer.did)}.`,
  )
  return {
    id: credential.id,
    issuer: issuer.did,
    schema,
    list,
    statusIndex: index,
    expiresAt: credential.expiresAt,
    credential: jwt,
    ...written,
  }
}

async function statusList(voice: Voice, options: KeyOptions & { revoke?: string; urgent?: boolean }): Promise<Result> {
  const registryId = await registryOf(options)
  const { issuer, schema, list, readStatus, writeStatus, alone } = await openFileIssuer(options.key, {})
  const { entries, ...status } = await alone(async () => {
    const before = await readStatus()
    const entries = options.revoke === undefined ? before.entries : revokeEntry(before.entries, options.revoke)
    const status = { ...before, entries, seq: before.seq + 1 }
    await writeStatus(status)
    return status
  })
  const revoked = entries.filter((entry) => entry.revoked)
  const bits = revoked.reduce((list, { index }) => revokeIndex(list, index), emptyStatusList())
  const update = await signStatusUpdate(
    { registryId, schema, list, seq: status.seq, bits, urgent: options.urgent === true },
    issuer,
  )
  const written = await writeOut(voice, options, JSON.stringify(update))
  voice.note(`${revoked.length} revoked. For the registry: assay registry publish-list ${options.out ?? 'FILE'}`)
  return { registryId, list, seq: status.seq, revoked: revoked.length, update, ...written }
}

function revokeEntry<E extends { credentials: string[]; revoked: boolean }>(entries: E[], id: string): E[] {
  if (!entries.some(({ credentials }) => credentials.includes(id))) {
    throw new AssayError('notFound', 'This issuer has issued no credential of this id')
  }
  return entries.map((entry) => (entry.credentials.includes(id) ? { ...entry, revoked: true } : entry))
}

async function openIssuer(voice: Voice, options: KeyOptions): Promise<FileIssuer> {
  const opened = await openFileIssuer(options.key, { marketplace: options.marketplace, baseUrl: options.baseUrl })
  if (opened.isNew) voice.note(`A new issuer's keys are in ${options.key}: its DID is ${opened.issuer.did}. Keep them.`)
  return opened
}

async function writeOut(voice: Voice, { out }: KeyOptions, text: string): Promise<{ out?: string }> {
  if (out === undefined) {
    voice.say(text)
    return {}
  }
  await writeWhole(out, `${text}\n`)
  voice.say(`Written to ${out}`)
  return { out }
}
