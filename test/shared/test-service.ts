import { pino } from 'pino'
import { didSignerFromKey } from '../../src/protocol/index.ts'
import type { ServiceSettings } from '../../src/server/config.ts'
import { type RunningService, type ServeOptions, serve } from '../../src/server/serve.ts'
import type { DatabaseTarget } from '../../src/storage/database.ts'
import { type FreshDatabase, freshFolder } from './databases.ts'
import { KMS_SECRET } from './identity.ts'
import { digest } from './proof-fixture.ts'

/** An operator of every test service, and what it signs requests with. */
export const operatorSigner = didSignerFromKey(digest('did operator'))

/**
 * Small and quick: epochs of 20 s, a root each second, matrices that take milliseconds. The limits are wide, since a
 * machine may be busy: for clocks, and for answers to a measurement.
 */
export const testSettings = {
  port: 0,
  logLevel: 'fatal',
  operators: [operatorSigner.did],
  slotSeconds: 1,
  slotsPerEpoch: 20,
  replyWindowMs: 800,
  intervalSeconds: 1,
  skewSeconds: 60,
  allowSelfReported: true,
  measurementSize: 64,
  measurementLayers: 2,
  measurementSeconds: 300,
  requestsPerMinute: 100_000,
} satisfies ServiceSettings

export interface TestService extends RunningService {
  /** Closes it, and removes the database that was made for it. */
  stop: () => Promise<void>
}

/**
 * A real service in this process: real HTTP and WebSocket on a free port of the loopback, on a fresh embedded database, or
 * on `database` (which is then the caller's to remove). It handles no signals.
 * @example
 * const { url, stop } = await startTestService({ intervalSeconds: 2 })
 */
export async function startTestService(
  settings: ServiceSettings = {},
  { database, ...options }: ServeOptions & { database?: DatabaseTarget } = {},
): Promise<TestService> {
  const fresh: FreshDatabase | undefined = database === undefined ? await freshFolder() : undefined
  const merged = { ...testSettings, ...settingsOf(database ?? fresh!.target), ...settings }
  const log = pino({ level: merged.logLevel ?? 'fatal' })
  const running = await serve(merged, { signals: false, log, ...options })
  const stop = async () => {
    await running.close()
    await fresh?.remove()
  }
  return { ...running, stop }
}

/** The settings that name a database. */
export function settingsOf(target: DatabaseTarget): ServiceSettings {
  return 'url' in target ? { databaseUrl: target.url, kmsSecret: KMS_SECRET } : { dataFolder: target.dataFolder }
}
