import { chacha20 } from '@noble/ciphers/chacha.js'
import { bn254 } from '@noble/curves/bn254.js'
import { BASE_FIELD_ORDER, type Groth16Proof } from '../protocol/index.ts'

const { Fp, Fp2 } = bn254.fields
const { Point } = bn254.G2
type Element = ReturnType<typeof Fp2.create>

/** The order of the twist's group by that of its subgroup (EIP-197): 2q − r. */
const COFACTOR = 2n * BASE_FIELD_ORDER - bn254.fields.Fr.ORDER
const INVERSE_OF_R = Fp.inv(Fp.create(1n << 256n))
/** y² = x³ + 3/(9 + i) */
const B = Fp2.div(Fp2.fromBigTuple([3n, 0n]), Fp2.fromBigTuple([9n, 1n]))

/**
 * The point of G2 that snarkjs derives from a hash, whose logarithm nobody knows: ChaCha20's key stream gives abscissas
 * until one lies on the twist, and the cofactor is cleared. Only the first 32 bytes of the hash count.
 */
export function hashToG2(hash: Uint8Array): Groth16Proof['b'] {
  const words = keyStream(hash)
  for (;;) {
    const x = Fp2.fromBigTuple([nextCoordinate(words), nextCoordinate(words)])
    const wantsNegative = (words.next().value & 1) === 1
    const root = rootOf(Fp2.add(Fp2.mul(Fp2.sqr(x), x), B))
    if (root === undefined) continue
    const y = isNegative(root) === wantsNegative ? root : Fp2.neg(root)
    const point = Point.fromAffine({ x, y })
    // the library multiplies by numbers below the subgroup's order alone
    const most = bn254.fields.Fr.ORDER - 1n
    const cleared = point
      .multiplyUnsafe(most)
      .add(point.multiplyUnsafe(COFACTOR - most))
      .toAffine()
    return [
      [cleared.x.c0, cleared.x.c1],
      [cleared.y.c0, cleared.y.c1],
    ]
  }
}

/** Words of the key stream under the hash's first eight big-endian words, nonce and counter 0. */
function* keyStream(hash: Uint8Array): Generator<number, never> {
  const key = new Uint8Array(32)
  for (let i = 0; i < 32; i++) key[i] = hash[4 * Math.floor(i / 4) + 3 - (i % 4)]!
  for (let length = 4096; ; length *= 2) {
    const stream = new DataView(chacha20(key, new Uint8Array(12), new Uint8Array(length)).buffer)
    for (let at = length === 4096 ? 0 : length / 2; at < length; at += 4) yield stream.getUint32(at, true)
  }
}

/** A base field element as snarkjs draws it: 254 bits, in Montgomery form, drawn again unless below the order. */
function nextCoordinate(words: Generator<number, never>): bigint {
  for (;;) {
    let value = 0n
    for (let i = 0n; i < 4n; i++) {
      const high = BigInt(words.next().value)
      value += ((high << 32n) + BigInt(words.next().value)) << (64n * i)
    }
    value &= (1n << 254n) - 1n
    if (value < BASE_FIELD_ORDER) return Fp.mul(value, INVERSE_OF_R)
  }
}

function rootOf(square: Element): Element | undefined {
  try {
    return Fp2.sqrt(square)
  } catch {
    return undefined
  }
}

/** Whether the higher coefficient that isn't 0 exceeds half of the order. */
function isNegative({ c0, c1 }: Element): boolean {
  return (c1 === 0n ? c0 : c1) > BASE_FIELD_ORDER / 2n
}
