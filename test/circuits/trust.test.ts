import { babyjubjub } from '@noble/curves/misc.js'
import { describe, expect, test } from 'vitest'
import { derivePublicKey, SUBGROUP_ORDER } from '../../src/protocol/babyjubjub.ts'
import { FIELD_ORDER, toField } from '../../src/protocol/field.ts'
import { credentialMessage, deviceBinding, pseudonym } from '../../src/protocol/hashes.ts'
import { poseidon } from '../../src/protocol/poseidon.ts'
import { packSources } from '../../src/protocol/sources.ts'
import {
  inputsFor,
  plainChoices,
  registered,
  resealed,
  rootOfWord,
  signed,
  uncheckedLeaf,
  uncheckedMessage,
} from './scenario.ts'
import { expectRefusal, refusal, witnessValues } from './witness.ts'

const badSignature = [
  'ForceEqualIfEnabled: (1 - isz.out)*enabled === 0;',
  'Presentation: CredentialSignature()(issuerKey, signatureR8, signatureS, message);',
]
const badRoot = ['Presentation: root === registryRoot;']
const otherKey = new Uint8Array(32).fill(9)
const message = {
  schema: plainChoices.schema,
  subject: pseudonym(plainChoices.secret, plainChoices.issuerAudience),
  device: plainChoices.device,
  binding: deviceBinding(plainChoices.secret, plainChoices.device),
  expiresAt: plainChoices.expiresAt,
  statusIndex: BigInt(plainChoices.statusIndex),
  list: plainChoices.list,
  sources: packSources(plainChoices.sources),
  claims: plainChoices.claims,
}

describe('1. the credential is mine, and signed', () => {
  test('the plain message passes', async () => {
    expect(await refusal({ ...inputsFor(), ...signed(credentialMessage(message)) })).toEqual([])
  })

  test.each([
    ['the subject of another holder', { subject: pseudonym(toField('another'), plainChoices.issuerAudience) }],
    ['a subject for another issuer', { subject: pseudonym(plainChoices.secret, toField('did:example:other')) }],
    ['a binding of another holder', { binding: deviceBinding(toField('another'), plainChoices.device) }],
    ['a binding of another device', { binding: deviceBinding(plainChoices.secret, toField('machine:other')) }],
    ['another device', { device: toField('machine:other') }],
    ['another schema', { schema: toField('https://example.org/schema/2') }],
    ['another expiry', { expiresAt: plainChoices.expiresAt - 1n }],
    ['another status index', { statusIndex: 6n }],
    ['another list', { list: 4n }],
    ['other sources', { sources: packSources(plainChoices.sources.with(1, 3)) }],
    ['another claim', { claims: plainChoices.claims.with(1, 1n) }],
  ])('a signature over %s fails', async (_, changes) => {
    await expectRefusal({ ...inputsFor(), ...signed(credentialMessage({ ...message, ...changes })) }, badSignature)
  })

  test.each(Array.from({ length: 14 }, (_, i) => i))(
    'a signature over a message with input %i raised fails',
    async (i) => {
      const { expiresAt, statusIndex, list, sources } = message
      const packed = expiresAt + (statusIndex << 64n) + (list << 81n) + (sources << 113n)
      const inputs = [3n, message.schema, message.subject, message.device, message.binding, packed, ...message.claims]
      expect(poseidon(inputs)).toBe(credentialMessage(message))
      await expectRefusal({ ...inputsFor(), ...signed(poseidon(inputs.with(i, inputs[i]! + 1n))) }, badSignature)
    },
  )

  test('a signature by another key fails', async () => {
    await expectRefusal({ ...inputsFor(), ...signed(credentialMessage(message), otherKey) }, badSignature)
  })

  test('another S, or another R8 on the curve, fails', async () => {
    const honest = inputsFor()
    await expectRefusal({ ...honest, signatureS: honest.signatureS + 1n }, badSignature)
    await expectRefusal({ ...honest, signatureR8: [...derivePublicKey(otherKey)] }, badSignature)
  })

  test('S plus the order of the subgroup fails: signatures are not malleable', async () => {
    const honest = inputsFor()
    const levels = ['EdDSAPoseidonVerifier: compConstant.out*enabled === 0;']
    await expectRefusal({ ...honest, signatureS: honest.signatureS + SUBGROUP_ORDER }, levels)
  })

  test('S of more than 253 bits fails', async () => {
    const inputs = { ...inputsFor(), signatureS: (1n << 253n) + 1n }
    await expectRefusal(inputs, ['Num2Bits: lc1 === in;', 'EdDSAPoseidonVerifier: snum2bits.in <== S;'])
  })

  test.each([
    ['R8', 'signatureR8', 'CredentialSignature: r8OnCurve.y <== r8[1];'],
    ['the key', 'issuerKey', 'CredentialSignature: keyOnCurve.y <== key[1];'],
  ] as const)('%s off the curve fails', async (_, name, line) => {
    const honest = inputsFor()
    for (const point of [honest[name].with(0, honest[name][0]! + 1n), honest[name].toReversed(), [0n, 0n]])
      await expectRefusal({ ...honest, [name]: point }, ['BabyCheck: a*x2 + y2 === 1 + d*x2*y2;', line])
  })

  test('a key of small order fails', async () => {
    for (const issuerKey of smallOrderPoints()) {
      const levels = ['EdDSAPoseidonVerifier: isZero.out*enabled === 0;']
      await expectRefusal({ ...inputsFor(), issuerKey }, levels)
    }
  })
})

