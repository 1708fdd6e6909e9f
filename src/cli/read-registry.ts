import { claimSchema, decodeStatusList, SOURCE_WORDS, sourceName } from '../protocol/index.ts'
import { type Action as RegistryAction, type SnapshotLeaf, verifyConflict, zRootConflict } from '../registry/index.ts'
import { resolveKeys } from './effects.ts'
import { UsageError } from './exit-codes.ts'
import { readJson } from './files.ts'
import { moment, short } from './format.ts'
import type { Result, Voice } from './run-action.ts'
import { fetchRegistry, reachService } from './service-access.ts'

interface ReadOptions {
  service?: string
  registry?: string
}

async function checkedRegistry(voice: Voice, options: ReadOptions) {
  const access = await reachService(options.service, options.registry)
  const { snapshot } = await voice.progress('Checking the registry', () => fetchRegistry(access))
  return { access, snapshot }
}

/** `assay registry show` */
export async function showRegistry(voice: Voice, options: ReadOptions): Promise<Result> {
  const { snapshot } = await checkedRegistry(voice, options)
  const { registryId, genesis, statement, leaves, statusLists } = snapshot
  const { bold, dim } = voice.colours
  voice.say(`Registry ${bold(registryId)}`)
  voice.say(
    dim(
      `  ${genesis.governorThreshold} of ${genesis.governors.length} governors, ${genesis.witnessThreshold} of ${genesis.witnesses.length} witnesses; a root each ${genesis.intervalSeconds} s`,
    ),
  )
  voice.say(`Root ${rootName(statement)}: ${short(statement.root)}, signed at ${moment(statement.issuedAt)} UTC`)
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

/** `assay registry log` */
export async function showLog(voice: Voice, options: ReadOptions): Promise<Result> {
  const { access, snapshot } = await checkedRegistry(voice, options)
  const { registryId, statement } = snapshot
  const { entries } = await voice.progress('Replaying the log', () => {
    return access.client.log({ registryId, resolveKeys, head: statement.logHead })
  })
  voice.say(`Registry ${registryId}, ${entries.length} entries, replayed and verified up to the signed head`)
  for (const { seq, issuedAt, action } of entries)
    voice.say(`  ${seq}  ${moment(issuedAt)} UTC  ${actionWords(action)}`)
  return { verified: true, registryId, head: statement.logHead, entries }
}

/** `assay registry roots` */
export async function showRoots(voice: Voice, options: ReadOptions & { since?: string }): Promise<Result> {
  const access = await reachService(options.service)
  const registryId = options.registry ?? access.description.registryId
  const since = options.since === undefined ? {} : { since: wholeNumber(options.since, '--since') }
  const known = await voice.progress('Checking the roots', () => {
    return access.client.roots({ registryId, resolveKeys, ...since })
  })
  const { intervalSeconds, stepSeconds } = known
  const roots = known.roots.map(({ number, sub, root }) => {
    return { number, sub, from: number * intervalSeconds, root: String(root) }
  })
  voice.say(`Registry ${registryId}: a root each ${intervalSeconds} s; each holds for two intervals`)
  for (const { from, root, ...name } of roots)
    voice.say(`  ${rootName(name)}  from ${moment(from)} UTC  ${short(root)}`)
  return { verified: true, registryId, intervalSeconds, stepSeconds, roots }
}

/** `assay registry conflicts` */
export async function showConflicts(voice: Voice, options: ReadOptions & { report?: string }): Promise<Result> {
  const { access, snapshot } = await checkedRegistry(voice, options)
  const { genesis, registryId } = snapshot
  if (options.report !== undefined) {
    const conflict = await readJson(options.report, zRootConflict, 'conflict of roots')
    await verifyConflict(conflict, { genesis, resolveKeys })
    await access.client.reportConflict(conflict)
  }
  const found = await access.client.conflicts()
  const verified = await Promise.all(found.map((one) => verifyConflict(one, { genesis, resolveKeys })))
  if (verified.length === 0) voice.say('There is no evidence against any witness.')
  for (const { conflict, witnesses } of verified) {
    voice.say(`${witnesses.map(short).join(', ')} signed two different roots ${rootName(conflict.statements[0])}`)
  }
  return { verified: true, registryId, conflicts: verified }
}

/** An action of the governors in words. */
export function actionWords(action: RegistryAction): string {
  switch (action.type) {
    case 'trust':
      return `trust ${short(action.issuer)} for “${claimSchema(action.schema).title}”, list ${action.list}, ${capWords(action.sourceCap)}`
    case 'remove':
      return `remove leaf ${action.slot}${action.atOnce ? ' at once' : ''}`
    case 'clearRevocations':
      return `let ${short(action.issuer)} clear ${action.bits.length} revocations in list ${action.list}, update ${action.seq}`
    case 'publishUrgently':
      return `publish an urgent root: ${action.reason}`
    case 'voidNumber':
      return `take back root ${action.number}`
    default:
      return `${action.type} leaf ${action.slot}`
  }
}

/** A root's number, with that of an urgent root. */
export function rootName({ number, sub }: { number: number; sub: number }): string {
  return sub === 0 ? String(number) : `${number}.${sub} (urgent)`
}

/** A whole number as typed. @throws UsageError */
export function wholeNumber(text: string, name: string): number {
  if (/^(0|[1-9][0-9]{0,9})$/.test(text)) return Number(text)
  throw new UsageError(`${name} is a whole number`)
}

function leafLine({ slot, issuer, schema, list, sourceCap, state }: SnapshotLeaf): string {
  const standing = state === 'active' ? capWords(sourceCap) : state.toUpperCase()
  return `  ${slot}  ${short(issuer)}: “${claimSchema(schema).title}”, list ${list}, ${standing}`
}

function capWords(cap: SnapshotLeaf['sourceCap']): string {
  return `up to source “${SOURCE_WORDS[sourceName(cap)]}”`
}

function countBits(bytes: Uint8Array): number {
  let count = 0
  for (let byte of bytes) for (; byte !== 0; byte &= byte - 1) count += 1
  return count
}
