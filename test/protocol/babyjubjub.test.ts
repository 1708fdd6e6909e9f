import { buildEddsa } from 'circomlibjs'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  admissible,
  derivePublicKey,
  FIELD_ORDER,
  type PublicKey,
  SUBGROUP_ORDER,
  signMessage,
  verifySignature,
} from '../../src/protocol/index.ts'

const privateKeys = fc.uint8Array({ minLength: 32, maxLength: 32 })
const fieldElements = fc.bigInt(0n, FIELD_ORDER - 1n)
const key = Uint8Array.from({ length: 32 }, (_, i) => i)

describe('EdDSA-Poseidon in circomlib’s convention', () => {
  let eddsa: Awaited<ReturnType<typeof buildEddsa>>
  beforeAll(async () => {
    eddsa = await buildEddsa()
  })

  it('gives circomlibjs’ own keys and signatures, bit for bit', () => {
    fc.assert(
      fc.property(privateKeys, fieldElements, (privateKey, message) => {
        const theirs = eddsa.signPoseidon(privateKey, eddsa.F.e(message))
        const ours = signMessage(privateKey, message)
        expect(derivePublicKey(privateKey)).toEqual(eddsa.prv2pub(privateKey).map((c) => eddsa.F.toObject(c)))
        expect(ours).toEqual({ r8: theirs.R8.map((c) => eddsa.F.toObject(c)), s: theirs.S })
      }),
      { numRuns: 15 },
    )
  })

  it('verifies its own signatures and refuses every changed part', () => {
    fc.assert(
      fc.property(privateKeys, fieldElements, (privateKey, message) => {
        const publicKey = derivePublicKey(privateKey)
        const signature = signMessage(privateKey, message)
        expect(verifySignature(publicKey, message, signature)).toBe(true)
        expect(verifySignature(publicKey, (message + 1n) % FIELD_ORDER, signature)).toBe(false)
        expect(verifySignature(publicKey, message, { ...signature, s: (signature.s + 1n) % SUBGROUP_ORDER })).toBe(
          false,
        )
        expect(verifySignature(publicKey, message, { ...signature, s: signature.s + SUBGROUP_ORDER })).toBe(false)
        expect(verifySignature(publicKey, message, { ...signature, r8: publicKey })).toBe(false)
        expect(verifySignature(signature.r8, message, signature)).toBe(false)
      }),
      { numRuns: 15 },
    )
  })

  it('refuses points off the curve and coordinates that alias', () => {
    const [x, y] = derivePublicKey(key)
    const signature = signMessage(key, 1n)
    expect(verifySignature([x + 1n, y], 1n, signature)).toBe(false)
    expect(verifySignature([x + FIELD_ORDER, y], 1n, signature)).toBe(false)
    expect(verifySignature([x, y], 1n, { ...signature, r8: [signature.r8[0], signature.r8[1] + FIELD_ORDER] })).toBe(
      false,
    )
  })

  it('names the length of a private key that is not 32 bytes, and not its value', () => {
    expect(() => derivePublicKey(new Uint8Array(31))).toThrow('A BabyJubJub private key has 32 bytes, got 31')
  })
})

describe('admission of keys', () => {
  const orderTwo: PublicKey = [0n, FIELD_ORDER - 1n]

  it('admits a derived key', () => {
    expect(admissible(derivePublicKey(key))).toBe(true)
  })

  it('refuses the identity, a point of small order, a point off the curve and an aliased coordinate', () => {
    const [x, y] = derivePublicKey(key)
    expect(admissible([0n, 1n])).toBe(false)
    expect(admissible(orderTwo)).toBe(false)
    expect(admissible([x, y + 1n])).toBe(false)
    expect(admissible([x + FIELD_ORDER, y])).toBe(false)
  })

  it('refuses a key of full order 8l: a prime-order key plus a point of order two', () => {
    const [x, y] = derivePublicKey(key)
    // Adding (0, -1) negates both coordinates of a twisted Edwards point.
    expect(admissible([FIELD_ORDER - x, FIELD_ORDER - y])).toBe(false)
  })
})
