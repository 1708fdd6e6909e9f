import { bn254 } from '@noble/curves/bn254.js'
import fc from 'fast-check'
import { groth16, type Groth16Proof as SnarkjsProof } from 'snarkjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { BASE_FIELD_ORDER, FIELD_ORDER, type Groth16Proof, zGroth16Proof } from '../../src/protocol/index.ts'
import { pairingHolds, proofPoints, type VerificationKey } from '../../src/verifier/index.ts'
import { readArtifact, testPresentation } from '../shared/proof-fixture.ts'
import { committedKey, compute, registry, requestOf } from './scenario.ts'

const G1 = bn254.G1.Point
const G2 = bn254.G2.Point
type P1 = InstanceType<typeof G1>
type P2 = InstanceType<typeof G2>
const { Fp2, Fp12 } = bn254.fields

const g1 = ([x, y]: Groth16Proof['a']) => G1.fromAffine({ x, y })
const g2 = ([x, y]: Groth16Proof['b']) => G2.fromAffine({ x: Fp2.fromBigTuple(x), y: Fp2.fromBigTuple(y) })
const from1 = (point: P1): Groth16Proof['a'] => [point.toAffine().x, point.toAffine().y]
const from2 = (point: P2): Groth16Proof['b'] => {
  const { x, y } = point.toAffine()
  return [
    [x.c0, x.c1],
    [y.c0, y.c1],
  ]
}
const bigints = (text: unknown): Groth16Proof['a'] => (text as string[]).slice(0, 2).map(BigInt) as Groth16Proof['a']
const bigints2 = (text: unknown) => (text as string[][]).slice(0, 2).map(bigints) as unknown as Groth16Proof['b']

let key: VerificationKey
let vkey: Record<string, unknown>
let proof: Groth16Proof
let signals: bigint[]

beforeAll(async () => {
  key = await committedKey()
  vkey = await readArtifact('vkey.json')
  const request = await requestOf('pairing')
  const presentation = await testPresentation({ request, holder: 'alice', credentials: [compute('alice')], registry })
  proof = zGroth16Proof.parse(presentation.proofs[0]!.proof)
  signals = presentation.proofs[0]!.signals.map(BigInt)
})

/** What this module says: undefined where a point is refused. */
function ours(of: Groth16Proof, values: readonly bigint[] = signals): boolean | undefined {
  const points = proofPoints(of)
  return points && pairingHolds(key.pairing, points, values)
}

/** Groth16's equation on noble's pairing, written down independently. */
function noble(of: Groth16Proof, values: readonly bigint[] = signals): boolean {
  const [constant, ...ic] = (vkey.IC as unknown[]).map((point) => g1(bigints(point))) as [P1, ...P1[]]
  const inputs = ic.reduce(
    (sum, point, i) => sum.add(values[i] === 0n ? G1.ZERO : point.multiply(values[i]!)),
    constant,
  )
  const product = bn254.pairingBatch([
    { g1: g1(of.a), g2: g2(of.b) },
    { g1: g1(bigints(vkey.vk_alpha_1)).negate(), g2: g2(bigints2(vkey.vk_beta_2)) },
    { g1: inputs.negate(), g2: g2(bigints2(vkey.vk_gamma_2)) },
    { g1: g1(of.c).negate(), g2: g2(bigints2(vkey.vk_delta_2)) },
  ])
  return Fp12.eql(product, Fp12.ONE)
}

function snarkjs(of: Groth16Proof, values: readonly bigint[] = signals): Promise<boolean> {
  const text = (point: readonly bigint[]) => point.map(String)
  const projective: SnarkjsProof = {
    pi_a: [...text(of.a), '1'],
    pi_b: [text(of.b[0]), text(of.b[1]), ['1', '0']],
    pi_c: [...text(of.c), '1'],
    protocol: 'groth16',
    curve: 'bn128',
  }
  return groth16.verify(vkey as never, values.map(String), projective)
}

