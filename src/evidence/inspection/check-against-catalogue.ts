import { AssayError, isAssayError } from '../../protocol/errors.ts'
import type { CatalogueModel } from './catalogue.ts'
import type { GpuInspection } from './inspection-report.ts'
import { matchModel, memoryFits } from './match-model.ts'

/** Factory-overclocked cards allow up to 1.5 times the documented power limit (with special firmware more is seen). */
const POWER_EXCESS = 2

/** A GPU that can't be claimed, and why. */
export interface RejectedGpu {
  gpu: GpuInspection
  error: AssayError
}

/**
 * Judges each GPU by itself: one card's fault never hides another. Rejected are cards that contradict the catalogue, and
 * cards that are divided into slices, since the whole card's values do not describe a slice.
 */
export function judgeGpus(gpus: readonly GpuInspection[]): { accepted: GpuInspection[]; rejected: RejectedGpu[] } {
  const accepted: GpuInspection[] = []
  const rejected: RejectedGpu[] = []
  for (const gpu of gpus) {
    try {
      checkAgainstCatalogue(gpu)
      assertWhole(gpu)
      accepted.push(gpu)
    } catch (error) {
      if (!isAssayError(error)) throw error
      rejected.push({ gpu, error })
    }
  }
  return { accepted, rejected }
}

/**
 * Refuses a GPU that contradicts what the vendor documents of the model it names: another amount of memory (10 % less or 1 %
 * more than a size that is sold), another compute capability, or twice the power. A model that the catalogue does not know
 * can't contradict it, and gets the model id 0. Substituting one part for another with the same memory and capability is not
 * seen here, only by measuring.
 * @throws AssayError `catalogueContradiction`
 */
export function checkAgainstCatalogue(gpu: GpuInspection): void {
  const model = matchModel(gpu.name, gpu.memoryMiB)
  const reason = model && contradiction(model, gpu)
  if (reason === undefined) return
  const message = `"${gpu.name}" is the catalogue's ${model!.name}, but ${reason}`
  throw new AssayError('catalogueContradiction', message, { model: model!.name, name: gpu.name, member: gpu.member })
}

/** @throws AssayError `evidenceRejected` */
function assertWhole({ mig, parent, name, member }: GpuInspection): void {
  if (mig !== 'enabled' || parent !== undefined) return
  const message = `${name} is divided into slices (MIG), so it can't be claimed whole`
  throw new AssayError('evidenceRejected', message, { member })
}

function contradiction(model: CatalogueModel, gpu: GpuInspection): string | undefined {
  // a slice has a part of its card's memory and power
  if (gpu.parent !== undefined) return undefined
  if (!memoryFits(model, gpu.memoryMiB)) {
    return `it reports ${gpu.memoryMiB} MiB of memory and is sold with ${model.memoryGiB.join(' or ')} GiB`
  }
  const { computeCapability: capability, powerLimitW } = gpu
  if (capability !== null && model.computeCapability !== 0 && capability !== model.computeCapability) {
    return `it reports compute capability ${capability / 10} and the model has ${model.computeCapability / 10}`
  }
  if (powerLimitW !== null && powerLimitW > model.powerW * POWER_EXCESS) {
    return `it reports a power limit of ${powerLimitW} W and the model is made for ${model.powerW} W`
  }
  return undefined
}
