import type { Prove } from '../holder/index.ts'
import { loadProvingArtifacts } from '../storage/circuit-artifacts.ts'

/** A prover under the committed key, and the id of circuit and key. */
export interface Prover {
  circuit: string
  prove: Prove
}

/** Runs work that proves, and ends the prover's workers after it: the command would not end otherwise. */
export async function withProver<T>(work: (prover: Prover) => Promise<T>): Promise<T> {
  // snarkjs is large, and most commands prove nothing
  const { closeProver, createProver } = await import('../holder/prove.ts')
  const { record, wasm, zkey } = await loadProvingArtifacts()
  try {
    return await work({ circuit: record.id, prove: createProver({ wasm, zkey }) })
  } finally {
    await closeProver()
  }
}
