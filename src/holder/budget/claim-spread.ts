import { type ClaimGrid, gridAbove, gridBelow } from '../../protocol/claim-grid.ts'
import { claimDefinition } from '../../protocol/claim-schemas.ts'
import { complement, countSet, intersect, type ValueSet } from './value-set.ts'

/**
 * How the values of a claim are taken to be spread over all machines. Nobody knows the true distribution; these are
 * chosen so that wide bounds cost little and each further bound about halves what is left:
 * - `shared`: the same for all, such as the epoch: it singles nobody out;
 * - `sizes`: evenly on a logarithmic scale up to `to`, above about one `unit`;
 * - `nearTop`: the same, counted downward from `top`: most machines are up most of the time;
 * - `even`: about so many values, all alike;
 * - `points`: half of all are new, with few points (as `sizes`), the others evenly.
 */
type Spread =
  | { kind: 'shared' }
  | { kind: 'sizes'; unit: bigint; to: bigint }
  | { kind: 'nearTop'; unit: bigint; top: bigint }
  | Even
  | { kind: 'points'; to: bigint }
type Even = { kind: 'even'; values: number; to?: bigint }

const sizes = (unit: bigint, to: bigint): Spread => ({ kind: 'sizes', unit, to })
const even = (values: number, to?: bigint): Even => ({ kind: 'even', values, ...(to !== undefined && { to }) })
const shared: Spread = { kind: 'shared' }

const GIB = 1024n
const spreads: Record<string, Spread> = {
  model: even(32),
  vramMiB: sizes(GIB, 256n * GIB),
  gops: sizes(10n, 10_000_000n),
  memoryMBps: sizes(1000n, 10_000_000n),
  gpuCount: sizes(1n, 16n),
  computeCapability: even(12),
  powerLimitW: sizes(50n, 1000n),
  hostRamMiB: sizes(GIB, 4096n * GIB),
  ramMiB: sizes(GIB, 4096n * GIB),
  cores: sizes(1n, 512n),
  diskGiB: sizes(64n, 65_536n),
  netMbit: sizes(100n, 100_000n),
  virtual: even(2, 1n),
  epoch: shared,
  upSlots: even(144),
  downSlots: sizes(10n, 1440n),
  uptimeMicro: { kind: 'nearTop', unit: 100n, top: 1_000_000n },
  uptime30Micro: { kind: 'nearTop', unit: 100n, top: 1_000_000n },
  firstEpoch: even(1000),
  monitors: shared,
  inheritedSilence: sizes(1n, 30n),
  modelVersion: shared,
  score: { kind: 'points', to: 1000n },
  lower: { kind: 'points', to: 1000n },
  upper: even(1001, 1000n),
  evidenceHours: sizes(24n, 100_000n),
  lastEpoch: even(30),
  attestedShare: even(11, 100n),
  completed: sizes(1n, 1_000_000n),
  failed: sizes(1n, 1_000_000n),
  disputed: sizes(1n, 1_000_000n),
  ratingSum: sizes(1n, 1_000_000n),
  ratingCount: sizes(1n, 1_000_000n),
  distinctUsers: sizes(1n, 1_000_000n),
}

/** Whether the wallet knows how a claim is spread. */
export function hasSpread(name: string): boolean {
  return spreads[name] !== undefined
}

/** The share of all machines, above 0 and up to 1, whose claim is taken to lie in a set. A claim without spread: each value its own. */
export function shareOf(schema: string, name: string, set: ValueSet): number {
  const { grid } = claimDefinition(schema, name)
  const share = measure(spreads[name] ?? even(1_000_000), grid, set)
  return Math.min(1, Math.max(share, Number.EPSILON))
}

function measure(spread: Spread, grid: ClaimGrid, set: ValueSet): number {
  if (spread.kind === 'shared') return 1
  if (spread.kind === 'even') return evenShare(spread, grid, set)
  if (spread.kind === 'points') {
    const { to } = spread
    return (measure(even(Number(to) + 1, to), grid, set) + measure(sizes(1n, to), grid, set)) / 2
  }
  const top = spread.kind === 'sizes' ? spread.to : spread.top
  const unit = Number(spread.unit)
  // a grid value stands for what is rounded to it: it takes the place up to the next one
  const position =
    spread.kind === 'sizes'
      ? (value: bigint) => Math.log1p(Number(value) / unit)
      : (value: bigint) => -Math.log1p(Number(next(grid, top) - value) / unit)
  const length = ([min, max]: readonly [bigint, bigint]) => {
    const [first, last] = [gridAbove(grid, min), gridBelow(grid, max)]
    return first > last ? 0 : position(next(grid, last)) - position(first)
  }
  const whole = length([0n, top])
  return intersect(set, [[0n, top]]).reduce((sum, range) => sum + length(range), 0) / whole
}

function evenShare({ values, to }: Even, grid: ClaimGrid, set: ValueSet): number {
  if (complement(set).length === 0) return 1
  const inside = to === undefined ? set : intersect(set, [[0n, to]])
  const count = Number(countSet(grid, inside))
  // one bound alone can leave more values than there are said to be; it halves them nevertheless
  return to === undefined ? Math.min(0.5, count / values) : count / values
}

function next(grid: ClaimGrid, value: bigint): bigint {
  return gridAbove(grid, value + 1n)
}
