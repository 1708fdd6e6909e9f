import { MATRIX_MODULUS } from './parameters.ts'

/**
 * a·b mod 2³¹−1 for up to 8192 entries below 2³¹ each. b is split at 16 bits, so that each partial product stays below
 * 2⁴⁷ and 32 of them are exact in a double.
 */
export function dotModulo(a: ArrayLike<number>, b: Uint32Array): number {
  let low = 0
  let high = 0
  for (let start = 0; start < b.length; start += 32) {
    const end = Math.min(b.length, start + 32)
    for (let i = start; i < end; i++) {
      low += a[i]! * (b[i]! & 0xffff)
      high += a[i]! * (b[i]! >>> 16)
    }
    low %= MATRIX_MODULUS
    high %= MATRIX_MODULUS
  }
  // high·2¹⁶ < 2⁴⁷
  return (low + high * 65_536) % MATRIX_MODULUS
}
