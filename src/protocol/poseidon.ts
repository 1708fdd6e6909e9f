import { poseidon2 } from 'poseidon-lite/poseidon2'
import { poseidon3 } from 'poseidon-lite/poseidon3'
import { poseidon4 } from 'poseidon-lite/poseidon4'
import { poseidon5 } from 'poseidon-lite/poseidon5'
import { poseidon7 } from 'poseidon-lite/poseidon7'
import { poseidon10 } from 'poseidon-lite/poseidon10'
import { poseidon11 } from 'poseidon-lite/poseidon11'
import { poseidon14 } from 'poseidon-lite/poseidon14'

const byArity = new Map([
  [2, poseidon2],
  [3, poseidon3],
  [4, poseidon4],
  [5, poseidon5],
  [7, poseidon7],
  [10, poseidon10],
  [11, poseidon11],
  [14, poseidon14],
])

/**
 * circomlib's Poseidon over the BN254 scalar field, in the arities that the protocol uses.
 * @throws RangeError when the protocol has no hash of that many inputs.
 */
export function poseidon(inputs: readonly bigint[]): bigint {
  const hash = byArity.get(inputs.length)
  if (hash === undefined) throw new RangeError(`The protocol has no Poseidon of ${inputs.length} inputs`)
  return hash(inputs as bigint[])
}
