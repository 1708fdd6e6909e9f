import { epochAt, type Settings } from './epochs.ts'
import type { RosterEntry } from './ledger.ts'

/** A device of the roster: it counts in the epochs from `firstEpoch` to before `retiredAt`. */
export interface RosterDevice {
  devicePseudonym: string
  firstEpoch: number
  retiredAt: number | null
}

/** Epochs in a row, from `from` on, with the same number of devices in the roster. */
export interface Run {
  from: number
  size: number
}

export interface Roster {
  devices: RosterDevice[]
  /** The pseudonym's first epoch: the earliest of its devices'; null without devices. */
  firstEpoch: number | null
  runs: Run[]
  ignored: { entryId: string; reason: 'alreadyJoined' | 'beforeGenesis' | 'retirementInvalid' }[]
}

/**
 * The roster that a set of events makes, in the order in which they were accepted, however they are listed. A device
 * joins once. It retires once, for the future, and only while another device goes on: so from the first epoch on the
 * roster is never empty.
 */
export function buildRoster(settings: Settings, events: readonly RosterEntry[]): Roster {
  const devices = new Map<string, RosterDevice>()
  const ignored: Roster['ignored'] = []
  for (const event of [...events].sort(byAcceptance)) {
    const { devicePseudonym, entryId } = event
    if (event.kind === 'join') {
      const { firstEpoch } = event
      if (devices.has(devicePseudonym)) ignored.push({ entryId, reason: 'alreadyJoined' })
      else if (firstEpoch < settings.genesisEpoch) ignored.push({ entryId, reason: 'beforeGenesis' })
      else devices.set(devicePseudonym, { devicePseudonym, firstEpoch, retiredAt: null })
    } else if (mayRetire(settings, devices, event)) {
      devices.get(devicePseudonym)!.retiredAt = event.from
    } else {
      ignored.push({ entryId, reason: 'retirementInvalid' })
    }
  }
  const list = [...devices.values()].sort((a, b) => (a.devicePseudonym < b.devicePseudonym ? -1 : 1))
  const firstEpoch = list.length === 0 ? null : Math.min(...list.map((device) => device.firstEpoch))
  return { devices: list, firstEpoch, runs: runsOf(list), ignored }
}

/** Whether the device may leave from that epoch on: it is there, the epoch is still to come, and another one goes on. */
export function mayRetire(
  settings: Settings,
  devices: ReadonlyMap<string, RosterDevice>,
  { devicePseudonym, from, acceptedAt }: { devicePseudonym: string; from: number; acceptedAt: number },
): boolean {
  const device = devices.get(devicePseudonym)
  if (device === undefined || device.retiredAt !== null) return false
  const isFuture = from > epochAt(settings, acceptedAt) && from > device.firstEpoch
  const anotherGoesOn = [...devices.values()].some(
    (other) => other !== device && other.retiredAt === null && other.firstEpoch <= from,
  )
  return isFuture && anotherGoesOn
}

/** Whether the device counts in an epoch. */
export function isInRoster(device: RosterDevice, epoch: number): boolean {
  return device.firstEpoch <= epoch && (device.retiredAt === null || epoch < device.retiredAt)
}

function runsOf(devices: readonly RosterDevice[]): Run[] {
  const changes = new Map<number, number>()
  const add = (epoch: number, change: number) => changes.set(epoch, (changes.get(epoch) ?? 0) + change)
  for (const { firstEpoch, retiredAt } of devices) {
    add(firstEpoch, 1)
    if (retiredAt !== null) add(retiredAt, -1)
  }
  const runs: Run[] = []
  let size = 0
  for (const [from, change] of [...changes].sort(([a], [b]) => a - b)) {
    size += change
    if (change !== 0) runs.push({ from, size })
  }
  return runs
}

function byAcceptance(a: RosterEntry, b: RosterEntry): number {
  return a.acceptedAt - b.acceptedAt || (a.entryId < b.entryId ? -1 : 1)
}
