/** Six decimals are for reading: enough to see a thousandth of a point. */
export function roundTo6(value: number): number {
  return Math.round(value * 1e6) / 1e6
}
