import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface BenchService {
  url: string
  /** The pseudonym with a past, and how long that is. */
  pseudonym: string
  epochs: number
  stop: () => Promise<void>
}

/** Starts a service in a process of its own, on a database in a new temporary folder. */
export async function startService(): Promise<BenchService> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-bench-'))
  const script = fileURLToPath(new URL('service-process.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', script, join(folder, 'data')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const stop = async () => {
    child.kill('SIGTERM')
    await exited
    await rm(folder, { recursive: true, force: true })
  }
  const ready = once(createInterface({ input: child.stdout }), 'line')
  const line = await Promise.race([ready, exited.then(() => undefined)])
  if (line === undefined) {
    await stop()
    throw new Error('The service ended before it was ready')
  }
  return { ...JSON.parse(line[0]), stop }
}
