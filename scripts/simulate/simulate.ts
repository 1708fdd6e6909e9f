import { fleets } from './fleets.ts'
import { live } from './life.ts'
import { seededRandom } from './random.ts'
import { type Row, returns, rows, TURN, turns } from './rows.ts'

export const SEED = 20_260_101
/** Providers a row; the table shows their median. */
export const TRIALS = 31
export const DAYS = [1, 7, 30, 90, 365] as const
/** Days after the turn, or after the return. */
export const DAYS_AFTER_TURN = [0, 7, 14, 30, 90] as const
export const DAYS_AFTER_RETURN = [1, 7, 30, 90, 180] as const

export interface SimulatedRow {
  id: string
  label: string
  kind: Row['kind']
  /** Median scores, one a day that was asked for. */
  scores: number[]
}

export interface Simulation {
  seed: number
  trials: number
  days: readonly number[]
  rows: SimulatedRow[]
  daysAfterTurn: readonly number[]
  turns: SimulatedRow[]
  daysAfterReturn: readonly number[]
  returns: SimulatedRow[]
  fleets: SimulatedRow[]
}

/** Median scores of one row's providers. Each provider has a seed of its own, so that the order of rows does not matter. */
export function simulateRow(
  { id, label, kind, seedOf = id, life }: Row,
  days: readonly number[],
  trials = TRIALS,
): SimulatedRow {
  const seeds = [...seedOf].reduce((hash, character) => Math.imul(hash, 31) + character.charCodeAt(0), SEED)
  const courses = Array.from({ length: trials }, (_, trial) => {
    return live(life(seededRandom(seeds + 7919 * trial)), trial % 7, days)
  })
  return { id, label, kind, scores: days.map((_, i) => median(courses.map((course) => course[i]!))) }
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}

/** The whole table, from the seed: the same numbers on every machine. `done` is called after each row. */
export function simulate(done: (label: string) => void = () => {}): Simulation {
  const run = (row: Row, days: readonly number[]) => {
    const simulated = simulateRow(row, days)
    done(row.label)
    return simulated
  }
  const afterTurn = DAYS_AFTER_TURN.map((day) => TURN + day)
  return {
    seed: SEED,
    trials: TRIALS,
    days: DAYS,
    rows: rows.map((row) => run(row, DAYS)),
    daysAfterTurn: DAYS_AFTER_TURN,
    turns: turns.map((row) => run(row, afterTurn)),
    daysAfterReturn: DAYS_AFTER_RETURN,
    fleets: fleets.map((row) => run(row, DAYS)),
    returns: returns.map((row) =>
      run(
        row,
        DAYS_AFTER_RETURN.map((day) => row.returnsAt + day),
      ),
    ),
  }
}
