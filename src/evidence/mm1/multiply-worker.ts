import { multiplyMatrices } from './multiply-matrices.ts'

export interface MultiplyTask {
  left: Uint16Array
  right: Uint16Array
  n: number
}

/** Runs in a worker process of worker-backend.ts. */
export default function multiply({ left, right, n }: MultiplyTask): Uint32Array {
  return multiplyMatrices(left, right, n)
}
