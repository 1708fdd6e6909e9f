import { Field } from '@noble/curves/abstract/modular.js'
import { grainGenConstants, poseidon as permutation } from '@noble/curves/abstract/poseidon.js'
import { FIELD_ORDER } from './field.ts'

const ROUNDS_FULL = 8

/** Partial rounds for each number of inputs (the paper's table 2, for 128 bits of security; circomlib's numbers). */
const ROUNDS_PARTIAL = new Map([
  [2, 57],
  [3, 56],
  [4, 60],
  [5, 60],
  [7, 64],
  [10, 66],
  [11, 60],
  [14, 60],
])

type Permutation = ReturnType<typeof permutation>
const permutations = new Map<number, Permutation>()

/**
 * circomlib's Poseidon over the BN254 scalar field, in the arities that the protocol uses. The first hash of an arity
 * generates its constants (tens of milliseconds): written down, they would be a quarter of a megabyte of code.
 * @throws RangeError when the protocol has no hash of that many inputs.
 */
export function poseidon(inputs: readonly bigint[]): bigint {
  const [hash] = permutationOf(inputs.length)([0n, ...inputs])
  return hash!
}

function permutationOf(arity: number): Permutation {
  const existing = permutations.get(arity)
  if (existing !== undefined) return existing
  const roundsPartial = ROUNDS_PARTIAL.get(arity)
  if (roundsPartial === undefined) throw new RangeError(`The protocol has no Poseidon of ${arity} inputs`)
  const shape = { Fp: Field(FIELD_ORDER), t: arity + 1, roundsFull: ROUNDS_FULL, roundsPartial, sboxPower: 5 }
  const made = permutation({ ...shape, ...grainGenConstants(shape) })
  permutations.set(arity, made)
  return made
}