async function expectAll(verdict: boolean, of: Groth16Proof, values: readonly bigint[] = signals): Promise<void> {
  expect({ ours: ours(of, values), noble: noble(of, values), snarkjs: await snarkjs(of, values) }).toEqual({
    ours: verdict,
    noble: verdict,
    snarkjs: verdict,
  })
}

describe('Groth16 on BN254, against snarkjs and noble', () => {
  it('accepts a real proof', () => expectAll(true, proof))

  it.each([0, 1, 2, 3, 4, 5, 6])('refuses another value of signal %i', (i) =>
    expectAll(false, proof, signals.with(i, (signals[i]! + 1n) % FIELD_ORDER)),
  )

  it('refuses zeros and the largest field element as signals', async () => {
    await expectAll(false, proof, Array<bigint>(7).fill(0n))
    await expectAll(false, proof, Array<bigint>(7).fill(FIELD_ORDER - 1n))
  })

  it('refuses another A, B or C', async () => {
    await expectAll(false, { ...proof, a: from1(g1(proof.a).double()) })
    await expectAll(false, { ...proof, b: from2(g2(proof.b).double()) })
    await expectAll(false, { ...proof, c: from1(g1(proof.c).double()) })
    await expectAll(false, { ...proof, a: proof.c, c: proof.a })
  })

  it('refuses one point negated, or A and C; A and B negated are another proof of the same', async () => {
    const a = from1(g1(proof.a).negate())
    const b = from2(g2(proof.b).negate())
    const c = from1(g1(proof.c).negate())
    for (const changes of [{ a }, { b }, { c }, { a, c }, { b, c }, { a, b, c }]) {
      await expectAll(false, { ...proof, ...changes })
    }
    await expectAll(true, { ...proof, a, b })
  })

  it('accepts what anyone makes of a proof: (r·A, r⁻¹·B, C) and (A, B + r·delta, C + r·A)', async () => {
    const delta = g2(bigints2(vkey.vk_delta_2))
    const scalar = fc.bigInt({ min: 2n, max: FIELD_ORDER - 1n })
    await fc.assert(
      fc.asyncProperty(scalar, async (r) => {
        const inverse = bn254.fields.Fr.inv(r)
        await expectAll(true, { ...proof, a: from1(g1(proof.a).multiply(r)), b: from2(g2(proof.b).multiply(inverse)) })
        const b = from2(g2(proof.b).add(delta.multiply(r)))
        await expectAll(true, { ...proof, b, c: from1(g1(proof.c).add(g1(proof.a).multiply(r))) })
      }),
      { numRuns: 3 },
    )
  })

  it('would accept a forgery of anything under a key without contributions, so that none is loaded', () => {
    const [constant, ...ic] = (vkey.IC as unknown[]).map((point) => g1(bigints(point))) as [P1, ...P1[]]
    const wanted = [1n, 2n, 3n, 4n, 5n, 6n, 7n]
    const inputs = ic.reduce((sum, point, i) => sum.add(point.multiply(wanted[i]!)), constant)
    const forged = { a: bigints(vkey.vk_alpha_1), b: bigints2(vkey.vk_beta_2), c: from1(inputs.negate()) }
    const { pairing } = key
    expect(pairingHolds({ ...pairing, delta: pairing.gamma }, proofPoints(forged)!, wanted)).toBe(true)
    expect(pairingHolds(pairing, proofPoints(forged)!, wanted)).toBe(false)
  })

  it('gives many at once the answers that it gives one by one', async () => {
    const wrong = signals.with(0, 1n)
    const verdicts = await Promise.all(Array.from({ length: 12 }, async (_, i) => ours(proof, i % 2 ? wrong : signals)))
    expect(verdicts).toEqual(Array.from({ length: 12 }, (_, i) => i % 2 === 0))
  })
})

