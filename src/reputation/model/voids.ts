import type { Settings } from './epochs.ts'
import type { VoidEpoch } from './ledger.ts'
import { weight } from './weights.ts'

/** The service's void epochs, ascending, with prefix sums of their weights: one list serves every pseudonym. */
export interface VoidIndex {
  epochs: number[]
  /** prefix[i] = sum of the weights of the first i void epochs. */
  prefix: bigint[]
  set: ReadonlySet<number>
}

/** Indexes the epochs that were declared void by t. */
export function indexVoids({ genesisEpoch }: Settings, voids: readonly VoidEpoch[], t: number): VoidIndex {
  const set = new Set(voids.filter((v) => v.declaredAt <= t && v.epoch >= genesisEpoch).map((v) => v.epoch))
  const epochs = [...set].sort((a, b) => a - b)
  const prefix = [0n]
  for (const epoch of epochs) prefix.push(prefix.at(-1)! + weight(epoch - genesisEpoch))
  return { epochs, prefix, set }
}

export const noVoids: VoidIndex = { epochs: [], prefix: [0n], set: new Set() }

/** Index range [first, end) of the void epochs between two epochs, both included. */
export function voidRange({ epochs }: VoidIndex, from: number, to: number): [first: number, end: number] {
  return [firstAtLeast(epochs, from), firstAtLeast(epochs, to + 1)]
}

/** Sum of the weights of the void epochs between two epochs, both included. */
export function voidWeight(index: VoidIndex, from: number, to: number): bigint {
  const [first, end] = voidRange(index, from, to)
  return end <= first ? 0n : index.prefix[end]! - index.prefix[first]!
}

function firstAtLeast(ascending: readonly number[], value: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}
