import { combineScore, type ScoreOutcome } from './combine-score.ts'
import { horizonAt, weekHorizon } from './epochs.ts'
import { type JobsStanding, standingAt } from './jobs-factor.ts'
import { addWeighted, runOf, type ScoreState, type Sums } from './score-state.ts'
import { noVoids, type VoidIndex, voidRange, voidWeight } from './voids.ts'
import { sumOfWeights, weight } from './weights.ts'

/**
 * The score at t from a state that is kept up to date: the same bits as `fullScore` over the same entries. Reading changes
 * nothing. `voids` are the service's void epochs as declared by t.
 * @throws RangeError when t lies before the last accepted entry: for the past, `fullScore` or `history`
 */
export function scoreAt(state: ScoreState, t: number, voids: VoidIndex = noVoids): ScoreOutcome {
  if (t < state.lastAcceptedAt) {
    throw new RangeError(`scoreAt answers from the last accepted entry on (${state.lastAcceptedAt}), got t = ${t}`)
  }
  const { genesisEpoch } = state.settings
  const { firstEpoch, joinEpoch } = state.roster
  const horizon = horizonAt(state.settings, t)
  const standings = standingsAt(state, weekHorizon(horizon))
  if (firstEpoch === null || horizon < firstEpoch) {
    const sums = { up: 0n, upNext: 0n, covered: 0n, attested: 0n }
    return combineScore({ t, horizon, firstEpoch, joinEpoch, totalWeight: 0n, horizonWeight: 1n, sums, standings })
  }
  const [up, upNext, covered, attested] = sumRuns(state, horizon, voids)
  return combineScore({
    t,
    horizon,
    firstEpoch,
    joinEpoch,
    totalWeight:
      sumOfWeights(firstEpoch - genesisEpoch, horizon - genesisEpoch) - voidWeight(voids, firstEpoch, horizon),
    horizonWeight: weight(horizon - genesisEpoch),
    sums: { up, upNext, covered, attested },
    standings,
  })
}

/** The runs up to the horizon, less the epochs that do not count: those after it, and void ones. */
function sumRuns(state: ScoreState, horizon: number, voids: VoidIndex): Sums<bigint> {
  const excluded = new Map<ScoreState['runs'][number], Sums<bigint>>()
  const exclude = (epoch: number) => {
    const millionths = state.epochs.get(epoch)
    if (millionths === undefined) return
    const run = runOf(state, epoch)
    const sums = excluded.get(run) ?? [0n, 0n, 0n, 0n]
    addWeighted(sums, weight(epoch - state.settings.genesisEpoch), millionths)
    excluded.set(run, sums)
  }
  for (let epoch = horizon + 1; epoch <= state.newestEpoch; epoch++) exclude(epoch)
  const [first, end] = voidRange(voids, 0, horizon)
  for (let i = first; i < end; i++) exclude(voids.epochs[i]!)
  const total: Sums<bigint> = [0n, 0n, 0n, 0n]
  for (const run of state.runs) {
    if (run.from > horizon) break
    const less = excluded.get(run)
    for (let i = 0; i < 4; i++) total[i]! += (run.sums[i]! - (less?.[i] ?? 0n)) / run.size
  }
  return total
}

/** Each marketplace by its last entry that counts already. */
function standingsAt(state: ScoreState, week: number): JobsStanding[] {
  const standings: JobsStanding[] = []
  for (const steps of state.jobs.values()) {
    const step = steps.findLast(({ entry }) => entry.week <= week)
    if (step !== undefined) standings.push(standingAt(step, week))
  }
  return standings
}
