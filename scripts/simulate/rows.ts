import type { InheritedSilence } from '../../src/reputation/index.ts'
import type { Life } from './life.ts'
import { failedWeek, honestWeek, selfDealtWeek, uptimeDays } from './provider.ts'
import type { Random } from './random.ts'

/** One row of the table: a way to live. */
export interface Row {
  id: string
  label: string
  kind: 'honest' | 'attack'
  /** The row whose random numbers it shares, so that both have the same machines; by default it has its own. */
  seedOf?: string
  life: (random: Random) => Life
}

/** One machine, up for a share of the time. */
const measured = (random: Random, availability: number): Life => ({
  machines: [{ joins: 0, source: 'measured', share: uptimeDays(random, availability) }],
  weeks: [],
})

/** The share of a day, or undefined for a day that is left out. */
const filtered = (life: Life, keep: (share: number, day: number) => boolean): Life => ({
  ...life,
  machines: life.machines.map((machine) => ({
    ...machine,
    share: (day) => {
      const share = machine.share(day)
      return share !== undefined && keep(share, day) ? share : undefined
    },
  })),
})

const inheriting = (life: Life, inheritedSilence: InheritedSilence): Life => ({
  ...life,
  machines: life.machines.map((machine) => ({ ...machine, inheritedSilence })),
})

const honestWork = (random: Random, marketplaces: number) =>
  Array.from({ length: marketplaces }, () => () => honestWeek(random))

/** A score over a year. */
export const rows: readonly Row[] = [
  { id: 'honest-95', label: '95 %, no jobs', kind: 'honest', life: (random) => measured(random, 0.95) },
  { id: 'honest-99', label: '99 %, no jobs', kind: 'honest', life: (random) => measured(random, 0.99) },
  { id: 'honest-999', label: '99.9 %, no jobs', kind: 'honest', life: (random) => measured(random, 0.999) },
  {
    id: 'honest-999-two',
    label: '99.9 %, two marketplaces',
    kind: 'honest',
    life: (random) => ({ ...measured(random, 0.999), weeks: honestWork(random, 2) }),
  },
  {
    id: 'honest-9999-two',
    label: '99.99 %, two marketplaces',
    kind: 'honest',
    life: (random) => ({ ...measured(random, 0.9999), weeks: honestWork(random, 2) }),
  },
  {
    id: 'omission',
    label: 'omission: 95 %, leaves out days below 99 %',
    kind: 'attack',
    life: (random) => filtered(measured(random, 0.95), (share) => share >= 0.99),
  },
  {
    id: 'on-off',
    label: 'on-off: 99.9 %, dark 3 days of 30',
    kind: 'attack',
    life: (random) => filtered(measured(random, 0.999), (_, day) => day % 30 < 27),
  },
  {
    id: 'sybils',
    label: 'self-reported Sybils, however many',
    kind: 'attack',
    life: () => ({ machines: [{ joins: 0, source: 'selfReported', share: () => 1 }], weeks: [] }),
  },
  {
    id: 'self-dealing',
    label: 'self-dealing at one marketplace, 99.9 %',
    kind: 'attack',
    life: (random) => ({ ...measured(random, 0.999), weeks: [selfDealtWeek] }),
  },
  {
    id: 'self-dealing-two',
    label: 'self-dealing at two captured marketplaces, 99.9 %',
    kind: 'attack',
    life: (random) => ({ ...measured(random, 0.999), weeks: [selfDealtWeek, selfDealtWeek] }),
  },
]

export const TURN = 182 // a whole number of weeks

/** A good half year, and what follows from there: after day 182 the provider turns. */
export const turns: readonly Row[] = [
  {
    id: 'betrayal-dark',
    label: 'betrayal: goes dark',
    kind: 'attack',
    life: (random) => {
      const life = { ...measured(random, 0.999), weeks: honestWork(random, 2) }
      const idle = { completed: 0, failed: 0, ratings: 0, missingStars: 0 }
      const weeks = life.weeks.map((work) => (week: number) => (week < TURN / 7 ? work() : idle))
      return { ...filtered(life, (_, day) => day < TURN), weeks }
    },
  },
  {
    id: 'betrayal-jobs',
    label: 'betrayal: stays up and fails every job',
    kind: 'attack',
    life: (random) => {
      const weeks = honestWork(random, 2).map((work) => (week: number) => (week < TURN / 7 ? work() : failedWeek()))
      return { ...measured(random, 0.999), weeks }
    },
  },
]

/** A machine that comes back after dark days: it goes on under its pseudonym, or starts over under a new one. */
export const returns: readonly (Row & { returnsAt: number })[] = [
  ...[30, 180].map((dark) => ({
    id: `stays-${dark}`,
    label: `keeps its pseudonym, after ${dark} dark days`,
    kind: 'honest' as const,
    life: (random: Random) => filtered(measured(random, 0.999), (_, day) => day < TURN || day >= TURN + dark),
    returnsAt: TURN + dark,
  })),
  ...([0, 30] as const).map((inherited) => ({
    id: `starts-over-${inherited}`,
    label: `starts over, inheriting ${inherited} days of silence`,
    kind: 'attack' as const,
    life: (random: Random) => inheriting(measured(random, 0.999), inherited),
    returnsAt: 0,
  })),
]
