import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { zKeyLabel } from '../../src/protocol/circuit-id.ts'
import { zContributions } from '../../src/verifier/contributions.ts'
import { artifactPaths } from './paths.ts'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const blake2b = z.string().regex(/^[0-9a-f]{128}$/)

/** The ceremony record beside a key: what was compiled from what, and whose contributions the key holds. */
export const zCeremonyRecord = z.strictObject({
  circuit: z.string(),
  /** What requests and presentations name circuit, key and label by: `circuitIdOf(key, label)`. */
  id: sha256,
  /** `development` keys prove nothing to a stranger: verifiers refuse them in production. */
  label: zKeyLabel,
  constraints: z.int().min(1),
  publicSignals: z.array(z.string()),
  compiler: z.strictObject({
    package: z.string(),
    circom: z.string(),
    flags: z.array(z.string()),
    circomlib: z.string(),
  }),
  /** SHA-256 of each file; the r1cs isn't kept, since it is compiled again at will. */
  files: z.strictObject({ r1cs: sha256, wasm: sha256, zkey: sha256, vkey: sha256 }),
  /** SHA-256 of each source that the circuit includes, and of its own entry in circuits.json, by path below circuits/. */
  sources: z.record(z.string(), sha256),
  powersOfTau: z.strictObject({ name: z.string(), kind: z.enum(['published', 'development']), blake2b }),
  // circuitHash and contributions, which the key carries along
  ...zContributions.shape,
})

/** The record as JSON holds it. */
export type CeremonyRecord = z.input<typeof zCeremonyRecord>

/** Reads the committed record of a circuit. Throws when there is none, or ZodError when it isn't of that shape. */
export async function readCeremonyRecord(name: string): Promise<CeremonyRecord> {
  const record: unknown = JSON.parse(await readFile(artifactPaths(name).record, 'utf8'))
  zCeremonyRecord.parse(record)
  return record as CeremonyRecord
}
