import type { CircuitInputs } from '../protocol/circuit-inputs.ts'
import type { PresentationJson } from '../protocol/presentation.ts'

/** A Groth16 proof as a presentation carries it. */
export type Groth16ProofJson = PresentationJson['proofs'][number]['proof']

/**
 * Makes one proof of circuits/presentation.circom. `publicSignals` are the seven, in decimal.
 * Throws `credentialInvalid` when the circuit refuses the inputs.
 */
export type Prove = (inputs: CircuitInputs) => Promise<{ proof: Groth16ProofJson; publicSignals: string[] }>

/** A prover, and the id of the circuit and key that it proves under. */
export interface Prover {
  circuit: string
  prove: Prove
}
