import { jcsHash } from '../../protocol/jcs.ts'

/**
 * Every constant of score model 1. Changing any of them makes another model, with another version. One epoch is always
 * 24 model hours, however long it really lasts; a week is 7 epochs.
 */
export const CONSTANTS = {
  modelVersion: 1,
  hoursPerEpoch: 24,
  epochsPerWeek: 7,
  /** Epochs between an epoch's close and the moment from which it counts: everyone had one more to submit. */
  submissionEpochs: 1,
  /** After so many epochs, an epoch weighs half. */
  halfLifeEpochs: 90,
  /** The table of weights starts at 2^weightBits. */
  weightBits: 40,
  /** After so many epochs, a pseudonym is half grown up. */
  maturityHalfLifeEpochs: 45,
  /** Outage that every pseudonym owes from its first day. */
  priorDownHours: 4,
  /** Hours that count as one independent observation for the bounds. */
  hoursPerObservation: 12,
  /** The bounds leave this probability on either side. */
  tail: 0.05,
  /** So many nines of uptime make the uptime factor 1. */
  nines: 3,
  /** Shares of an epoch that a holder may prove, in millionths. */
  rungsMicro: [500_000, 800_000, 900_000, 950_000, 990_000, 995_000, 999_000, 999_900],
  /** Below this level of the source of uptime or of the hardware's throughput, an epoch does not count. */
  minSourceLevel: 2,
  /** A pseudonym's first device joins with its present epoch, or with one of so many before it. */
  joinEpochsBack: 3,
  /** A first device that changed hands begins with so many silent epochs. */
  inheritedSilenceEpochs: 30,
  /** A device that retires counts for so many epochs more. */
  retirementEpochs: 7,
  jobs: {
    maxCompletedPerInterval: 50,
    failedWeight: 6,
    disputedWeight: 12,
    missingStarWeight: 0.25,
    maxStars: 5,
    slowPrior: 2,
    fastPrior: 5,
    slowHalfLifeWeeks: 6,
    fastHalfLifeWeeks: 1,
    countedMarketplaces: 2,
  },
  uptimeShare: 0.6,
  jobsShare: 0.4,
  maxScore: 1000,
  /** Added before rounding down, so that a whole number survives the last bit of a product. */
  roundingSlack: 1e-9,
} as const

/** Names the model exactly: the hash of its constants. */
export const constantsHash: string = jcsHash(CONSTANTS)

/** A share of an epoch that a holder may prove, in millionths. */
export type RungMicro = (typeof CONSTANTS.rungsMicro)[number]

/** The next rung up: the most that a holder's true share can have been. Above the highest lies the whole epoch. */
export function nextRung(rung: RungMicro): number {
  return CONSTANTS.rungsMicro[CONSTANTS.rungsMicro.indexOf(rung) + 1] ?? 1_000_000
}
