import * as z from 'zod'
import { CONSTANTS } from './constants.ts'

/** An epoch or a week: how many lie between the Unix epoch and it. */
export const zEpoch = z.int().min(0).max(4_294_967_295)

/**
 * How a service counts time. `genesisEpoch` is the oldest epoch that it knows; weights are counted from there.
 */
export const zSettings = z.strictObject({
  epochSeconds: z.int().min(1).max(31_536_000),
  genesisEpoch: zEpoch,
})
export type Settings = z.output<typeof zSettings>

/** The epoch in which a moment (Unix seconds) lies. */
export function ledgerEpochAt({ epochSeconds }: Settings, t: number): number {
  return Math.floor(t / epochSeconds)
}

/** ⌊(t − E)/E⌋ − 1: the newest closed epoch that everyone had one more epoch to submit. Nothing newer counts. */
export function horizonAt(settings: Settings, t: number): number {
  return ledgerEpochAt(settings, t) - 1 - CONSTANTS.submissionEpochs
}

/** The first moment (Unix seconds) at which an epoch counts. */
export function countsFrom({ epochSeconds }: Settings, epoch: number): number {
  return (epoch + 1 + CONSTANTS.submissionEpochs) * epochSeconds
}

/** The week of an epoch: weeks are 7 epochs, counted from the Unix epoch. */
export function weekOf(epoch: number): number {
  return Math.floor(epoch / CONSTANTS.epochsPerWeek)
}

/** The newest week whose epochs all count at a horizon; −1 before the first. */
export function weekHorizon(horizon: number): number {
  return weekOf(horizon + 1) - 1
}

/** The last epoch of a week. */
export function lastEpochOf(week: number): number {
  return (week + 1) * CONSTANTS.epochsPerWeek - 1
}
