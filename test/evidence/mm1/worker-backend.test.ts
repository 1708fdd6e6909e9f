import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { matrixRows, multiplyMatrices } from '../../../src/evidence/index.ts'
import { openWorkerBackend, type WorkerBackend } from '../../../src/evidence/mm1/worker-backend.ts'

describe('worker back end', () => {
  let backend: WorkerBackend
  beforeAll(async () => {
    backend = await openWorkerBackend(2)
  })
  afterAll(() => backend.close())

  test.each([16, 48, 64, 272])('agrees with the kernel at n = %i', async (n) => {
    const left = matrixRows(new Uint8Array(32).fill(1), 1, n, 0, n)
    const right = matrixRows(new Uint8Array(32).fill(2), 2, n, 0, n)
    expect(await backend.multiply(left, right, n)).toEqual(multiplyMatrices(left, right, n))
  })
})
