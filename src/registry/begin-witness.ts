import { AssayError } from '../protocol/errors.ts'
import { intervalNumber } from '../protocol/time.ts'
import type { Registry } from './registry.ts'
import type { RootName } from './registry-store.ts'

/** After every root that there can be. */
const END: RootName = { number: Number.MAX_SAFE_INTEGER, sub: 0 }

/**
 * Prepares the state of a witness outside the publisher's service. A state that is new signs from the next interval on: its
 * keys may have signed roots of the present one with a state that was lost, and it must not sign other ones.
 * @returns the first number that it may sign
 * @throws AssayError `conflict` when the state is that of another witness
 */
export async function beginWitness(registry: Registry, witness: string): Promise<number> {
  const { store } = registry
  const mark = await store.witnessMark(witness)
  const signed = await store.cutBefore(END)
  if (mark !== undefined) return signed === undefined ? mark.number + 1 : 0
  if (signed !== undefined) throw new AssayError('conflict', 'This state is that of another witness: name its key')
  return (await markNow(registry, witness)) + 1
}

/**
 * Takes an operator's word that the clock is right: the witness measures the next roots against this moment.
 * @returns the number of the present interval
 */
export async function markNow({ store, clock, bootClock, genesis }: Registry, witness: string): Promise<number> {
  const number = intervalNumber(clock(), genesis.intervalSeconds)
  await store.putWitnessMark(witness, { ...bootClock(), number })
  return number
}

/** Whether a witness may sign this number by its state, which can be new. */
export async function hasBegun({ store }: Registry, number: number, witness: string): Promise<boolean> {
  const mark = await store.witnessMark(witness)
  if (mark === undefined || number > mark.number) return true
  return (await store.cutBefore(END)) !== undefined
}
