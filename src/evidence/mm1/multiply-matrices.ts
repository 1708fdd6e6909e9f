/**
 * Multiplies on some hardware: `left` has any multiple of 4 rows of n entries, `right` n rows, all entries ≤ 511,
 * row-major. Resolves to the rows of the product. The CPU's are here and in worker-backend.ts.
 */
export type MultiplyBackend = (left: Uint16Array, right: Uint16Array, n: number) => Promise<Uint32Array>

/** Two sums share a double: 26 bits each, since 511² · 256 < 2²⁶, so both stay exact below 2⁵³. */
const FIELD = 2 ** 26
const BLOCK = 256

/**
 * The product on this thread, exactly. Pairs of columns of `right` are packed into one double, so that each
 * multiplication serves two entries; after 256 terms the two sums are taken apart and added to the result. Tiles of four
 * rows by four columns stay in registers. About 4·10⁹ multiply-adds a second on one 2020s core.
 */
export function multiplyMatrices(left: Uint16Array, right: Uint16Array, n: number): Uint32Array {
  const rows = left.length / n
  if (n % 4 !== 0 || rows % 4 !== 0) throw new RangeError(`Rows (${rows}) and n (${n}) must be multiples of 4`)
  const packed = packColumns(right, n)
  const entries = Float64Array.from(left)
  const product = new Uint32Array(rows * n)
  for (let first = 0; first < n; first += BLOCK) {
    const end = Math.min(n, first + BLOCK)
    for (let column = 0; column < n; column += 4) {
      for (let row = 0; row < rows; row += 4) addTile(product, entries, packed, n, row, column, first, end)
    }
  }
  return product
}

/** Column pairs (2p, 2p+1) one after the other, each as n doubles: even + odd·2²⁶. */
function packColumns(right: Uint16Array, n: number): Float64Array {
  const packed = new Float64Array((n * n) / 2)
  for (let k = 0; k < n; k++) {
    for (let pair = 0; pair < n / 2; pair++) {
      packed[pair * n + k] = right[k * n + 2 * pair]! + right[k * n + 2 * pair + 1]! * FIELD
    }
  }
  return packed
}

function addTile(
  product: Uint32Array,
  left: Float64Array,
  right: Float64Array,
  n: number,
  row: number,
  column: number,
  first: number,
  end: number,
): void {
  const [l0, l1, l2, l3] = [row * n, (row + 1) * n, (row + 2) * n, (row + 3) * n]
  const [r0, r1] = [(column / 2) * n, (column / 2 + 1) * n]
  let [s00, s01, s10, s11, s20, s21, s30, s31] = [0, 0, 0, 0, 0, 0, 0, 0]
  for (let k = first; k < end; k++) {
    const y0 = right[r0 + k]!
    const y1 = right[r1 + k]!
    const x0 = left[l0 + k]!
    const x1 = left[l1 + k]!
    const x2 = left[l2 + k]!
    const x3 = left[l3 + k]!
    s00 += x0 * y0
    s01 += x0 * y1
    s10 += x1 * y0
    s11 += x1 * y1
    s20 += x2 * y0
    s21 += x2 * y1
    s30 += x3 * y0
    s31 += x3 * y1
  }
  addPair(product, l0 + column, s00)
  addPair(product, l0 + column + 2, s01)
  addPair(product, l1 + column, s10)
  addPair(product, l1 + column + 2, s11)
  addPair(product, l2 + column, s20)
  addPair(product, l2 + column + 2, s21)
  addPair(product, l3 + column, s30)
  addPair(product, l3 + column + 2, s31)
}

function addPair(product: Uint32Array, at: number, sums: number): void {
  const odd = Math.floor(sums / FIELD)
  product[at] = product[at]! + (sums - odd * FIELD)
  product[at + 1] = product[at + 1]! + odd
}

/** The back end that multiplies on this very thread. */
export const multiplyInProcess: MultiplyBackend = async (left, right, n) => multiplyMatrices(left, right, n)
