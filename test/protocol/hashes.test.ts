import { buildPoseidon } from 'circomlibjs'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { FIELD_ORDER, MAX_UINT64 } from '../../src/protocol/field.ts'
import {
  type CredentialMessage,
  credentialMessage,
  deviceBinding,
  devicePseudonym,
  pseudonym,
  registryLeaf,
} from '../../src/protocol/hashes.ts'

/** circomlibjs' Poseidon, the oracle: an implementation apart from the one in use. */
let oracle: (inputs: bigint[]) => bigint
beforeAll(async () => {
  const hash = await buildPoseidon()
  oracle = (inputs) => hash.F.toObject(hash(inputs)) as bigint
})

const field = fc.bigInt(0n, FIELD_ORDER - 1n)
const uint = (bits: bigint) => fc.oneof(fc.bigInt(0n, (1n << bits) - 1n), fc.constantFrom(0n, (1n << bits) - 1n))
const message = fc.record({
  schema: field,
  subject: field,
  device: field,
  binding: field,
  expiresAt: uint(64n),
  statusIndex: uint(17n),
  list: uint(32n),
  sources: uint(16n),
  claims: fc.array(uint(64n), { minLength: 8, maxLength: 8 }),
})

describe('hashes of the protocol, against circomlibjs', () => {
  it('pseudonym = H3(1, secret, audience); device pseudonym = H4(2, …, device); binding = H3(9, secret, device)', () => {
    fc.assert(
      fc.property(field, field, field, (secret, audience, device) => {
        expect(pseudonym(secret, audience)).toBe(oracle([1n, secret, audience]))
        expect(devicePseudonym(secret, audience, device)).toBe(oracle([2n, secret, audience, device]))
        expect(deviceBinding(secret, device)).toBe(oracle([9n, secret, device]))
        expect(pseudonym(secret, device)).not.toBe(deviceBinding(secret, device))
      }),
    )
  })

  it('credential message = H14(3, schema, subject, device, binding, expiresAt + 2^64·index + 2^81·list + 2^113·sources, claims)', () => {
    fc.assert(
      fc.property(message, (m) => {
        const packed = m.expiresAt + 2n ** 64n * m.statusIndex + 2n ** 81n * m.list + 2n ** 113n * m.sources
        expect(credentialMessage(m)).toBe(oracle([3n, m.schema, m.subject, m.device, m.binding, packed, ...m.claims]))
      }),
    )
  })

  it('another credential message for any other content', () => {
    const keys = ['schema', 'subject', 'device', 'binding', 'expiresAt', 'statusIndex', 'list', 'sources'] as const
    fc.assert(
      fc.property(message, fc.constantFrom(...keys), fc.nat(7), (m, key, slot) => {
        const flip = (value: bigint) => (value === 0n ? 1n : value - 1n)
        expect(credentialMessage({ ...m, [key]: flip(m[key]) })).not.toBe(credentialMessage(m))
        const claims = m.claims.with(slot, flip(m.claims[slot]!))
        expect(credentialMessage({ ...m, claims })).not.toBe(credentialMessage(m))
      }),
    )
  })

  it('registry leaf = H7(4, issuer, Ax, Ay, schema, list + 2^32·sourceCap, statusRoot)', () => {
    fc.assert(
      fc.property(
        fc.array(field, { minLength: 5, maxLength: 5 }),
        uint(32n),
        fc.constantFrom(1n, 2n, 3n),
        (fields, list, sourceCap) => {
          const [issuer, x, y, schema, statusRoot] = fields as [bigint, bigint, bigint, bigint, bigint]
          const leaf = { issuer, key: [x, y] as const, schema, list, sourceCap, statusRoot }
          expect(registryLeaf(leaf)).toBe(oracle([4n, issuer, x, y, schema, list + 2n ** 32n * sourceCap, statusRoot]))
        },
      ),
    )
  })
})

describe('packed parts', () => {
  const base: CredentialMessage = {
    schema: 1n,
    subject: 2n,
    device: 3n,
    binding: 4n,
    expiresAt: 5n,
    statusIndex: 6n,
    list: 7n,
    sources: 8n,
    claims: Array<bigint>(8).fill(0n),
  }
  const leaf = { issuer: 1n, key: [2n, 3n] as const, schema: 4n, list: 5n, sourceCap: 2n, statusRoot: 7n }

  it.each([
    ['expiresAt', { expiresAt: MAX_UINT64 + 1n }, 'expiresAt must lie in [0, 2^64), got 18446744073709551616'],
    ['statusIndex', { statusIndex: 2n ** 17n }, 'statusIndex must lie in [0, 2^17), got 131072'],
    ['list', { list: 2n ** 32n }, 'list must lie in [0, 2^32), got 4294967296'],
    ['sources', { sources: 2n ** 16n }, 'sources must lie in [0, 2^16), got 65536'],
    ['a negative list', { list: -1n }, 'list must lie in [0, 2^32), got -1'],
    [
      'a claim',
      { claims: [...Array<bigint>(7).fill(0n), MAX_UINT64 + 1n] },
      'claim must lie in [0, 2^64), got 18446744073709551616',
    ],
    ['nine claims', { claims: Array<bigint>(9).fill(0n) }, 'A credential has 8 claims, got 9'],
  ])('refuse %s out of its range', (_, part, text) => {
    expect(() => credentialMessage({ ...base, ...part })).toThrow(new RangeError(text))
  })

  it('refuse a leaf whose list or cap would spill over', () => {
    expect(() => registryLeaf({ ...leaf, list: 2n ** 32n })).toThrow(
      new RangeError('list must lie in [0, 2^32), got 4294967296'),
    )
    for (const sourceCap of [0n, 4n, -1n]) {
      expect(() => registryLeaf({ ...leaf, sourceCap })).toThrow(
        new RangeError(`sourceCap lies in [1, 3], got ${sourceCap}`),
      )
    }
  })
})
