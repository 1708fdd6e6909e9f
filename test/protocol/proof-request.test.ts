import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBase64url } from '../../src/protocol/bytes.ts'
import { COMPUTE, HARDWARE } from '../../src/protocol/claim-schemas.ts'
import { toField } from '../../src/protocol/field.ts'
import { policyHash } from '../../src/protocol/policy.ts'
import { challengeOf, type ProofRequestJson, zProofRequest } from '../../src/protocol/proof-request.ts'

const bytes = (fill: number) => toBase64url(new Uint8Array(32).fill(fill))
const RECIPIENT = bytes(9)
const example: ProofRequestJson = {
  type: 'AssayProofRequest',
  version: 1,
  audience: { did: 'did:web:dapp.example', context: 'season 1' },
  nonce: bytes(1),
  purpose: 'joining the network',
  policies: [{ schema: COMPUTE, claims: { ramMiB: { min: '8192' } } }],
  replay: { key: 'pseudonym', period: '2027' },
  sameDevice: true,
  circuit: 'ab'.repeat(32),
  registry: bytes(2),
  now: 1_800_000_000,
  expiresAt: 1_800_000_300,
}
const parse = (changes: object = {}) => zProofRequest.parse({ ...example, ...changes })

describe('proof request', () => {
  it('has this shape; context and replay may be missing', () => {
    expect(parse().policies[0]).toEqual({ schema: COMPUTE, claims: { ramMiB: { min: 8192n } } })
    const { replay: _, ...once } = example
    expect(zProofRequest.parse({ ...once, audience: { did: 'did:web:dapp.example' } }).replay).toBeUndefined()
  })

  it.each([
    ['an unknown field', { recipient: RECIPIENT }, '"recipient"'],
    ['another type', { type: 'AssayPresentation' }, 'AssayProofRequest'],
    ['another version', { version: 2 }, 'expected 1'],
    ['an audience with a fragment', { audience: { did: 'did:web:dapp.example#season 1' } }, 'must be a DID'],
    ['an unknown field of its audience', { audience: { did: 'did:web:dapp.example', url: 'x' } }, '"url"'],
    ['a short nonce', { nonce: toBase64url(new Uint8Array(16)) }, 'expected string to have exactly 43 characters'],
    ['a nonce with spare bits', { nonce: `${'A'.repeat(42)}B` }, 'must be canonical base64url'],
    ['a padded nonce', { nonce: `${bytes(1)}=` }, 'expected string to have exactly 43 characters'],
    ['no purpose', { purpose: '' }, '>=1 characters'],
    ['a purpose that clears the terminal', { purpose: 'log in\u001b[2J' }, 'must not hold control'],
    ['a purpose of two lines', { purpose: 'log in\nNothing is revealed.' }, 'must not hold control'],
    ['a purpose that a database refuses', { purpose: 'log in\u0000' }, 'must not hold control'],
    ['a period that reads backwards', { replay: { key: 'pseudonym', period: '\u202e2027' } }, 'must not hold control'],
    [
      'a context of half a character, which hashes like any other half',
      { audience: { did: 'did:web:dapp.example', context: '\ud800' } },
      'must not hold control',
    ],
    ['no policy', { policies: [] }, '>=1 items'],
    ['five policies', { policies: Array(5).fill(example.policies[0]) }, '<=4 items'],
    ['a replay key of its own', { replay: { key: 'recipient', period: '2027' } }, '"pseudonym"|"devicePseudonym"'],
    ['a circuit in capitals', { circuit: 'AB'.repeat(32) }, 'must be 64 hex digits'],
    ['a fractional time', { now: 1_800_000_000.5 }, 'expected int'],
    ['a time beyond 32 bits', { expiresAt: 2 ** 32 }, '<=4294967295'],
    ['a time in milliseconds', { now: 1_800_000_000_000 }, '<=4294967295'],
    ['an expiry that is not after its time', { expiresAt: example.now }, 'expiresAt must lie after now'],
    [
      'a bound of 2^64',
      { policies: [{ schema: COMPUTE, claims: { ramMiB: { min: String(2n ** 64n) } } }] },
      'must be less than 2^64',
    ],
  ])('is refused with %s', (_, changes, message) => {
    const { error } = zProofRequest.safeParse({ ...example, ...changes })
    expect(error?.issues.map((issue) => issue.message).join()).toContain(message)
  })
})

describe('challenge', () => {
  it('is toField of the canonical JSON of what it binds', () => {
    const text =
      '{"audience":"did:web:dapp.example","context":"season 1","expiresAt":1800000300,"nonce":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",' +
      `"now":1800000000,"policies":["${policyHash(parse().policies[0]!)}"],"purpose":"joining the network",` +
      '"recipient":"CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk","replay":{"key":"pseudonym","period":"2027"}}'
    expect(challengeOf(parse(), RECIPIENT)).toBe(toField(text))
  })

  it('is another for another recipient, audience, context, nonce, purpose, policy, replay key or time', () => {
    const { replay: _, ...once } = example
    const changes: object[] = [
      {},
      { audience: { did: 'did:web:other.example', context: 'season 1' } },
      { audience: { did: 'did:web:dapp.example', context: 'season 2' } },
      { audience: { did: 'did:web:dapp.example' } },
      { nonce: bytes(3) },
      { purpose: 'leaving the network' },
      { policies: [{ schema: COMPUTE, claims: { ramMiB: { min: '16384' } } }] },
      { policies: [{ schema: HARDWARE, claims: {} }] },
      { policies: [example.policies[0], example.policies[0]] },
      { replay: { key: 'devicePseudonym', period: '2027' } },
      { replay: { key: 'pseudonym', period: '2028' } },
      { now: example.now - 1 },
      { expiresAt: example.expiresAt + 1 },
    ]
    const challenges = changes.map((change) => challengeOf(parse(change), RECIPIENT))
    challenges.push(challengeOf(zProofRequest.parse(once), RECIPIENT), challengeOf(parse(), bytes(8)))
    expect(new Set(challenges).size).toBe(changes.length + 2)
  })

  it('keeps the order of policies', () => {
    const policies = [example.policies[0]!, { schema: HARDWARE, claims: {} }]
    const reversed = parse({ policies: policies.toReversed() })
    expect(challengeOf(parse({ policies }), RECIPIENT)).not.toBe(challengeOf(reversed, RECIPIENT))
  })

  it("can't be forged by putting one part's text into another", () => {
    const text = fc.string({ minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(text, text, text, text, (purpose, context, otherPurpose, otherContext) => {
        const of = (p: string, c: string) => {
          return challengeOf(parse({ purpose: p, audience: { did: 'did:web:dapp.example', context: c } }), RECIPIENT)
        }
        const same = purpose === otherPurpose && context === otherContext
        expect(of(purpose, context) === of(otherPurpose, otherContext)).toBe(same)
      }),
      { numRuns: 50 },
    )
  })
})
