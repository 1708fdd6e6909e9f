import { base64 } from '@scure/base'
import { gunzipSync } from 'fflate'
import { MCL_GZIP_BASE64 } from './mcl-bytes.ts'

/*
 * mcl's WebAssembly, in an instance of our own: no other user of mcl in the process can set it to another curve.
 * A value is a copy of mcl's bytes in JavaScript's memory, in Montgomery form, points in Jacobian coordinates. Each call
 * lays its operands on mcl's stack and frees them, so that any number of verifications may be under way.
 */

/** Bytes of mcl's values in the build of mcl-wasm: 384 bits for base field elements, 256 for scalars. */
export const SIZE = { fp: 48, fp2: 96, fr: 32, g1: 144, g2: 288, gt: 576 } as const

const CURVE_BN_SNARK1 = 4
/** The sizes that the caller assumes, as mcl wants to be told them: scalars of 4 words, base field elements of 6. */
const COMPILED_FOR = 4 * 10 + 6
const RADIX_HEX = 16

type Pointer = number
/** Pointers come first: the result's, then the operands'. */
type MclFunction = (...args: number[]) => number
type FunctionName =
  | 'mclBnFp_setStr'
  | 'mclBnFr_setStr'
  | `mclBnFp2_${'sqr' | 'mul' | 'add' | 'div' | 'isEqual'}`
  | `mclBnG1_${'isValid' | 'isEqual' | 'add' | 'neg' | 'mulVec'}`
  | `mclBnG2_${'isValidOrder' | 'isEqual'}`
  | `mclBnGT_${'isEqual' | 'mul'}`
  | `mclBn_${'millerLoop' | 'finalExp' | 'precomputeG2' | 'precomputedMillerLoop2'}`
type Exports = Record<
  | FunctionName
  | '__wasm_call_ctors'
  | 'mclBn_init'
  | 'mclBn_getUint64NumToPrecompute'
  | 'stackSave'
  | 'stackRestore'
  | 'stackAlloc',
  MclFunction
>

// the part of the WebAssembly API that is used: it is in TypeScript's `dom` alone, which Node programs don't load
declare const WebAssembly: {
  Memory: new (options: { initial: number }) => { buffer: ArrayBuffer }
  instantiate(
    bytes: Uint8Array,
    imports: { env: { memory: { buffer: ArrayBuffer } } },
  ): Promise<{ instance: { exports: unknown } }>
}
const INITIAL_PAGES = 32

/** mcl, set to BN254. */
export interface Mcl {
  /** What a function writes as its result of `size` bytes, from values. `extra` arguments follow the pointers. */
  compute(name: FunctionName, size: number, values: readonly Uint8Array[], extra?: readonly number[]): Uint8Array
  /** What a function answers about values. */
  ask(name: FunctionName, values: readonly Uint8Array[]): boolean
  /** A field element from a number below the field's order. */
  element(name: FunctionName, size: number, value: bigint): Uint8Array
  /** How many bytes the line coefficients of a point of G2 take. */
  preparedSize: number
}

/** Loads an instance of mcl. */
export async function loadMcl(): Promise<Mcl> {
  const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES })
  const wasm = gunzipSync(base64.decode(MCL_GZIP_BASE64))
  const { instance } = await WebAssembly.instantiate(wasm, { env: { memory } })
  const mcl = instance.exports as Exports
  mcl.__wasm_call_ctors()
  const failed = mcl.mclBn_init(CURVE_BN_SNARK1, COMPILED_FOR)
  if (failed !== 0) throw new Error(`mcl does not start: ${failed}`)

  /** Runs `work` with room for a result and copies of values on mcl's stack. */
  function onStack<T>(size: number, values: readonly Uint8Array[], work: (at: Pointer[]) => T): T {
    const stack = mcl.stackSave()
    try {
      const places = [size, ...values.map(({ length }) => length)].map((length) => mcl.stackAlloc(length))
      // a view of its own for each call: the memory's buffer is another one after it has grown
      const heap = new Uint8Array(memory.buffer)
      for (const [i, value] of values.entries()) heap.set(value, places[i + 1])
      return work(places)
    } finally {
      mcl.stackRestore(stack)
    }
  }
  const read = (at: Pointer, size: number) => new Uint8Array(memory.buffer).slice(at, at + size)

  return {
    compute: (name, size, values, extra = []) =>
      onStack(size, values, (places) => {
        mcl[name](...places, ...extra)
        return read(places[0]!, size)
      }),
    ask: (name, values) => onStack(0, values, ([, ...places]) => mcl[name](...places) === 1),
    element: (name, size, value) => {
      const digits = Uint8Array.from(value.toString(RADIX_HEX), (digit) => digit.charCodeAt(0))
      return onStack(size, [digits], ([at, text]) => {
        const refused = mcl[name](at!, text!, digits.length, RADIX_HEX)
        if (refused !== 0) throw new RangeError('A field element is below the order of its field')
        return read(at!, size)
      })
    },
    preparedSize: 8 * mcl.mclBn_getUint64NumToPrecompute(),
  }
}
