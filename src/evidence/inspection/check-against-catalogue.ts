import { AssayError } from '../../protocol/errors.ts'
import type { CatalogueModel } from './catalogue.ts'
import type { GpuInspection, InspectionReport } from './inspection-report.ts'
import { matchModel, memoryFits } from './match-model.ts'

/** Factory-overclocked cards allow up to 1.5 times the documented power limit (with special firmware more is seen). */
const POWER_EXCESS = 2

/**
 * Refuses a report that contradicts what the vendor documents of the model it names: another amount of memory (10 % less
 * or 1 % more than a size that is sold), another compute capability, or twice the power. A model that the catalogue does
 * not know can't contradict it, and gets the model id 0. Substituting one part for another with the same memory and
 * capability is not seen here, only by measuring.
 * @throws AssayError `catalogueContradiction`
 */
export function checkAgainstCatalogue(report: InspectionReport): void {
  if (report.kind === 'machine') return
  const model = matchModel(report.name, report.memoryMiB)
  const reason = model && contradiction(model, report)
  if (reason === undefined) return
  const message = `"${report.name}" is the catalogue's ${model!.name}, but ${reason}`
  throw new AssayError('catalogueContradiction', message, { model: model!.name, name: report.name })
}

function contradiction(model: CatalogueModel, report: GpuInspection): string | undefined {
  if (!memoryFits(model, report.memoryMiB)) {
    return `it reports ${report.memoryMiB} MiB of memory and is sold with ${model.memoryGiB.join(' or ')} GiB`
  }
  const { computeCapability: capability, powerLimitW } = report
  if (capability !== null && model.computeCapability !== 0 && capability !== model.computeCapability) {
    return `it reports compute capability ${capability / 10} and the model has ${model.computeCapability / 10}`
  }
  if (powerLimitW !== null && powerLimitW > model.powerW * POWER_EXCESS) {
    return `it reports a power limit of ${powerLimitW} W and the model is made for ${model.powerW} W`
  }
  return undefined
}
