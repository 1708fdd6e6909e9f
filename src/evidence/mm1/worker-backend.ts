import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { pathToFileURL } from 'node:url'
import { Tinypool } from 'tinypool'
import type { MultiplyBackend } from './multiply-matrices.ts'
import type { MultiplyTask } from './multiply-worker.ts'

export interface WorkerBackend {
  multiply: MultiplyBackend
  /** Ends the worker processes. */
  close: () => Promise<void>
}

/** Loads the TypeScript worker when this file itself runs as TypeScript (under tsx or vitest). */
function typescriptLoader(): string[] {
  return ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href]
}

/**
 * Starts worker processes (one a core unless told otherwise) that share each product by rows, and warms them up, so that
 * their start is over before a challenge's clock runs. Close it when done.
 */
export async function openWorkerBackend(workers: number = availableParallelism()): Promise<WorkerBackend> {
  const typescript = import.meta.url.endsWith('.ts')
  const pool = new Tinypool({
    filename: new URL(`./multiply-worker${typescript ? '.ts' : '.js'}`, import.meta.url).href,
    runtime: 'child_process',
    serialization: 'advanced',
    minThreads: workers,
    maxThreads: workers,
    idleTimeout: 2 ** 31 - 1,
    ...(typescript && { execArgv: typescriptLoader() }),
  })
  const multiply: MultiplyBackend = async (left, right, n) => {
    const rows = left.length / n
    const share = Math.ceil(rows / workers / 4) * 4
    const starts = Array.from({ length: Math.ceil(rows / share) }, (_, i) => i * share)
    const parts = await Promise.all(
      starts.map((first): Promise<Uint32Array> => {
        const task: MultiplyTask = { left: left.slice(first * n, (first + share) * n), right, n }
        return pool.run(task)
      }),
    )
    const product = new Uint32Array(rows * n)
    for (const [i, part] of parts.entries()) product.set(part, starts[i]! * n)
    return product
  }
  await multiply(new Uint16Array(128 * 128).fill(1), new Uint16Array(128 * 128).fill(1), 128)
  return { multiply, close: () => pool.destroy() }
}
