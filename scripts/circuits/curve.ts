import * as snarkjs from 'snarkjs'

type Group<Coordinate> = {
  /** Reads an affine point in little-endian Montgomery form: what zkey files hold. */
  fromRprLEM: (bytes: Uint8Array, offset: number) => unknown
  /** A point's coordinates; a third, 1, says that it isn't at infinity. */
  toObject: (point: unknown) => [Coordinate, Coordinate, Coordinate]
}

export type Curve = { G1: Group<bigint>; G2: Group<[bigint, bigint]>; terminate: () => Promise<void> }

// The package exports it, its types don't know it.
const { curves } = snarkjs as unknown as { curves: { getCurveFromName: (name: string) => Promise<Curve> } }

/** The curve BN254, with the worker threads that snarkjs computes on. They keep a process alive until terminated. */
export function bn254(): Promise<Curve> {
  return curves.getCurveFromName('bn128')
}
