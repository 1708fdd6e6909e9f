import * as z from 'zod'
import { type AssayProcess, spawnAssay } from './spawn-assay.ts'

/** Seconds where a real service has minutes and days; the model and every check are the same. */
export const DEMO_SETTINGS = {
  slotSeconds: 1,
  slotsPerEpoch: 20,
  replyWindowMs: 800,
  intervalSeconds: 5,
  skewSeconds: 2,
  measurementSize: 256,
  measurementLayers: 8,
  measurementSeconds: 60,
  requestsPerMinute: 10_000,
  logLevel: 'error',
} as const

/** The demo shows what the machine says of itself beside what was measured. A real service refuses such credentials. */
const FLAGS = ['--allow-self-reported']

export const EPOCH_SECONDS = DEMO_SETTINGS.slotSeconds * DEMO_SETTINGS.slotsPerEpoch

const zStarted = z.looseObject({
  ok: z.literal(true),
  url: z.url(),
  registryId: z.string(),
  operatorKey: z.string(),
  reputation: z.string(),
})
export type StartedService = z.output<typeof zStarted> & { process: AssayProcess }

/** `assay serve` as a process of its own, on a free port and a data folder of its own. */
export async function startService(dataFolder: string): Promise<StartedService> {
  const flags = Object.entries(DEMO_SETTINGS).flatMap(([name, value]) => [`--${kebab(name)}`, String(value)])
  const process = spawnAssay(['serve', '--json', '--port', '0', '--data-folder', dataFolder, ...FLAGS, ...flags])
  return { ...zStarted.parse(await process.firstLine()), process }
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
