import * as z from 'zod'
import { intervalNumber, isAssayError, SOURCE_LEVEL } from '../protocol/index.ts'
import {
  applyStatusUpdate,
  govern,
  publishDue,
  type Registry,
  type Action as RegistryAction,
  type RootStatement,
  zAction,
} from '../registry/index.ts'
import { clock } from './effects.ts'
import { CannotRun, UsageError } from './exit-codes.ts'
import { readJson } from './files.ts'
import { moment, short } from './format.ts'
import type { Governed } from './governance.ts'
import { actionWords, rootName, wholeNumber } from './read-registry.ts'
import type { Result, Voice } from './run-action.ts'

export interface GovernOptions {
  dataFolder?: string
}

/** When a change takes effect: the newest root, whether enough witnesses signed it, and the number of the root that covers the change. */
interface Effect {
  statement: RootStatement
  signed: boolean
  rootNumber: number
}

const zTrust = zAction.options[0]

/** `assay registry trust` */
export async function trustIssuer(
  voice: Voice,
  options: GovernOptions & { sourceCap?: string },
  [file]: string[],
): Promise<Result> {
  const action = await readJson(file!, zTrust, 'trust document')
  const { sourceCap } = options
  if (sourceCap === undefined) return change(voice, options, action)
  if (!Object.hasOwn(SOURCE_LEVEL, sourceCap))
    throw new UsageError('--source-cap is selfReported, measured or attested')
  return change(voice, options, { ...action, sourceCap: SOURCE_LEVEL[sourceCap as keyof typeof SOURCE_LEVEL] })
}

/** `assay registry suspend`, `reinstate` and `remove` */
export function changeSlot(
  voice: Voice,
  options: GovernOptions & { atOnce?: boolean },
  { name, slot: text }: { name: 'suspend' | 'reinstate' | 'remove'; slot: string },
): Promise<Result> {
  if (!/^(0|[1-9][0-9]{0,4})$/.test(text)) {
    throw new UsageError('A slot is a number, as `assay registry show` lists them')
  }
  const slot = Number(text)
  if (name === 'remove') return change(voice, options, { type: name, slot, atOnce: options.atOnce === true })
  return change(voice, options, { type: name, slot })
}

/** `assay registry clear` */
export function clearRevocations(
  voice: Voice,
  options: GovernOptions & { bits: string },
  [issuer, list, seq]: string[],
): Promise<Result> {
  const bits = options.bits.split(',').map((bit) => wholeNumber(bit.trim(), 'A status index'))
  return change(voice, options, {
    type: 'clearRevocations',
    issuer: issuer!,
    list: wholeNumber(list!, 'A list'),
    seq: wholeNumber(seq!, 'A sequence number'),
    bits: [...new Set(bits)].sort((a, b) => a - b),
  })
}

/** `assay registry urgent` */
export function publishUrgently(voice: Voice, options: GovernOptions & { reason: string }): Promise<Result> {
  return change(voice, options, { type: 'publishUrgently', reason: options.reason })
}

/** `assay registry void` */
export function voidNumber(voice: Voice, options: GovernOptions, [number]: string[]): Promise<Result> {
  return change(voice, options, { type: 'voidNumber', number: wholeNumber(number!, 'The number') })
}

/** `assay registry publish-list` */
export async function publishListAsGovernor(voice: Voice, options: GovernOptions, [file]: string[]): Promise<Result> {
  const update = await readJson(file!, z.unknown(), 'status list')
  const effect = await governed(voice, options, async ({ registry }) => {
    await applyStatusUpdate(registry, update)
    return effectOf(registry)
  })
  tellEffect(voice, effect)
  return { ...effect }
}

/** `assay registry clock` */
export async function changeClock(voice: Voice, options: GovernOptions & { confirm?: boolean }): Promise<Result> {
  return governed(voice, options, async ({ registry, witness }) => {
    const { store, genesis } = registry
    const present = intervalNumber(clock(), genesis.intervalSeconds)
    const last = await store.witnessMark(witness.did)
    voice.say(`This machine's clock says ${moment(clock())} UTC: interval ${present}.`)
    voice.say(
      last === undefined ? 'The witness has signed no root yet.' : `The witness signed root ${last.number} last.`,
    )
    if (options.confirm) {
      await store.clearWitnessMark(witness.did)
      voice.say('Confirmed: the witness signs by this clock from now on.')
    }
    return { present, lastSigned: last?.number ?? null, confirmed: options.confirm === true }
  })
}

async function change(voice: Voice, options: GovernOptions, action: RegistryAction): Promise<Result> {
  const valid = zAction.safeParse(action)
  if (!valid.success) throw new UsageError(z.prettifyError(valid.error))
  const effect = await governed(voice, options, async ({ registry, governor }) => {
    await govern(registry, valid.data, [governor])
    return effectOf(registry)
  })
  voice.say(`Done: ${actionWords(action)}`)
  tellEffect(voice, effect)
  return { action, ...effect }
}

/** Publishes what is due, an urgent root where one was asked for, and tells which root covers the newest state. */
async function effectOf(registry: Registry): Promise<Effect> {
  const { store, genesis } = registry
  await publishDue(registry).catch((error: unknown) => {
    // witnesses elsewhere sign it when the service runs
    if (!isAssayError(error, 'rootPending')) throw error
  })
  const last = (await store.entriesAfter(0)).at(-1)
  const cut = await store.cutBefore({ number: intervalNumber(clock(), genesis.intervalSeconds) + 1, sub: 0 })
  const statement = cut && (await store.root(cut))
  if (cut === undefined || statement === undefined) throw new CannotRun('internal', 'The newest root is gone')
  const isCovered = last === undefined || cut.logSeq >= last.seq
  const rootNumber = isCovered && statement.sub > 0 ? statement.number : statement.number + 1
  return { statement, signed: statement.signatures.length >= genesis.witnessThreshold, rootNumber }
}

function tellEffect(voice: Voice, { statement, signed, rootNumber }: Effect): void {
  if (rootNumber === statement.number && !signed) {
    voice.say(
      `Urgent root ${rootName(statement)} covers it once enough witnesses signed it: start the service for them.`,
    )
    return
  }
  if (rootNumber === statement.number) {
    voice.say(`Urgent root ${rootName(statement)} covers it: ${short(statement.root)}; the older ones ended.`)
    return
  }
  voice.say(`Root ${rootNumber} will cover it: start the service, which publishes it when its interval begins.`)
}

async function governed<T>(voice: Voice, options: GovernOptions, work: (governed: Governed) => Promise<T>): Promise<T> {
  // the database and its keys are opened by no other command
  const { asGovernor } = await import('./governance.ts')
  return voice.progress('Changing the registry', () => asGovernor(options, work))
}
