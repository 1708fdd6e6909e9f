import { type ClaimDefinition, claimSchema, claimSlot } from '../protocol/claim-schemas.ts'

/** What a claim is called in front of people. RAM is called RAM: a machine's main memory is never a GPU's. */
const labels: Record<string, string> = {
  model: 'model',
  vramMiB: 'GPU memory (VRAM)',
  ramMiB: 'main memory (RAM)',
  integerMops: 'integer throughput',
  memoryMBps: 'memory bandwidth',
  gpuCount: 'number of GPUs',
  computeCapability: 'compute capability, times ten',
  powerLimitW: 'power limit',
  cores: 'processor cores',
  epoch: 'epoch',
  upSlots: 'slots up',
  downSlots: 'slots down',
  uptimeMicro: 'share of the epoch that it was up',
  uptime30Micro: 'share of the last 30 epochs that it was up',
  firstEpoch: 'first epoch',
  monitors: 'number of monitors',
  modelVersion: 'version of the score model',
  score: 'score (0 to 1000)',
  lower: "score's lower bound (0 to 1000)",
  upper: "score's upper bound (0 to 1000)",
  evidenceHours: 'hours of evidence',
  lastEpoch: 'last epoch',
  completed: 'jobs completed',
  failed: 'jobs failed',
  disputed: 'jobs disputed',
  ratingSum: 'stars received',
  ratingCount: 'ratings received',
  assurance: 'assurance',
}

const units: Record<string, string> = {
  vramMiB: 'MiB',
  ramMiB: 'MiB',
  integerMops: 'million operations per second',
  memoryMBps: 'MB/s',
  powerLimitW: 'W',
}

/** What each assurance level is worth. Level 1 is never called verified. */
export const assuranceWords = [
  'none',
  'self-reported: nobody checked it',
  'measured by a timed challenge',
  "attested by the hardware's vendor",
] as const

/** A claim's name in plain words. */
export function claimLabel(name: string): string {
  return labels[name] ?? name
}

/** A claim's value with its unit, in plain words. */
export function claimValue(name: string, value: bigint): string {
  if (name === 'assurance') return `${value} (${assuranceWords[Number(value)] ?? 'unknown level'})`
  if (name === 'uptimeMicro' || name === 'uptime30Micro') return `${Number(value) / 10_000} %`
  const unit = units[name]
  return unit === undefined ? String(value) : `${value} ${unit}`
}

/** A claim's definition in its schema. @throws AssayError `unknownSchema`, `malformed` */
export function claimDefinition(schema: string, name: string): ClaimDefinition {
  return claimSchema(schema).claims[claimSlot(schema, name)]!
}
