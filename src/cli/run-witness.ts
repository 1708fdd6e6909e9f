import { join } from 'node:path'
import { type AssayError, isAssayError } from '../protocol/index.ts'
import { followRegistry, markNow, type Registry, type Witness } from '../registry/index.ts'
import { writeWhole } from './files.ts'
import type { Result, Voice } from './run-action.ts'
import { type StopSignal, stopSignal } from './stop-signal.ts'
import { readWitnessKeys } from './witness-keys.ts'
import { createWitnessReport, type WitnessReport } from './witness-report.ts'
import { createWitnessSource, type WitnessSource } from './witness-source.ts'
import { withWitnessState } from './witness-state.ts'

export interface WitnessOptions {
  key: string
  state?: string
  registry?: string
  confirmClock?: boolean
}

/** Errors that say nothing about the registry: the service is away, starts, has no cut yet, or has too much to do. */
const AWAY: readonly string[] = ['unavailable', 'rateLimited', 'internal']

/** The longest pause between two attempts to reach the service. Milliseconds. */
const LONGEST_PAUSE = 30_000

/** `assay registry witness`: signs roots until it is stopped. */
export async function runWitness(voice: Voice, options: WitnessOptions, [url]: string[]): Promise<Result> {
  const witness = await readWitnessKeys(options.key)
  const folder = options.state ?? `${options.key}.state`
  const report = createWitnessReport(voice)
  const stop = stopSignal()
  try {
    const source = createWitnessSource(url!, stop.signal)
    const { registry: pinned, confirmClock = false } = options
    const readGenesis = () => untilReached(() => source.genesis(), report, stop)
    const { did, address } = witness
    return await withWitnessState(folder, { witness, registryId: pinned, readGenesis }, async (state) => {
      const { registry, pin, firstNumber } = state
      if (confirmClock) await markNow(registry, did)
      const { registryId, genesis } = registry
      report.started({
        did,
        address,
        url: source.url,
        registryId,
        pin,
        genesis,
        firstNumber,
        clockConfirmed: confirmClock,
      })
      const signed = await witnessUntil(stop, { registry, source, witness, report, folder })
      voice.say(`Stopped. It signed ${signed} roots.`)
      return { event: 'stopped', did, registryId, signed }
    })
  } finally {
    stop.release()
  }
}

interface Witnessing {
  registry: Registry
  source: WitnessSource
  witness: Witness
  report: WitnessReport
  folder: string
}

/** Looks for a new cut several times an interval, so that no root waits long. Returns how many roots it signed. */
async function witnessUntil(stop: StopSignal, witnessing: Witnessing): Promise<number> {
  const pollMs = Math.max(250, Math.min(witnessing.registry.genesis.intervalSeconds * 100, 5000))
  let signed = 0
  let failures = 0
  while (!stop.aborted()) {
    try {
      signed += await witnessOnce(witnessing)
      failures = 0
    } catch (error) {
      if (stop.aborted()) break
      failures = await reportFailure(error, failures, witnessing)
    }
    await stop.sleep(Math.min(pollMs * 2 ** Math.min(failures, 10), Math.max(pollMs, LONGEST_PAUSE)))
  }
  return signed
}

/** Signs the newest root where it can, and hands the signature in. Returns how many it signed: one or none. */
async function witnessOnce({ registry, source, witness, report }: Witnessing): Promise<number> {
  const followed = await followRegistry(registry, source, witness)
  report.back()
  if (followed === undefined) return 0
  await source.deliver(followed)
  report.signed(followed.statement)
  return 1
}

/** Tells what went wrong; the next round tries again. Returns how often the service was away in a row. */
async function reportFailure(
  error: unknown,
  failures: number,
  { report, registry, folder }: Witnessing,
): Promise<number> {
  if (!isAssayError(error)) throw error
  if (AWAY.includes(error.code)) {
    report.away(error)
    return failures + 1
  }
  report.back()
  report.refused(error, await writeEvidence(error, registry, folder))
  return 0
}

/** The evidence that a refusal left in the state, as a file that its operator can hand on. */
async function writeEvidence(error: AssayError, { store }: Registry, folder: string): Promise<string | undefined> {
  const { number, sub, evidence } = error.detail
  if (error.code !== 'rootConflict' || evidence !== true) return undefined
  const found = (await store.conflicts(1000)).findLast(({ statements: [first] }) => {
    return first.number === number && first.sub === sub
  })
  if (found === undefined) return undefined
  const path = join(folder, `conflict-${number}-${sub}.json`)
  await writeWhole(path, `${JSON.stringify(found, null, 2)}\n`)
  return path
}

/** What a call gives once the service answers. @throws what it throws when it is stopped meanwhile, or refused */
async function untilReached<T>(call: () => Promise<T>, report: WitnessReport, stop: StopSignal): Promise<T> {
  for (let failures = 0; ; failures += 1) {
    try {
      const answer = await call()
      report.back()
      return answer
    } catch (error) {
      if (stop.aborted() || !isAssayError(error) || !AWAY.includes(error.code)) throw error
      report.away(error)
    }
    await stop.sleep(Math.min(500 * 2 ** Math.min(failures, 10), LONGEST_PAUSE))
  }
}
