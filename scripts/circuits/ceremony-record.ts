import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { artifactPaths } from './paths.ts'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const blake2b = z.string().regex(/^[0-9a-f]{128}$/)

/** The ceremony record beside a key: what was compiled from what, and whose contributions the key holds. */
export const zCeremonyRecord = z.strictObject({
  circuit: z.string(),
  /** SHA-256 of the verification key's canonical JSON (RFC 8785), in hex: what presentations name the circuit and key by. */
  id: sha256,
  /** `development` keys prove nothing to a stranger: verifiers refuse them in production. */
  label: z.enum(['development', 'production']),
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
  /** SHA-256 of each source of the circuit, by its path below circuits/. */
  sources: z.record(z.string(), sha256),
  powersOfTau: z.strictObject({ name: z.string(), kind: z.enum(['published', 'development']), blake2b }),
  /** BLAKE2b-512 of the key before any contribution, which the key carries along. */
  circuitHash: blake2b,
  contributions: z
    .array(
      z.strictObject({
        name: z.string(),
        type: z.enum(['contribution', 'beacon']),
        hash: blake2b,
        beacon: z.strictObject({ value: z.string(), iterationsExp: z.int() }).optional(),
      }),
    )
    .min(1),
})

export type CeremonyRecord = z.infer<typeof zCeremonyRecord>

/** Reads the committed record of a circuit. Throws when there is none, or ZodError when it isn't of that shape. */
export async function readCeremonyRecord(name: string): Promise<CeremonyRecord> {
  return zCeremonyRecord.parse(JSON.parse(await readFile(artifactPaths(name).record, 'utf8')))
}
