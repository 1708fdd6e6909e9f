import * as snarkjs from 'snarkjs'

type Group = {
  /** Reads an affine point in little-endian Montgomery form: what zkey files hold. */
  fromRprLEM: (bytes: Uint8Array, offset: number) => unknown
  /** Writes a point's coordinates big-endian: what snarkjs hashes. */
  toRprUncompressed: (bytes: Uint8Array, offset: number, point: unknown) => void
}

export type Curve = { G1: Group; G2: Group; terminate: () => Promise<void> }

// The package exports it, its types don't know it.
const { curves } = snarkjs as unknown as { curves: { getCurveFromName: (name: string) => Promise<Curve> } }

/** The curve BN254, with the worker threads that snarkjs computes on. They keep a process alive until terminated. */
export function bn254(): Promise<Curve> {
  return curves.getCurveFromName('bn128')
}
