/** The distribution of one contender's times or rates. */
export interface Figure {
  median: number
  /** First and third quartile: half of all samples lie between them. */
  q1: number
  q3: number
  samples: number
}

/** Something to be timed. It gets the number of the round, so that no two rounds need be about the same values. */
export type Contender = (round: number) => unknown

export interface Rounds {
  /** Rounds that are run first and not counted. */
  warmUp: number
  rounds: number
  /** Milliseconds, monotonic. */
  clock?: () => number
}

/**
 * Times several contenders, in milliseconds a call, by turns within each round, and each round begins with another of
 * them: what slows the machine for a while slows all of them alike.
 */
export async function measureByTurns<Name extends string>(
  contenders: Readonly<Record<Name, Contender>>,
  { warmUp, rounds, clock = () => performance.now() }: Rounds,
): Promise<Record<Name, Figure>> {
  const names = Object.keys(contenders) as Name[]
  const times = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round < warmUp + rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length]!
      const start = clock()
      await contenders[name](round)
      if (round >= warmUp) times.get(name)!.push(clock() - start)
    }
  }
  return Object.fromEntries(names.map((name) => [name, figureOf(times.get(name)!)])) as Record<Name, Figure>
}

/** Median and quartiles, interpolated between neighbours. @throws RangeError when there are no samples */
export function figureOf(samples: readonly number[]): Figure {
  if (samples.length === 0) throw new RangeError('A figure needs at least one sample')
  const sorted = samples.toSorted((a, b) => a - b)
  const quantile = (share: number) => {
    const place = share * (sorted.length - 1)
    const low = sorted[Math.floor(place)]!
    return low + (sorted[Math.ceil(place)]! - low) * (place - Math.floor(place))
  }
  return { median: quantile(0.5), q1: quantile(0.25), q3: quantile(0.75), samples: samples.length }
}