describe('what mcl leaves to its caller', () => {
  it('refuses signals that are not seven field elements: signal + p would say the same', () => {
    const points = proofPoints(proof)!
    const range = new RangeError('A proof has 7 signals below the field order')
    for (let i = 0; i < 7; i++) {
      expect(() => pairingHolds(key.pairing, points, signals.with(i, signals[i]! + FIELD_ORDER))).toThrow(range)
    }
    expect(() => pairingHolds(key.pairing, points, signals.with(0, -1n))).toThrow(range)
    expect(() => pairingHolds(key.pairing, points, signals.slice(1))).toThrow(range)
    expect(() => pairingHolds(key.pairing, points, [...signals, 0n])).toThrow(range)
  })

  it('refuses points off their curve', () => {
    const off = ([x, y]: readonly [bigint, bigint]): [bigint, bigint] => [x, y === 0n ? 1n : y - 1n]
    expect(proofPoints({ ...proof, a: off(proof.a) })).toBeUndefined()
    expect(proofPoints({ ...proof, c: off(proof.c) })).toBeUndefined()
    expect(proofPoints({ ...proof, b: [off(proof.b[0]), proof.b[1]] })).toBeUndefined()
    expect(proofPoints({ ...proof, b: [proof.b[0], off(proof.b[1])] })).toBeUndefined()
  })

  it('refuses other spellings of a point: coordinates of q and more, or negative', () => {
    for (const shift of [BASE_FIELD_ORDER, -BASE_FIELD_ORDER]) {
      const shifted = ([x, y]: readonly [bigint, bigint]): [bigint, bigint] => [x + shift, y]
      expect(proofPoints({ ...proof, a: shifted(proof.a) })).toBeUndefined()
      expect(proofPoints({ ...proof, c: shifted(proof.c) })).toBeUndefined()
      expect(proofPoints({ ...proof, b: [shifted(proof.b[0]), proof.b[1]] })).toBeUndefined()
      expect(proofPoints({ ...proof, b: [proof.b[0], shifted(proof.b[1])] })).toBeUndefined()
    }
  })

  it('refuses infinity, in each of the spellings that two coordinates leave', () => {
    const zero: [bigint, bigint] = [0n, 0n]
    for (const point of [zero, [0n, 1n] as [bigint, bigint], [1n, 0n] as [bigint, bigint]]) {
      expect(proofPoints({ ...proof, a: point })).toBeUndefined()
      expect(proofPoints({ ...proof, c: point })).toBeUndefined()
      expect(proofPoints({ ...proof, b: [zero, point] })).toBeUndefined()
    }
  })

  it('refuses a B on the twist but outside the subgroup', () => {
    const strangers = twistPoints(5)
    for (const b of strangers) {
      const point = g2(b)
      expect(() => point.assertValidity()).toThrow()
      expect(onTwist(b)).toBe(true)
      expect(point.isTorsionFree()).toBe(false)
      expect(proofPoints({ ...proof, b })).toBeUndefined()
    }
    // a subgroup point plus one of wrong order: still on the twist, still refused
    expect(proofPoints({ ...proof, b: from2(g2(proof.b).add(g2(strangers[0]!))) })).toBeUndefined()
    expect(proofPoints(proof)).toBeDefined()
  })
})

function onTwist([x, y]: Groth16Proof['b']): boolean {
  const [u, v] = [Fp2.fromBigTuple(x), Fp2.fromBigTuple(y)]
  return Fp2.eql(Fp2.sqr(v), Fp2.add(Fp2.mul(Fp2.sqr(u), u), G2.CURVE().b))
}

/** Points of the twist from small abscissas; its cofactor is of 254 bits, so none happens to lie in the subgroup. */
function twistPoints(count: number): Groth16Proof['b'][] {
  const points: Groth16Proof['b'][] = []
  for (let c0 = 1n; points.length < count; c0++) {
    const x = Fp2.fromBigTuple([c0, 1n])
    try {
      const y = Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), G2.CURVE().b))
      points.push([
        [x.c0, x.c1],
        [y.c0, y.c1],
      ])
    } catch {
      // not a square: no point has this abscissa
    }
  }
  return points
}
