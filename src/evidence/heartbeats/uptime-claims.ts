import { UPTIME } from '../../protocol/claim-schemas.ts'
import { type SourcedClaims, statedClaims } from '../../protocol/claims.ts'
import { AssayError } from '../../protocol/errors.ts'
import { type EpochUptime, shareMicro } from './close-epoch.ts'

/** How many epochs the trailing share looks back on, its own included. */
const TRAILING_EPOCHS = 30

/**
 * The share of known slots up in the 30 epochs that end with `lastEpoch`, in millionths, rounded down. Epochs outside are
 * left out, and epochs of which nothing is known add nothing.
 * @throws AssayError `evidenceRejected` when no slot in them is known.
 */
export function trailingUptime(epochs: readonly EpochUptime[], lastEpoch: number): number {
  const counted = epochs.filter(({ epoch }) => epoch <= lastEpoch && epoch > lastEpoch - TRAILING_EPOCHS)
  const upSlots = counted.reduce((sum, epoch) => sum + epoch.upSlots, 0)
  const downSlots = counted.reduce((sum, epoch) => sum + epoch.downSlots, 0)
  if (upSlots + downSlots > 0) return shareMicro(upSlots, downSlots)
  throw new AssayError('evidenceRejected', 'No slot of the trailing epochs is known')
}

export interface UptimeEvidence {
  /** The epoch to certify, as `closeEpoch` counted it. */
  closed: EpochUptime
  /** The device's epochs up to now; those that count are picked out, and `closed` is counted once, as it is given. */
  history: readonly EpochUptime[]
  /** The device's first epoch, from the device register. */
  firstEpoch: number
  /** How many monitors watched. */
  monitors: number
  /** How many epochs of silence the holder took over with the device or one of its members. */
  inheritedSilence: number
}

/** The uptime claims, observed by monitors, not yet rounded to the schema's grid. */
export function uptimeClaims({
  closed,
  history,
  firstEpoch,
  monitors,
  inheritedSilence,
}: UptimeEvidence): SourcedClaims {
  const epochs = [...history.filter(({ epoch }) => epoch !== closed.epoch), closed]
  const { epoch, upSlots, downSlots } = closed
  const shares = { uptimeMicro: shareMicro(upSlots, downSlots), uptime30Micro: trailingUptime(epochs, epoch) }
  const values = { epoch, upSlots, downSlots, ...shares, firstEpoch, monitors, inheritedSilence }
  const observed = Object.entries(values).map(([name, value]) => {
    return [name, { value: BigInt(value), source: 'measured' as const }] as const
  })
  return statedClaims(UPTIME, Object.fromEntries(observed))
}
