import pow from '@stdlib/math-base-special-pow'
import { CONSTANTS } from './constants.ts'

const { halfLifeEpochs: T, weightBits } = CONSTANTS

/** w[j] = round(2^(40 + j/T)); stdlib's pow gives the same bits on every engine. */
const table: readonly bigint[] = Array.from({ length: T }, (_, j) => BigInt(Math.round(pow(2, weightBits + j / T))))

/** prefix[j] = w[0] + … + w[j−1]. */
const prefix: readonly bigint[] = runningSums(table)

/**
 * g, the weight of the i-th epoch since the genesis: 2^⌊i/T⌋ · w[i mod T]. Newer epochs weigh more and older ones never
 * change (forward decay: Cormode, Shkapenyuk, Srivastava, Xu, "Forward Decay", ICDE 2009), so no sum is ever decayed again.
 */
export function weight(index: number): bigint {
  return table[index % T]! << BigInt(Math.floor(index / T))
}

/** Sum of the weights of the first `count` epochs since the genesis, in constant time. */
function sumOfFirst(count: number): bigint {
  const doublings = BigInt(Math.floor(count / T))
  return ((1n << doublings) - 1n) * prefix[T]! + (prefix[count % T]! << doublings)
}

/** Sum of the weights from one index to another, both included; 0 when the range is empty. */
export function sumOfWeights(from: number, to: number): bigint {
  return to < from ? 0n : sumOfFirst(to + 1) - sumOfFirst(from)
}

// 2^-40 of an hour is the grain: every sum of hours stays below 2^52 grains, so doubles hold and subtract it exactly.
const GRAIN_BITS = 40n
const GRAIN = 2 ** 40

/**
 * Model hours behind a weighted sum of millionths, as of the epoch whose weight is `now`. Rounded down to 2^-40 h, which
 * keeps order, and keeps differences of hours exact.
 */
export function toHours(weightedMillionths: bigint, now: bigint): number {
  const hours = BigInt(CONSTANTS.hoursPerEpoch)
  return Number(((weightedMillionths * hours) << GRAIN_BITS) / (now * 1_000_000n)) / GRAIN
}

function runningSums(values: readonly bigint[]): bigint[] {
  const sums = [0n]
  for (const value of values) sums.push(sums.at(-1)! + value)
  return sums
}
