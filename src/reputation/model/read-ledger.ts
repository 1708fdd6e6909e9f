import { SOURCE_LEVEL } from '../../protocol/sources.ts'
import { horizonAt, weekHorizon } from './epochs.ts'
import { foldJobs, type JobsStep } from './jobs-factor.ts'
import {
  canScore,
  type HardwareEntry,
  type JobsEntry,
  type Ledger,
  type LedgerEntry,
  type RosterEntry,
  type UptimeEntry,
} from './ledger.ts'
import { buildRoster, isInRoster, type Roster, type RosterDevice } from './roster.ts'
import { indexVoids, type VoidIndex } from './voids.ts'

/** Why an accepted entry does not count, ever or any more. */
export type IgnoredReason =
  | Roster['ignored'][number]['reason']
  | 'selfReported'
  | 'unknownDevice'
  | 'beforeJoin'
  | 'afterRetirement'
  | 'voidEpoch'
  | 'superseded'
  | 'expired'

/** A ledger as it stood at t, sorted out: what counts, what does not count yet, and what never will. */
export interface LedgerReading {
  t: number
  horizon: number
  week: number
  roster: Roster
  voids: VoidIndex
  /** At most one entry a device and epoch. */
  uptime: UptimeEntry[]
  /** By marketplace, in week order. */
  jobs: Map<string, JobsStep[]>
  capabilities: HardwareEntry[]
  pending: (UptimeEntry | JobsEntry)[]
  ignored: { entryId: string; reason: IgnoredReason }[]
}

/** Sorts out the entries that were accepted by t, from scratch. The order in which they are listed does not matter. */
export function readLedger(ledger: Ledger, t: number): LedgerReading {
  const { settings } = ledger
  const horizon = horizonAt(settings, t)
  const entries = ledger.entries.filter((entry) => entry.acceptedAt <= t)
  const roster = buildRoster(settings, entries.filter(isRosterEntry))
  const voids = indexVoids(settings, ledger.voids, t)
  const reading: LedgerReading = {
    t,
    horizon,
    week: weekHorizon(horizon),
    roster,
    voids,
    uptime: [],
    jobs: new Map(),
    capabilities: [],
    pending: [],
    ignored: [...roster.ignored],
  }
  readUptime(reading, entries.filter(isUptime))
  readJobs(reading, entries.filter(isJobs))
  readHardware(reading, entries.filter(isHardware))
  return reading
}

const isRosterEntry = (entry: LedgerEntry): entry is RosterEntry => entry.kind === 'join' || entry.kind === 'retire'
const isUptime = (entry: LedgerEntry): entry is UptimeEntry => entry.kind === 'uptime'
const isJobs = (entry: LedgerEntry): entry is JobsEntry => entry.kind === 'jobs'
const isHardware = (entry: LedgerEntry): entry is HardwareEntry => entry.kind === 'hardware'

/** Whether an uptime entry counts for this device of the roster: undefined, or why it does not. */
export function uptimeFlaw(device: RosterDevice | undefined, entry: UptimeEntry): IgnoredReason | undefined {
  if (!canScore(entry.uptimeSource) || !canScore(entry.gopsSource)) return 'selfReported'
  if (device === undefined) return 'unknownDevice'
  if (entry.epoch < device.joinEpoch) return 'beforeJoin'
  return isInRoster(device, entry.epoch) ? undefined : 'afterRetirement'
}

/** Of two proofs for one device and epoch, the higher rung counts; then the higher source. */
export function outranks(a: UptimeEntry, b: UptimeEntry): boolean {
  const order = a.rungMicro - b.rungMicro || SOURCE_LEVEL[a.gopsSource] - SOURCE_LEVEL[b.gopsSource]
  return order > 0 || (order === 0 && a.entryId < b.entryId)
}

function readUptime(reading: LedgerReading, entries: UptimeEntry[]): void {
  const devices = new Map(reading.roster.devices.map((device) => [device.devicePseudonym, device]))
  const best = new Map<string, UptimeEntry>()
  for (const entry of entries) {
    const reason = uptimeFlaw(devices.get(entry.devicePseudonym), entry)
    const key = `${entry.devicePseudonym}/${entry.epoch}`
    const rival = best.get(key)
    if (reason !== undefined) reading.ignored.push({ entryId: entry.entryId, reason })
    else if (rival === undefined) best.set(key, entry)
    else {
      const [winner, loser] = outranks(entry, rival) ? [entry, rival] : [rival, entry]
      best.set(key, winner)
      reading.ignored.push({ entryId: loser.entryId, reason: 'superseded' })
    }
  }
  for (const entry of best.values()) {
    if (reading.voids.set.has(entry.epoch)) reading.ignored.push({ entryId: entry.entryId, reason: 'voidEpoch' })
    else if (entry.epoch > reading.horizon) reading.pending.push(entry)
    else reading.uptime.push(entry)
  }
}

function readJobs(reading: LedgerReading, entries: JobsEntry[]): void {
  for (const entry of [...entries].sort(byWeek)) {
    const steps = reading.jobs.get(entry.marketplace) ?? []
    const last = steps.at(-1)
    if (!canScore(entry.source)) {
      reading.ignored.push({ entryId: entry.entryId, reason: 'selfReported' })
    } else if (last?.entry.week === entry.week) {
      reading.ignored.push({ entryId: entry.entryId, reason: 'superseded' })
    } else if (entry.week > reading.week) {
      reading.pending.push(entry)
    } else {
      reading.jobs.set(entry.marketplace, [...steps, foldJobs(last ?? null, entry)])
    }
  }
}

function byWeek(a: JobsEntry, b: JobsEntry): number {
  return a.week - b.week || a.acceptedAt - b.acceptedAt || (a.entryId < b.entryId ? -1 : 1)
}

/** Of states, an older one never replaces a newer one; a newer one simply takes its place. */
function readHardware(reading: LedgerReading, entries: HardwareEntry[]): void {
  const newest = new Map<string, HardwareEntry>()
  for (const entry of [...entries].sort((a, b) => b.provedAt - a.provedAt || (a.entryId < b.entryId ? -1 : 1))) {
    const key = `${entry.devicePseudonym}/${entry.schema}`
    if (!newest.has(key)) newest.set(key, entry)
  }
  for (const entry of newest.values()) {
    if (entry.expires > reading.t) reading.capabilities.push(entry)
    else reading.ignored.push({ entryId: entry.entryId, reason: 'expired' })
  }
}
