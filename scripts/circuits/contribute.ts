import { randomBytes } from 'node:crypto'
import { zKey } from 'snarkjs'

/**
 * Adds a contribution with fresh entropy to a proving key and writes the new one. snarkjs mixes the entropy given with
 * random bytes of its own; neither is kept. Returns the contribution's hash in hex.
 */
export async function contribute(from: string | Uint8Array, to: string, contributor: string): Promise<string> {
  const hash: Uint8Array = await zKey.contribute(from, to, contributor, randomBytes(64).toString('hex'))
  return Buffer.from(hash).toString('hex')
}

/**
 * Closes a ceremony with public randomness that nobody could foresee when the last contribution was made, hashed
 * 2^iterationsExp times. Returns the contribution's hash in hex. Throws RangeError when value or iterationsExp is out of range.
 */
export async function applyBeacon(
  from: string | Uint8Array,
  to: string,
  value: string,
  iterationsExp: number,
): Promise<string> {
  if (!/^([0-9a-f]{2}){1,255}$/.test(value)) throw new RangeError('A beacon is 1 to 255 bytes in lower-case hex.')
  if (!Number.isInteger(iterationsExp) || iterationsExp < 10 || iterationsExp > 63)
    throw new RangeError('A beacon is hashed 2^n times with n from 10 to 63.')
  const hash: Uint8Array = await zKey.beacon(from, to, 'beacon', value, iterationsExp)
  return Buffer.from(hash).toString('hex')
}
