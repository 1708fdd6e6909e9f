import { CONSTANTS } from './constants.ts'
import { ledgerEpochAt, type Settings } from './epochs.ts'
import type { InheritedSilence, JoinEntry, RetireEntry, RosterEntry } from './ledger.ts'

/** A device of the roster, in the epochs from `firstEpoch` to before `retiredAt`. Its uptime counts from `joinEpoch` on. */
export interface RosterDevice {
  devicePseudonym: string
  joinEpoch: number
  /** `joinEpoch`, less the silence that a first device inherits. */
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
  /** From here the pseudonym's age counts: the earliest epoch with which a device joined. */
  joinEpoch: number | null
  runs: Run[]
  ignored: { entryId: string; reason: 'alreadyJoined' | 'joinInvalid' | 'retirementInvalid' }[]
}

/**
 * The roster that a set of events makes, in the order in which they were accepted, however they are listed. A device
 * joins once, with an epoch that the moment of its acceptance allows. It retires once, and only while another device goes
 * on: so from the first epoch on the roster is never empty.
 */
export function buildRoster(settings: Settings, events: readonly RosterEntry[]): Roster {
  const devices = new Map<string, RosterDevice>()
  const ignored: Roster['ignored'] = []
  for (const event of [...events].sort(byAcceptance)) {
    const { devicePseudonym, entryId } = event
    if (event.kind === 'join') {
      if (devices.has(devicePseudonym)) ignored.push({ entryId, reason: 'alreadyJoined' })
      else if (!mayJoin(settings, devices.size, event)) ignored.push({ entryId, reason: 'joinInvalid' })
      else devices.set(devicePseudonym, deviceOf(event))
    } else if (mayRetire(settings, devices, event)) {
      devices.get(devicePseudonym)!.retiredAt = event.from
    } else {
      ignored.push({ entryId, reason: 'retirementInvalid' })
    }
  }
  const list = [...devices.values()].sort((a, b) => (a.devicePseudonym < b.devicePseudonym ? -1 : 1))
  const earliest = (name: 'firstEpoch' | 'joinEpoch') =>
    list.length === 0 ? null : Math.min(...list.map((device) => device[name]))
  return {
    devices: list,
    firstEpoch: earliest('firstEpoch'),
    joinEpoch: earliest('joinEpoch'),
    runs: runsOf(list),
    ignored,
  }
}

function deviceOf({ devicePseudonym, joinEpoch, inheritedSilence }: JoinEntry): RosterDevice {
  return { devicePseudonym, joinEpoch, firstEpoch: joinEpoch - inheritedSilence, retiredAt: null }
}

/**
 * The epochs with which a device may join in epoch `now` of the service's clock. What happened before is known by then, so
 * a first device may reach back three epochs only, and a later one not at all: it could be kept hidden until its past is
 * known to be good.
 */
export function joinEpochs(now: number, isFirst: boolean): { earliest: number; latest: number } {
  return isFirst ? { earliest: now - CONSTANTS.joinEpochsBack, latest: now } : { earliest: now + 1, latest: now + 1 }
}

/** Whether the roster of so many devices may be joined like this. */
export function mayJoin(
  settings: Settings,
  devices: number,
  {
    joinEpoch,
    inheritedSilence,
    acceptedAt,
  }: Pick<JoinEntry, 'joinEpoch' | 'acceptedAt'> & { inheritedSilence: InheritedSilence },
): boolean {
  const isFirst = devices === 0
  const { earliest, latest } = joinEpochs(ledgerEpochAt(settings, acceptedAt), isFirst)
  const inTime = joinEpoch >= earliest && joinEpoch <= latest
  return inTime && joinEpoch - inheritedSilence >= settings.genesisEpoch && (isFirst || inheritedSilence === 0)
}

/** The first epoch in which a device that retires at a moment counts no more. */
export function retirementEpoch(settings: Settings, acceptedAt: number): number {
  return ledgerEpochAt(settings, acceptedAt) + CONSTANTS.retirementEpochs
}

/**
 * Whether the device may leave from that epoch on: it is there, 7 epochs have gone by then, and another one goes on. At once, it could
 * leave during an outage and come back as another machine.
 */
export function mayRetire(
  settings: Settings,
  devices: ReadonlyMap<string, RosterDevice>,
  { devicePseudonym, from, acceptedAt }: Pick<RetireEntry, 'devicePseudonym' | 'from' | 'acceptedAt'>,
): boolean {
  const device = devices.get(devicePseudonym)
  if (device === undefined || device.retiredAt !== null) return false
  const anotherGoesOn = [...devices.values()].some((other) => other !== device && other.retiredAt === null)
  return from === retirementEpoch(settings, acceptedAt) && anotherGoesOn
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

/** Of one moment's events joins come first, and of those the first device's, which can't join later than now. */
function byAcceptance(a: RosterEntry, b: RosterEntry): number {
  const rank = (event: RosterEntry) => (event.kind === 'join' ? event.joinEpoch : Number.POSITIVE_INFINITY)
  if (a.acceptedAt !== b.acceptedAt) return a.acceptedAt - b.acceptedAt
  if (rank(a) !== rank(b)) return rank(a) < rank(b) ? -1 : 1
  return a.entryId < b.entryId ? -1 : 1
}
