import { describe, expect, it } from 'vitest'
import { toBase64url } from '../../src/protocol/bytes.ts'
import { FIELD_ORDER } from '../../src/protocol/field.ts'
import { jcsHash } from '../../src/protocol/jcs.ts'
import {
  BASE_FIELD_ORDER,
  type PresentationJson,
  presentationHash,
  zControlClaims,
  zPresentation,
} from '../../src/protocol/presentation.ts'
import { nameSignals, PUBLIC_SIGNALS, zPublicSignals } from '../../src/protocol/signals.ts'

type Entry = PresentationJson['proofs'][number]
const bytes = (fill: number) => toBase64url(new Uint8Array(32).fill(fill))
const entry: Entry = {
  proof: {
    a: ['1', '2'],
    b: [
      ['3', '4'],
      ['5', '6'],
    ],
    c: ['7', '8'],
  },
  signals: ['1', '2', '3', '4', '5', '6', '7'],
}
const example: PresentationJson = {
  type: 'AssayPresentation',
  version: 1,
  circuit: 'ab'.repeat(32),
  nonce: bytes(1),
  recipient: bytes(2),
  proofs: [entry],
  control: 'a.b.c',
}
const withProof = (proof: object) => ({ proofs: [{ ...entry, proof: { ...entry.proof, ...proof } }] })
const withSignals = (signals: unknown[]) => ({ proofs: [{ ...entry, signals }] })
const P = String(FIELD_ORDER)
const Q = String(BASE_FIELD_ORDER)

describe('presentation', () => {
  it('has this shape, its numbers parsed', () => {
    const parsed = zPresentation.parse(example)
    expect(parsed.proofs[0]!.proof).toEqual({
      a: [1n, 2n],
      b: [
        [3n, 4n],
        [5n, 6n],
      ],
      c: [7n, 8n],
    })
    expect(parsed.proofs[0]!.signals).toEqual([1n, 2n, 3n, 4n, 5n, 6n, 7n])
  })

  it('takes signals up to p − 1 and coordinates up to q − 1', () => {
    const highest = { ...withSignals(Array(7).fill(String(FIELD_ORDER - 1n))) }
    expect(zPresentation.safeParse({ ...example, ...highest }).success).toBe(true)
    const point = String(BASE_FIELD_ORDER - 1n)
    expect(zPresentation.safeParse({ ...example, ...withProof({ a: [point, point] }) }).success).toBe(true)
    expect(BASE_FIELD_ORDER > FIELD_ORDER).toBe(true)
  })

  it.each([
    ['an unknown field', { secret: '1' }, '"secret"'],
    ['an unknown field of a proof', withProof({ protocol: 'groth16' }), '"protocol"'],
    ['six signals', withSignals(['1', '2', '3', '4', '5', '6']), 'expected array to have >=7 items'],
    ['eight signals', withSignals(Array(8).fill('1')), 'expected array to have <=7 items'],
    ['a signal of p', withSignals([P, '2', '3', '4', '5', '6', '7']), 'must be less than the field order'],
    [
      'a signal of 1 + p',
      withSignals([String(FIELD_ORDER + 1n), '2', '3', '4', '5', '6', '7']),
      'must be less than the field order',
    ],
    ['a negative signal', withSignals(['-1', '2', '3', '4', '5', '6', '7']), 'must be a canonical decimal string'],
    [
      'a signal with a leading zero',
      withSignals(['01', '2', '3', '4', '5', '6', '7']),
      'must be a canonical decimal string',
    ],
    ['a signal as a number', withSignals([1, '2', '3', '4', '5', '6', '7']), 'expected string'],
    ['a coordinate of q', withProof({ a: [Q, '2'] }), 'must be less than the base field order'],
    [
      'a coordinate of q in G2',
      withProof({
        b: [
          ['3', Q],
          ['5', '6'],
        ],
      }),
      'must be less than the base field order',
    ],
    ['a projective point', withProof({ c: ['7', '8', '1'] }), 'expected array to have <=2 items'],
    ['no proof', { proofs: [] }, '>=1 items'],
    ['five proofs', { proofs: Array(5).fill(entry) }, '<=4 items'],
    ['a short recipient', { recipient: 'abc' }, 'expected string to have exactly 43 characters'],
    ['no control', { control: '' }, '>=1 characters'],
    ['a huge control', { control: 'x'.repeat(2049) }, '<=2048 characters'],
  ])('is refused with %s', (_, changes, message) => {
    const { error } = zPresentation.safeParse({ ...example, ...changes })
    expect(error?.issues.map((issue) => issue.message).join()).toContain(message)
  })
})

describe('presentation hash', () => {
  it('is that of everything but the signature over it', () => {
    const { control: _, ...unsigned } = example
    expect(presentationHash(example)).toBe(jcsHash(unsigned))
    expect(presentationHash(unsigned)).toBe(presentationHash(example))
    expect(presentationHash({ ...example, control: 'd.e.f' })).toBe(presentationHash(example))
    expect(zControlClaims.safeParse({ nonce: example.nonce, presentation: presentationHash(example) }).success).toBe(
      true,
    )
  })

  it('changes with any part', () => {
    const others: PresentationJson[] = [
      { ...example, nonce: bytes(3) },
      { ...example, recipient: bytes(3) },
      { ...example, circuit: 'cd'.repeat(32) },
      { ...example, proofs: [entry, entry] },
      { ...example, proofs: [{ ...entry, signals: ['1', '2', '3', '4', '5', '6', '8'] }] },
      { ...example, proofs: [{ ...entry, proof: { ...entry.proof, a: ['1', '3'] } }] },
    ]
    expect(new Set([example, ...others].map(presentationHash)).size).toBe(7)
  })
})

describe('public signals', () => {
  it('are named in their order', () => {
    const signals = zPublicSignals.parse(entry.signals)
    expect(nameSignals(signals)).toEqual({
      pseudonym: 1n,
      devicePseudonym: 2n,
      audience: 3n,
      challenge: 4n,
      policy: 5n,
      now: 6n,
      registryRoot: 7n,
    })
    expect(Object.keys(nameSignals(signals))).toEqual([...PUBLIC_SIGNALS])
  })
})
