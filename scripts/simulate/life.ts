import {
  applyEntry,
  countsFrom,
  emptyState,
  type ScoreState,
  type Settings,
  scoreAt,
  weekOf,
} from '../../src/reputation/index.ts'
import { highestRung, type WeekOfJobs } from './provider.ts'

const settings: Settings = { epochSeconds: 86_400, genesisEpoch: 20_000 }

/** How one provider lives: each function is called once a day or week, in order. */
export interface Life {
  /** Assurance of its hardware and uptime; 1 is self-reported. */
  assurance: 1 | 2
  /** The share that it proves of a day; undefined: it proves none. */
  day: (day: number) => number | undefined
  /** One a marketplace. */
  weeks: ((week: number) => WeekOfJobs)[]
  /** Days before the start that count as silence, because the device had another pseudonym before. */
  inheritedDays?: number
}

/** The days after which the score is read: after n days, n epochs of the pseudonym count. */
export function live(life: Life, startOfWeek: number, readAt: readonly number[]): number[] {
  const state = emptyState(settings)
  const start = 20_300 - (20_300 % 7) + startOfWeek
  const firstEpoch = start - (life.inheritedDays ?? 0)
  const device = { devicePseudonym: '1', firstEpoch }
  applyEntry(state, { kind: 'join', entryId: 'join', acceptedAt: 0, ...device })
  const markets = life.weeks.map((week, m) => ({ week, m, completed: 0, failed: 0, ratingCount: 0, ratingSum: 0 }))
  const scores: number[] = []
  const reads = new Set(readAt)
  for (let day = 0; day < readAt.at(-1)!; day++) {
    const epoch = start + day
    prove(state, life, device, day, epoch)
    // A week that began before the pseudonym did is left out; the next ones are proved as they close.
    const week = weekOf(epoch)
    const isWeekEnd = weekOf(epoch + 1) > week && week * 7 >= start
    if (isWeekEnd) for (const market of markets) work(state, market, week, weekOf(start + 6), epoch)
    if (reads.has(day + 1)) scores.push(scoreAt(state, countsFrom(settings, epoch)).score)
  }
  return scores
}

function prove(
  state: ScoreState,
  life: Life,
  device: { devicePseudonym: string; firstEpoch: number },
  day: number,
  epoch: number,
): void {
  const share = life.day(day)
  const rungMicro = share === undefined ? undefined : highestRung(share)
  if (rungMicro === undefined) return
  const [uptimeAssurance, hardwareAssurance] = [life.assurance, life.assurance]
  const acceptedAt = (epoch + 1) * settings.epochSeconds
  const entry = { kind: 'uptime' as const, entryId: `${epoch}`, acceptedAt, epoch, rungMicro, ...device }
  applyEntry(state, { ...entry, uptimeAssurance, hardwareAssurance })
}

interface Market {
  week: (week: number) => WeekOfJobs
  m: number
  completed: number
  failed: number
  ratingCount: number
  ratingSum: number
}

function work(state: ScoreState, market: Market, week: number, firstWeek: number, epoch: number): void {
  const done = market.week(week - firstWeek)
  market.completed += done.completed
  market.failed += done.failed
  market.ratingCount += done.ratings
  market.ratingSum += 5 * done.ratings - done.missingStars
  const { m, week: _, ...counters } = market
  applyEntry(state, {
    kind: 'jobs',
    entryId: `${m}/${week}`,
    acceptedAt: (epoch + 1) * settings.epochSeconds,
    marketplace: `urn:assay:schema:jobs:1:market-${m}`,
    week,
    firstWeek,
    disputed: 0,
    assurance: 2,
    ...counters,
  })
}
