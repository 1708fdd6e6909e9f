import { groth16 } from 'snarkjs'
import { AssayError } from '../protocol/errors.ts'
import type { Groth16ProofJson, Prove } from './prover.ts'

export { type PublishedArtifacts, readProverArtifacts } from './read-artifacts.ts'

/** The circuit's WebAssembly and proving key: their bytes (`readProverArtifacts`), or where snarkjs finds them uncompressed. */
export interface ProverArtifacts {
  wasm: Uint8Array | string
  zkey: Uint8Array | string
}

/**
 * A prover on snarkjs. Bytes that were checked against the key's record are to be preferred: of a path, nothing is checked.
 * A proof takes about a second and keeps worker threads waiting for the next: `closeProver` ends them.
 */
export function createProver({ wasm, zkey }: ProverArtifacts): Prove {
  return async (inputs) => {
    const { proof, publicSignals } = await groth16.fullProve(inputs, wasm, zkey).catch(refuse)
    return { proof: proofJson(proof), publicSignals: publicSignals.map(String) }
  }
}

/**
 * Ends the worker threads that snarkjs keeps in this process; without it a command does not end. Call it when no proof is
 * being made; the next proof starts them anew.
 */
export async function closeProver(): Promise<void> {
  await (globalThis as { curve_bn128?: { terminate: () => Promise<void> } | null }).curve_bn128?.terminate()
}

type SnarkjsProof = Awaited<ReturnType<typeof groth16.fullProve>>['proof']

/** snarkjs writes points projectively, with a last coordinate of 1. */
function proofJson({ pi_a, pi_b, pi_c }: SnarkjsProof): Groth16ProofJson {
  const pair = (point: readonly unknown[]): [string, string] => [String(point[0]), String(point[1])]
  return { a: pair(pi_a), b: [pair(pi_b[0]!), pair(pi_b[1]!)], c: pair(pi_c) }
}

/**
 * The witness calculator names the templates around the assertion that failed, from the inside out, and no value. Told is
 * the outermost part of the statement: the last but one, inside the circuit itself.
 */
function refuse(error: unknown): never {
  const message = error instanceof Error ? error.message : ''
  const templates = Array.from(message.matchAll(/Error in template (\w+?)(?:_\d+)? line/g), (match) => match[1]!)
  const template = templates.at(-2) ?? templates.at(-1)
  if (template === undefined) throw error
  const sentence = `No proof exists: the circuit's template ${template} refuses the statement`
  throw new AssayError('credentialInvalid', sentence, { template })
}
