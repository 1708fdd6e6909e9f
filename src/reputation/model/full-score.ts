import { combineScore, type ScoreOutcome, type UptimeSums } from './combine-score.ts'
import { nextRung } from './constants.ts'
import { standingAt } from './jobs-factor.ts'
import type { Ledger, UptimeEntry } from './ledger.ts'
import { type LedgerReading, readLedger } from './read-ledger.ts'
import { isInRoster } from './roster.ts'
import { weight } from './weights.ts'

/**
 * The score of a ledger at t (Unix seconds), recomputed in full: the entries accepted by t, scored at t. This is the model
 * as it is defined; `scoreAt` gives the same bits from a state that is kept up to date.
 */
export function fullScore(ledger: Ledger, t: number): ScoreOutcome {
  return scoreReading(ledger, readLedger(ledger, t))
}

/** Scores a ledger that is sorted out already. */
export function scoreReading({ settings }: Ledger, reading: LedgerReading): ScoreOutcome {
  const { t, horizon, week } = reading
  const { firstEpoch, joinEpoch } = reading.roster
  const standings = [...reading.jobs.values()].map((steps) => standingAt(steps.at(-1)!, week))
  const g = (epoch: number) => weight(epoch - settings.genesisEpoch)
  const isScored = firstEpoch !== null && horizon >= firstEpoch
  const uptime = isScored ? sumEpochs(reading, firstEpoch, g) : { totalWeight: 0n, sums: noSums() }
  return combineScore({
    t,
    horizon,
    firstEpoch,
    joinEpoch,
    horizonWeight: isScored ? g(horizon) : 1n,
    standings,
    ...uptime,
  })
}

/** Epoch by epoch: U = Σ over runs of constant roster size k of ⌊Σ g(e)·x / k⌋, and the like for the other sums. */
function sumEpochs(
  { roster, voids, uptime, horizon }: LedgerReading,
  firstEpoch: number,
  g: (epoch: number) => bigint,
) {
  const byEpoch = new Map<number, UptimeEntry[]>()
  for (const entry of uptime) byEpoch.set(entry.epoch, [...(byEpoch.get(entry.epoch) ?? []), entry])
  const sums = noSums()
  let totalWeight = 0n
  let size = 0
  let run = noSums()
  const closeRun = () => {
    for (const name of sumNames) sums[name] += size === 0 ? 0n : run[name] / BigInt(size)
    run = noSums()
  }
  for (let epoch = firstEpoch; epoch <= horizon; epoch++) {
    const sizeNow = roster.devices.filter((device) => isInRoster(device, epoch)).length
    if (sizeNow !== size) closeRun()
    size = sizeNow
    if (voids.set.has(epoch)) continue
    totalWeight += g(epoch)
    for (const entry of byEpoch.get(epoch) ?? []) {
      const millionths = millionthsOf(entry)
      for (const name of sumNames) run[name] += g(epoch) * BigInt(millionths[name])
    }
  }
  closeRun()
  return { totalWeight, sums }
}

function millionthsOf({ rungMicro, gopsSource }: UptimeEntry): Record<keyof UptimeSums, number> {
  const attested = gopsSource === 'attested' ? 1_000_000 : 0
  return { up: rungMicro, upNext: nextRung(rungMicro), covered: 1_000_000, attested }
}

const sumNames = ['up', 'upNext', 'covered', 'attested'] as const
const noSums = (): UptimeSums => ({ up: 0n, upNext: 0n, covered: 0n, attested: 0n })
