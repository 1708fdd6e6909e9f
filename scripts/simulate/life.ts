import type { SourceName } from '../../src/protocol/index.ts'
import {
  applyLedgerEntry,
  countsFrom,
  emptyState,
  type InheritedSilence,
  retirementEpoch,
  type ScoreState,
  type Settings,
  scoreAt,
  weekOf,
} from '../../src/reputation/index.ts'
import { highestRung, type WeekOfJobs } from './provider.ts'

const settings: Settings = { epochSeconds: 86_400, genesisEpoch: 20_000 }

/** One machine under the pseudonym. Days count from the one on which the first machine joins. */
export interface MachineLife {
  /** The day on which it joins: 0 for the first machine alone. */
  joins: number
  /** How many days before that day count already; the first machine alone has a choice. */
  back?: 0 | 1 | 2 | 3
  /** Of the first machine alone. */
  inheritedSilence?: InheritedSilence
  /** The day on which it is asked to retire. */
  retires?: number
  /** How its hardware was measured. */
  source: SourceName
  /** The share that it proves of a day; undefined: it proves none. Called once a day, in order. */
  share: (day: number) => number | undefined
}

/** How one provider lives. */
export interface Life {
  machines: readonly MachineLife[]
  /** One a marketplace, called once a week, in order. */
  weeks: ((week: number) => WeekOfJobs)[]
}

/** The scores after so many days from the joining of the first machine. */
export function live({ machines, weeks }: Life, startOfWeek: number, readAt: readonly number[]): number[] {
  const state = emptyState(settings)
  const start = 20_300 - (20_300 % 7) + startOfWeek
  const markets = weeks.map((week, m) => ({ week, m, completed: 0, failed: 0, ratingCount: 0, ratingSum: 0 }))
  const scores: number[] = []
  const reads = new Set(readAt)
  const first = -(machines[0]!.back ?? 0)
  for (let day = first; day < readAt.at(-1)!; day++) {
    const epoch = start + day
    if (day === first) join(state, machines, { day: 0, start })
    if (day > 0) join(state, machines, { day, start })
    retire(state, machines, { day, epoch })
    for (const [i, machine] of machines.entries()) prove(state, machine, { device: String(i), day, epoch })
    // A week that began before the pseudonym did is left out; the next ones are proved as they close.
    const week = weekOf(epoch)
    const isWeekEnd = weekOf(epoch + 1) > week && week * 7 >= start
    if (isWeekEnd) for (const market of markets) work(state, market, week, weekOf(start + 6), epoch)
    if (reads.has(day + 1)) scores.push(scoreAt(state, countsFrom(settings, epoch)).score)
  }
  return scores
}

function join(
  state: ScoreState,
  machines: readonly MachineLife[],
  { day, start }: { day: number; start: number },
): void {
  for (const [i, { joins, back = 0, inheritedSilence = 0 }] of machines.entries()) {
    if (joins !== day) continue
    const joinEpoch = start + day + (i === 0 ? -back : 1)
    // so that the first is the first
    const acceptedAt = (start + day) * settings.epochSeconds + i
    const device = { devicePseudonym: String(i), joinEpoch, inheritedSilence }
    applyLedgerEntry(state, { kind: 'join', entryId: `join/${i}`, acceptedAt, ...device })
  }
}

function retire(
  state: ScoreState,
  machines: readonly MachineLife[],
  { day, epoch }: { day: number; epoch: number },
): void {
  for (const [i, { retires }] of machines.entries()) {
    if (retires !== day) continue
    const acceptedAt = epoch * settings.epochSeconds + machines.length + i
    const from = retirementEpoch(settings, acceptedAt)
    applyLedgerEntry(state, { kind: 'retire', entryId: `retire/${i}`, acceptedAt, devicePseudonym: String(i), from })
  }
}

function prove(
  state: ScoreState,
  { share, source }: MachineLife,
  { device, day, epoch }: { device: string; day: number; epoch: number },
): void {
  const shown = share(day)
  const rungMicro = shown === undefined ? undefined : highestRung(shown)
  const joined = state.byDevice.get(device)
  if (rungMicro === undefined || joined === undefined || epoch < joined.joinEpoch) return
  const acceptedAt = Math.max(state.lastAcceptedAt, (epoch + 1) * settings.epochSeconds)
  const entry = { kind: 'uptime' as const, entryId: `${device}/${epoch}`, acceptedAt, epoch, rungMicro }
  applyLedgerEntry(state, { ...entry, devicePseudonym: device, uptimeSource: 'measured', gopsSource: source })
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
  applyLedgerEntry(state, {
    kind: 'jobs',
    entryId: `${m}/${week}`,
    acceptedAt: (epoch + 1) * settings.epochSeconds,
    marketplace: `urn:assay:schema:jobs:1:market-${m}`,
    week,
    firstWeek,
    disputed: 0,
    source: 'measured',
    ...counters,
  })
}
