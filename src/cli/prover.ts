import type { Prove, Prover } from '../holder/index.ts'
import { loadProvingArtifacts } from '../storage/circuit-artifacts.ts'

/** Runs work that proves, and ends the prover's workers after it: the command would not end otherwise. */
export async function withProver<T>(work: (prover: Prover) => Promise<T>): Promise<T> {
  const { record, wasm, zkey } = await loadProvingArtifacts()
  let closeProver: (() => Promise<void>) | undefined
  let prove: Prove | undefined
  try {
    return await work({
      circuit: record.id,
      // snarkjs is large, and much is refused before anything is proved
      prove: async (inputs) => {
        if (prove === undefined) {
          const proving = await import('../holder/prove.ts')
          closeProver = proving.closeProver
          prove = proving.createProver({ wasm, zkey })
        }
        return prove(inputs)
      },
    })
  } finally {
    await closeProver?.()
  }
}
