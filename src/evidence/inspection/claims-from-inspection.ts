import { COMPUTE, HARDWARE } from '../../protocol/claim-schemas.ts'
import { AssayError } from '../../protocol/errors.ts'
import { checkAgainstCatalogue } from './check-against-catalogue.ts'
import type { InspectionReport } from './inspection-report.ts'
import { matchModel } from './match-model.ts'

/** The schema under which a report's device is described. */
export function schemaOfReport(report: InspectionReport): typeof HARDWARE | typeof COMPUTE {
  return report.kind === 'gpu' ? HARDWARE : COMPUTE
}

/**
 * The eight claims that an inspection alone supports, of assurance 1 and not yet rounded to the schema's grid. Nothing is
 * measured, so throughput and memory bandwidth are 0; what the driver does not tell is 0 too, which only costs the holder.
 * @throws AssayError `catalogueContradiction`; `evidenceRejected` for a GPU that is divided into slices, since the whole
 * GPU's values say nothing of the slice that a holder has.
 */
export function claimsFromInspection(report: InspectionReport): bigint[] {
  if (report.kind === 'machine') return [0n, BigInt(report.ramMiB), 0n, 0n, BigInt(report.cores), 0n, 0n, 1n]
  checkAgainstCatalogue(report)
  if (report.mig === 'enabled') {
    throw new AssayError(
      'evidenceRejected',
      `${report.name} is divided into slices (MIG), so it can't be claimed whole`,
    )
  }
  const model = matchModel(report.name, report.memoryMiB)
  return [
    BigInt(model?.id ?? 0),
    BigInt(report.memoryMiB ?? 0),
    0n,
    0n,
    1n,
    BigInt(report.computeCapability ?? 0),
    BigInt(Math.floor(report.powerLimitW ?? 0)),
    1n,
  ]
}

/**
 * The same claims after a timed challenge was passed for the device: throughput is the challenge's lower bound, and the
 * assurance 2. The challenge bounds what answered for the device's key, whatever in the machine did the work.
 */
export function withMeasuredThroughput(claims: readonly bigint[], mops: number): bigint[] {
  return claims.map((claim, slot) => (slot === 2 ? BigInt(mops) : slot === 7 && claim < 2n ? 2n : claim))
}
