import { AssayError } from '../../protocol/errors.ts'
import { CONSTANTS, nextRung, type RungMicro } from './constants.ts'
import type { Settings } from './epochs.ts'
import { foldJobs, type JobsStep } from './jobs-factor.ts'
import { canScore, type JobsEntry, type LedgerEntry, type RosterEntry, type UptimeEntry } from './ledger.ts'
import { buildRoster, isInRoster, type Roster, type RosterDevice } from './roster.ts'
import { weight } from './weights.ts'

/** Sums over an epoch or a run, in the order up, upNext, covered, attested: see `UptimeSums`. */
export type Sums<Number> = [up: Number, upNext: Number, covered: Number, attested: Number]

/**
 * What the score of one pseudonym needs, kept up to date: an accepted epoch costs constant time, whenever it comes. It is
 * changed in place by `applyEntry`, read by `scoreAt`, and saved by `serialiseState`.
 */
export interface ScoreState {
  readonly settings: Settings
  /** `scoreAt` answers for moments from here on. */
  lastAcceptedAt: number
  rosterEntries: RosterEntry[]
  roster: Roster
  byDevice: Map<string, RosterDevice>
  /** The proofs of each device, by epoch: 1 + index of the rung, plus 8 where the hardware is attested. */
  proofs: Map<string, Map<number, number>>
  /** Millionths of all the roster's devices, by epoch. */
  epochs: Map<number, Sums<number>>
  /** Weighted sums of each run of the roster, of all its epochs: what does not count yet is subtracted at reading. */
  runs: { from: number; size: bigint; sums: Sums<bigint> }[]
  newestEpoch: number
  jobs: Map<string, JobsStep[]>
}

/** The state of an empty ledger. */
export function emptyState(settings: Settings): ScoreState {
  return {
    settings,
    lastAcceptedAt: 0,
    rosterEntries: [],
    roster: buildRoster(settings, []),
    byDevice: new Map(),
    proofs: new Map(),
    epochs: new Map(),
    runs: [],
    newestEpoch: -1,
    jobs: new Map(),
  }
}

/**
 * Takes an accepted entry into the state, in place. A device's join comes before its proofs, and a marketplace's weeks come
 * in order; apart from that the order of arrival does not matter. Entries that the model ignores change nothing.
 * @throws AssayError `deviceUnknown`, `sequenceStale`, `firstEpochFixed`; then the state is as before
 */
export function applyLedgerEntry(state: ScoreState, entry: LedgerEntry): void {
  if (entry.kind === 'uptime') applyUptime(state, entry)
  else if (entry.kind === 'jobs') applyJobs(state, entry)
  else if (entry.kind !== 'hardware') applyRoster(state, entry)
  state.lastAcceptedAt = Math.max(state.lastAcceptedAt, entry.acceptedAt)
}

function applyUptime(state: ScoreState, entry: UptimeEntry): void {
  if (!canScore(entry.uptimeSource) || !canScore(entry.gopsSource)) return
  const device = state.byDevice.get(entry.devicePseudonym)
  const proofs = state.proofs.get(entry.devicePseudonym)
  if (device === undefined || proofs === undefined) {
    throw new AssayError('deviceUnknown', 'The device has not joined the roster of this pseudonym')
  }
  if (entry.epoch < device.joinEpoch) return
  const proof = proofOf(entry)
  const before = proofs.get(entry.epoch) ?? 0
  if (!isBetter(proof, before)) return
  proofs.set(entry.epoch, proof)
  if (isInRoster(device, entry.epoch)) file(state, entry.epoch, before, proof)
}

/** Adds what a better proof changes to its epoch and to its run. */
function file(state: ScoreState, epoch: number, before: number, proof: number): void {
  const [old, now] = [millionths[before]!, millionths[proof]!]
  const change: Sums<number> = [now[0] - old[0], now[1] - old[1], now[2] - old[2], now[3] - old[3]]
  const sums = state.epochs.get(epoch)
  if (sums === undefined) state.epochs.set(epoch, change)
  else for (let i = 0; i < 4; i++) sums[i]! += change[i]!
  addWeighted(runOf(state, epoch).sums, weight(epoch - state.settings.genesisEpoch), change)
  state.newestEpoch = Math.max(state.newestEpoch, epoch)
}

/** sums += g · millionths, in place. */
export function addWeighted(sums: Sums<bigint>, g: bigint, change: Sums<number>): void {
  for (let i = 0; i < 4; i++) if (change[i] !== 0) sums[i]! += g * BigInt(change[i]!)
}

/** The run in which an epoch lies; it exists for every epoch from the roster's first on. */
export function runOf({ runs }: ScoreState, epoch: number): ScoreState['runs'][number] {
  let i = runs.length - 1
  while (runs[i]!.from > epoch) i--
  return runs[i]!
}

/** A change of the roster is rare: the runs are made anew, and all proofs filed again. */
function applyRoster(state: ScoreState, entry: RosterEntry): void {
  const roster = buildRoster(state.settings, [...state.rosterEntries, entry])
  for (const device of roster.devices) {
    const before = state.byDevice.get(device.devicePseudonym)
    if (before !== undefined && before.joinEpoch !== device.joinEpoch) {
      throw new AssayError('firstEpochFixed', undefined, { joinEpoch: before.joinEpoch })
    }
  }
  state.rosterEntries.push(entry)
  refile(state, roster)
}

/** Files every proof under the runs of a roster. */
export function refile(state: ScoreState, roster: Roster): void {
  state.roster = roster
  state.byDevice = new Map(roster.devices.map((device) => [device.devicePseudonym, device]))
  state.runs = roster.runs.map(({ from, size }) => ({ from, size: BigInt(size), sums: [0n, 0n, 0n, 0n] }))
  state.epochs = new Map()
  state.newestEpoch = -1
  for (const device of roster.devices) {
    const proofs = state.proofs.get(device.devicePseudonym) ?? new Map<number, number>()
    state.proofs.set(device.devicePseudonym, proofs)
    for (const [epoch, proof] of proofs) if (isInRoster(device, epoch)) file(state, epoch, 0, proof)
  }
}

function applyJobs(state: ScoreState, entry: JobsEntry): void {
  if (!canScore(entry.source)) return
  const steps = state.jobs.get(entry.marketplace) ?? []
  const last = steps.at(-1)
  if (last !== undefined && entry.week <= last.entry.week) {
    throw new AssayError('sequenceStale', `Week ${last.entry.week} of this marketplace has been accepted already`, {
      week: last.entry.week,
    })
  }
  steps.push(foldJobs(last ?? null, entry))
  state.jobs.set(entry.marketplace, steps)
}

const RUNGS = CONSTANTS.rungsMicro.length

function proofOf({ rungMicro, gopsSource }: UptimeEntry): number {
  return 1 + CONSTANTS.rungsMicro.indexOf(rungMicro) + (gopsSource === 'attested' ? RUNGS : 0)
}

/** The higher rung is better; then the higher source. */
function isBetter(proof: number, before: number): boolean {
  const rung = (code: number) => (code > RUNGS ? code - RUNGS : code)
  return rung(proof) > rung(before) || (rung(proof) === rung(before) && proof > before)
}

/** Millionths behind each code of a proof; code 0 is silence. */
const millionths: readonly Sums<number>[] = [
  [0, 0, 0, 0],
  ...[0, 1_000_000].flatMap((attested) =>
    CONSTANTS.rungsMicro.map((rung: RungMicro): Sums<number> => [rung, nextRung(rung), 1_000_000, attested]),
  ),
]
