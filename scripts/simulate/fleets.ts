import {
  always,
  breaking,
  chooseByHindsight,
  coverWithSpares,
  DAYS,
  daysOf,
  machine,
  retireAndRejoin,
} from './fleet-lives.ts'
import { uptimeDays } from './provider.ts'
import type { Row } from './rows.ts'

const HIDDEN = 30

/** Scores of fleets over a year, each attack after the honest life that it is to be held against. */
export const fleets: readonly Row[] = [
  {
    id: 'breaks',
    label: 'dark for days, 5 % of the time',
    kind: 'honest',
    life: (random) => ({ machines: [machine(0, breaking(random))], weeks: [] }),
  },
  {
    id: 'spares',
    seedOf: 'breaks',
    label: 'spares: a hidden one joins at each breakdown',
    kind: 'attack',
    life: coverWithSpares,
  },
  {
    id: 'two-break',
    label: 'two machines, each dark for days, 5 % of the time',
    kind: 'honest',
    life: (random) => ({ machines: [machine(0, breaking(random)), machine(0, breaking(random))], weeks: [] }),
  },
  {
    id: 'rejoin',
    seedOf: 'two-break',
    label: 'the two; what breaks retires and returns as another',
    kind: 'attack',
    life: retireAndRejoin,
  },
  {
    id: 'newcomer',
    label: '95 %, joins without a past',
    kind: 'honest',
    life: (random) => ({ machines: [machine(0, daysOf(uptimeDays(random, 0.95), DAYS))], weeks: [] }),
  },
  {
    id: 'hindsight',
    seedOf: 'newcomer',
    label: 'hindsight: 95 %, brings its last good days, up to three',
    kind: 'attack',
    life: (random) => chooseByHindsight(random, 1),
  },
  {
    id: 'hidden',
    seedOf: 'newcomer',
    label: `hindsight: the same, the best of ${HIDDEN} hidden ones`,
    kind: 'attack',
    life: (random) => chooseByHindsight(random, HIDDEN),
  },
  {
    id: 'second-hand-first',
    label: 'second-hand machine as the first, 99.9 %',
    kind: 'honest',
    life: (random) => ({
      machines: [machine(0, daysOf(uptimeDays(random, 0.999), DAYS), { inheritedSilence: 30 })],
      weeks: [],
    }),
  },
  {
    id: 'second-hand-later',
    label: 'second-hand machine beside another, both 99.9 %',
    kind: 'honest',
    life: (random) => ({
      machines: [0, 30].map((joins) => machine(joins, daysOf(uptimeDays(random, 0.999), DAYS))),
      weeks: [],
    }),
  },
  {
    id: 'late-joiner',
    label: 'late joiner: 99.9 % beside 95 % after half a year',
    kind: 'honest',
    life: (random) => ({
      machines: [
        machine(0, daysOf(uptimeDays(random, 0.95), DAYS)),
        machine(182, daysOf(uptimeDays(random, 0.999), DAYS)),
      ],
      weeks: [],
    }),
  },
  {
    id: 'thirty',
    label: 'thirty always-up identities beside a machine of 95 %',
    kind: 'attack',
    life: (random) => ({
      machines: [
        machine(0, daysOf(uptimeDays(random, 0.95), DAYS)),
        ...Array.from({ length: 30 }, () => machine(0, always(1))),
      ],
      weeks: [],
    }),
  },
]

/** Those that the plot shows beside the single machines. */
export const plottedFleets = fleets.filter(({ id }) => ['spares', 'rejoin', 'thirty'].includes(id))
