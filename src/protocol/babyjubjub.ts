import { babyjubjub } from '@noble/curves/misc.js'
import { blake512 } from '@noble/hashes/blake1.js'
import { concatBytes } from '@noble/hashes/utils.js'
import * as z from 'zod'
import { FIELD_ORDER, zField } from './field.ts'
import { poseidon } from './poseidon.ts'

/**
 * EdDSA-Poseidon in circomlib's convention, byte for byte what circomlibjs' `signPoseidon` gives:
 * A = a·Base8, R8 = r·Base8, h = H5(R8x, R8y, Ax, Ay, M), S = r + 8·h·a mod l.
 * (noble's own `sign` hashes otherwise and is not interoperable with the circuit.)
 */
const { Point } = babyjubjub
type CurvePoint = InstanceType<typeof Point>

/** Order l of the prime-order subgroup, and of Base8. */
export const SUBGROUP_ORDER: bigint = Point.Fn.ORDER

export type PublicKey = readonly [x: bigint, y: bigint]
export interface Signature {
  r8: readonly [x: bigint, y: bigint]
  s: bigint
}

/** A BabyJubJub point as JSON carries it. */
export const zPoint = z.tuple([zField, zField])

/** An EdDSA-Poseidon signature as JSON carries it. */
export const zSignature = z.strictObject({ r8: zPoint, s: zField })

/** The public key of a 32-byte private key. */
export function derivePublicKey(privateKey: Uint8Array): PublicKey {
  return toAffine(Point.BASE.multiply(expand(privateKey).scalar))
}

/** Signs field elements for the circuit. Deterministic: each nonce comes from key and message. */
export interface CircuitSigner {
  publicKey: PublicKey
  sign: (message: bigint) => Signature
}

/** A signer for a 32-byte private key, which expands the key once for all its signatures. */
export function createCircuitSigner(privateKey: Uint8Array): CircuitSigner {
  const { scalar, prefix } = expand(privateKey)
  const publicKey = toAffine(Point.BASE.multiply(scalar))
  return {
    publicKey,
    sign: (message) => {
      assertField(message)
      const r = littleEndian(blake512(concatBytes(prefix, toBytes32(message)))) % SUBGROUP_ORDER
      const r8 = toAffine(Point.BASE.multiply(r))
      const h = challengeHash(r8, publicKey, message)
      return { r8, s: (r + 8n * h * scalar) % SUBGROUP_ORDER }
    },
  }
}

/** One signature of a field element, where the key is not used again. */
export function signMessage(privateKey: Uint8Array, message: bigint): Signature {
  return createCircuitSigner(privateKey).sign(message)
}

/** Whether the signature is this key's over the message: S·Base8 = R8 + 8h·A, with S below the subgroup order. */
export function verifySignature(publicKey: PublicKey, message: bigint, signature: Signature): boolean {
  assertField(message)
  const a = fromAffine(publicKey)
  const r8 = fromAffine(signature.r8)
  if (a === undefined || r8 === undefined || signature.s < 0n || signature.s >= SUBGROUP_ORDER) return false
  const h = (8n * challengeHash(signature.r8, publicKey, message)) % SUBGROUP_ORDER
  if (h === 0n || signature.s === 0n) return false
  return Point.BASE.multiply(signature.s).equals(r8.add(a.multiplyUnsafe(h)))
}

/**
 * Whether a registry may admit this key: canonical coordinates, on the curve, of prime order, not the identity. The
 * circuit assumes it: a key of small order would verify signatures that nobody made.
 */
export function admissible(publicKey: PublicKey): boolean {
  const point = fromAffine(publicKey)
  return point !== undefined && !point.is0() && point.isTorsionFree()
}

function expand(privateKey: Uint8Array): { scalar: bigint; prefix: Uint8Array } {
  if (privateKey.length !== 32) throw new RangeError(`A BabyJubJub private key has 32 bytes, got ${privateKey.length}`)
  const hash = blake512(privateKey)
  hash[0] = hash[0]! & 0xf8
  hash[31] = (hash[31]! & 0x7f) | 0x40
  // circomlib multiplies Base8 by s/8; reduced, since the library refuses scalars of l and more.
  return { scalar: (littleEndian(hash.subarray(0, 32)) >> 3n) % SUBGROUP_ORDER, prefix: hash.subarray(32) }
}

function challengeHash(r8: PublicKey, a: PublicKey, message: bigint): bigint {
  return poseidon([r8[0], r8[1], a[0], a[1], message])
}

function toAffine(point: CurvePoint): PublicKey {
  const { x, y } = point.toAffine()
  return [x, y]
}

function fromAffine([x, y]: PublicKey): CurvePoint | undefined {
  if (x < 0n || y < 0n || x >= FIELD_ORDER || y >= FIELD_ORDER) return undefined
  try {
    const point = Point.fromAffine({ x, y })
    point.assertValidity()
    return point
  } catch {
    return undefined
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)
}

function toBytes32(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))
}

function assertField(value: bigint): void {
  if (value < 0n || value >= FIELD_ORDER) throw new RangeError('A signed message is a field element')
}
