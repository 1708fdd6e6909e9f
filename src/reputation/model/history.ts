import * as z from 'zod'
import { zSeconds } from '../../protocol/field.ts'
import { countsFrom, horizonAt } from './epochs.ts'
import type { Ledger, LedgerEntry } from './ledger.ts'
import { scoreAt } from './score-at.ts'
import { applyLedgerEntry, emptyState } from './score-state.ts'
import { indexVoids } from './voids.ts'

/** The most points that a history has; a longer span is thinned evenly. */
export const MAX_HISTORY_POINTS = 500

const zPoints = z.int().min(0).max(1000)

/** The score as it stood at t. */
export const zHistoryPoint = z.strictObject({
  t: zSeconds,
  horizon: z.int(),
  score: zPoints,
  lower: zPoints,
  upper: zPoints,
})
export type HistoryPoint = z.output<typeof zHistoryPoint>

/**
 * The course of a score: what the service would have answered at `from`, at each moment in between from which one epoch
 * more counts, and at `to` (Unix seconds). Every point equals `fullScore(ledger, t)`.
 * @throws RangeError when `to` lies before `from`
 */
export function history(ledger: Ledger, from: number, to: number): HistoryPoint[] {
  if (to < from) throw new RangeError(`A history runs forward, got from = ${from} and to = ${to}`)
  const { settings, voids } = ledger
  const state = emptyState(settings)
  const entries = [...ledger.entries].sort(byArrival)
  let next = 0
  return momentsOf(ledger, from, to).map((t) => {
    for (; next < entries.length && entries[next]!.acceptedAt <= t; next++) applyLedgerEntry(state, entries[next]!)
    const { horizon, score, lower, upper } = scoreAt(state, t, indexVoids(settings, voids, t))
    return { t, horizon, score, lower, upper }
  })
}

function momentsOf({ settings }: Ledger, from: number, to: number): number[] {
  const [first, last] = [horizonAt(settings, from) + 1, horizonAt(settings, to)]
  const step = Math.max(1, Math.ceil((last - first + 1) / (MAX_HISTORY_POINTS - 2)))
  const moments = new Set([from])
  for (let horizon = first; horizon <= last; horizon += step) moments.add(countsFrom(settings, horizon))
  return [...moments.add(to)]
}

/** In the order of acceptance; what came at one moment, in an order in which it could have come. */
function byArrival(a: LedgerEntry, b: LedgerEntry): number {
  const rank = ({ kind }: LedgerEntry) => (kind === 'join' ? 0 : 1)
  const week = (entry: LedgerEntry) => (entry.kind === 'jobs' ? entry.week : 0)
  return a.acceptedAt - b.acceptedAt || rank(a) - rank(b) || week(a) - week(b) || (a.entryId < b.entryId ? -1 : 1)
}
