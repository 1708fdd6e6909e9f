import { ENTRY_MASK } from './parameters.ts'

/**
 * f_l, which turns the entries of layer l−1 into 9-bit entries for layer l (1 ≤ l) and keeps the chain from being
 * shortened by associativity: h = (x ^ l·0x9E3779B9)·0x85EBCA6B; h ^= h>>15; h *= 0xC2B2AE35; h ^= h>>16; h & 511.
 */
export function layerEntries(layer: number, previous: Uint32Array): Uint16Array {
  const salt = Math.imul(layer, 0x9e3779b9)
  return Uint16Array.from(previous, (x) => {
    let h = Math.imul(x ^ salt, 0x85ebca6b)
    h ^= h >>> 15
    h = Math.imul(h, 0xc2b2ae35)
    h ^= h >>> 16
    return h & ENTRY_MASK
  })
}
