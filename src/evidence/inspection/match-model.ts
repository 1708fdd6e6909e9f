import { type CatalogueModel, catalogue } from './catalogue.ts'
import { normaliseModelName } from './normalise-model-name.ts'

/**
 * How far a driver's memory.total may lie from the nominal size. Below: ECC takes 1/16 on GDDR parts, and firmware up to
 * 1.5 % more (an A10 shows 22,731 of 24,576 MiB, a T4 15,109 of 16,384). Above: rounding of nominal sizes only.
 */
const MEMORY_SHORTFALL = 0.1
const MEMORY_EXCESS = 0.01

/** Whether a model is sold with about this much memory; true when nothing is known of either. */
export function memoryFits(model: CatalogueModel, memoryMiB: number | null): boolean {
  if (memoryMiB === null || model.memoryGiB.length === 0) return true
  return model.memoryGiB.some((size) => {
    const nominal = size * 1024
    return memoryMiB >= nominal * (1 - MEMORY_SHORTFALL) && memoryMiB <= nominal * (1 + MEMORY_EXCESS)
  })
}

/**
 * The catalogue's model for a name that a driver reports, or undefined. Where one name covers several parts
 * (`RTX 2060` with 6 and with 12 GB), the one whose memory fits is meant.
 */
export function matchModel(name: string, memoryMiB: number | null): CatalogueModel | undefined {
  const key = normaliseModelName(name)
  const candidates = catalogue.filter((model) => model.keys.includes(key))
  return candidates.find((model) => memoryFits(model, memoryMiB)) ?? candidates[0]
}

/** The model of a hardware credential's claim 0, or undefined (always for 0). */
export function modelById(id: bigint): CatalogueModel | undefined {
  return catalogue.find((model) => BigInt(model.id) === id)
}