describe('4. a leaf under the registry root', () => {
  const changedLeaf = (changes: Parameters<typeof resealed>[0]) => {
    const honest = inputsFor()
    return { ...honest, ...registered(uncheckedLeaf({ ...honest, ...changes }, rootOfWord(honest))) }
  }

  test.each([
    ['another issuer', { issuerAudience: toField('did:example:other') }],
    ['another key', { issuerKey: [...derivePublicKey(otherKey)] }],
    ['another schema', { schema: toField('https://example.org/schema/2') }],
    ['another list of the same issuer', { list: 4n }],
    ['another cap', { sourceCap: 3n }],
  ])('a leaf for %s fails', async (_, changes) => {
    await expectRefusal(changedLeaf(changes), badRoot)
  })

  test('revoked in one list, a credential can not pass through another list of the same issuer', async () => {
    const revoked = inputsFor({ revoked: [plainChoices.statusIndex] })
    const clean = inputsFor({ list: 4n, revoked: [] })
    const { statusWord, statusSiblings, registryRoot, registrySiblings } = clean
    const path = { statusWord, statusSiblings, registryRoot, registrySiblings }
    await expectRefusal({ ...revoked, ...path }, badRoot)
    await expectRefusal({ ...revoked, ...path, list: 4n }, badSignature)
  })

  test('another status root fails', async () => {
    const honest = inputsFor()
    await expectRefusal({ ...honest, ...registered(uncheckedLeaf(honest, 1n)) }, badRoot)
    await expectRefusal({ ...honest, statusSiblings: honest.statusSiblings.with(9, 1n) }, badRoot)
  })

  test('another place, sibling or root fails', async () => {
    const honest = inputsFor()
    await expectRefusal({ ...honest, registryIndex: honest.registryIndex + 1n }, badRoot)
    await expectRefusal({ ...honest, registrySiblings: honest.registrySiblings.with(14, 1n) }, badRoot)
    await expectRefusal({ ...honest, registryRoot: honest.registryRoot + 1n }, badRoot)
  })

  test('an issuer of its own making under an honest root fails', async () => {
    const forged = { ...inputsFor(), issuerKey: [...derivePublicKey(otherKey)] }
    await expectRefusal({ ...forged, ...signed(uncheckedMessage(forged), otherKey) }, badRoot)
  })
})

describe('7. the public policy', () => {
  test.each([
    ['another schema', { schema: toField('https://example.org/schema/2') }],
    ['a lesser source', { policyMinSources: inputsFor().policyMinSources.with(1, 1n) }],
    ['a lower min', { policyMin: plainChoices.min.with(1, 0n) }],
    ['a higher max', { policyMax: plainChoices.max.with(2, 0n) }],
    ['another permitted value', { policyAny: plainChoices.any.with(7, 24n) }],
  ])('the hash of a policy with %s fails', async (_, changes) => {
    const { policy } = resealed(changes)
    expect(policy).not.toBe(inputsFor().policy)
    await expectRefusal({ ...inputsFor(), policy }, ['Presentation: policyHash === policy;'])
  })
})

describe('a number and the same number plus p are one', () => {
  test.each(['statusIndex', 'expiresAt', 'list', 'now', 'registryIndex', 'signatureS', 'secret'] as const)(
    '%s',
    async (name) => {
      const honest = inputsFor()
      const aliased = await witnessValues({ ...honest, [name]: honest[name] + FIELD_ORDER })
      expect(aliased).toEqual(await witnessValues(honest))
    },
  )
})

/** All eight points of the curve whose order divides the cofactor. */
function smallOrderPoints(): bigint[][] {
  const { Point } = babyjubjub
  for (let y = 2n; ; y++) {
    // x² = (1 - y²) / (168700 - 168696·y²): some y gives a point, and its multiple by l has order 8 in half the cases.
    const { Fp } = Point
    const x2 = Fp.div(Fp.sub(1n, Fp.mul(y, y)), Fp.sub(168700n, Fp.mul(168696n, Fp.mul(y, y))))
    let x: bigint
    try {
      x = Fp.sqrt(x2)
    } catch {
      continue
    }
    const torsion = Point.fromAffine({ x, y })
      .multiplyUnsafe(SUBGROUP_ORDER - 1n)
      .add(Point.fromAffine({ x, y }))
    const points = [Point.ZERO]
    while (points.length < 8) points.push(points.at(-1)!.add(torsion))
    const affine = points.map((point) => point.toAffine())
    if (new Set(affine.map((point) => `${point.x},${point.y}`)).size === 8) return affine.map((p) => [p.x, p.y])
  }
}
