import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBase64url } from '../../src/protocol/bytes.ts'
import { COMPUTE, HARDWARE } from '../../src/protocol/claim-schemas.ts'
import { toField } from '../../src/protocol/field.ts'
import {
  challengeOf,
  type ProofRequestJson,
  proofRequestJson,
  zProofRequest,
} from '../../src/protocol/proof-request.ts'

const bytes = (fill: number) => toBase64url(new Uint8Array(32).fill(fill))
const RECIPIENT = bytes(9)
const ram = { schema: COMPUTE, claims: { ramMiB: { min: '8192', source: 'measured' } } } as const
const example: ProofRequestJson = {
  type: 'AssayProofRequest',
  version: 1,
  audience: { did: 'did:web:dapp.example', context: 'season 1' },
  nonce: bytes(1),
  purpose: 'joining the network',
  policies: [ram],
  replay: { key: 'pseudonym', period: '2027' },
  sameDevice: true,
  circuit: 'ab'.repeat(32),
  registry: bytes(2),
  now: 1_800_003_600,
  expiresAt: 1_800_000_300,
}
const parse = (changes: object = {}) => zProofRequest.parse({ ...example, ...changes })
const ramWith = (changes: object) => ({
  policies: [{ schema: COMPUTE, claims: { ramMiB: { ...ram.claims.ramMiB, ...changes } } }],
})

describe('proof request', () => {
  it('has this shape; context and replay may be missing', () => {
    expect(parse().policies[0]).toEqual({ schema: COMPUTE, claims: { ramMiB: { min: 8192n, source: 'measured' } } })
    const { replay: _, ...once } = example
    expect(zProofRequest.parse({ ...once, audience: { did: 'did:web:dapp.example' } }).replay).toBeUndefined()
    expect(proofRequestJson(parse())).toEqual(example)
  })

  it.each([
    ['an unknown field', { recipient: RECIPIENT }, '"recipient"'],
    ['another type', { type: 'AssayPresentation' }, 'AssayProofRequest'],
    ['another version', { version: 2 }, 'expected 1'],
    ['an audience with a fragment', { audience: { did: 'did:web:dapp.example#season 1' } }, 'must be a DID'],
    [
      'a second spelling of its audience, which would have a second pseudonym',
      { audience: { did: 'did:web:dapp.example%3A443' } },
      'must be a DID in its canonical form',
    ],
    ['an unknown field of its audience', { audience: { did: 'did:web:dapp.example', url: 'x' } }, '"url"'],
    ['a short nonce', { nonce: toBase64url(new Uint8Array(16)) }, 'expected string to have exactly 43 characters'],
    ['a nonce with spare bits', { nonce: `${'A'.repeat(42)}B` }, 'must be canonical base64url'],
    ['a padded nonce', { nonce: `${bytes(1)}=` }, 'expected string to have exactly 43 characters'],
    ['no purpose', { purpose: '' }, '>=1 characters'],
    ['a purpose that clears the terminal', { purpose: 'log in\u001b[2J' }, 'must not hold control'],
    ['a purpose of two lines', { purpose: 'log in\nNothing is revealed.' }, 'must not hold control'],
    ['a purpose that a database refuses', { purpose: 'log in\u0000' }, 'must not hold control'],
    ['a purpose that ends its quotation', { purpose: 'log in”. Nothing is revealed' }, 'must not hold quotation marks'],
    ['a period that reads backwards', { replay: { key: 'pseudonym', period: '\u202e2027' } }, 'must not hold control'],
    [
      'a period that looks like another',
      { replay: { key: 'pseudonym', period: 'sеason 1' } },
      'must be letters of one script',
    ],
    [
      'a context of half a character, which hashes like any other half',
      { audience: { did: 'did:web:dapp.example', context: '\ud800' } },
      'must not hold control',
    ],
    [
      'a context in NFD',
      { audience: { did: 'did:web:dapp.example', context: 'e\u0301' } },
      'must be in Unicode form NFC',
    ],
    ['no policy', { policies: [] }, '>=1 items'],
    ['five policies', { policies: Array(5).fill(ram) }, '<=4 items'],
    [
      'a policy without a source',
      { policies: [{ schema: COMPUTE, claims: { ramMiB: { min: '8192' } } }] },
      'expected one of "selfReported"',
    ],
    ['a replay key of its own', { replay: { key: 'recipient', period: '2027' } }, '"pseudonym"|"devicePseudonym"'],
    ['a circuit in capitals', { circuit: 'AB'.repeat(32) }, 'must be 64 hex digits'],
    ['a fractional time', { now: 1_800_003_600.5 }, 'expected int'],
    ['a time beyond 32 bits', { expiresAt: 2 ** 32 }, '<=4294967295'],
    ['a time in milliseconds', { now: 1_800_003_600_000 }, '<=4294967295'],
    ['a time that is not after its expiry', { now: example.expiresAt }, 'now must lie after expiresAt'],
    ['a bound of 2^64', ramWith({ min: String(2n ** 64n) }), 'must be less than 2^64'],
    ['min above max', ramWith({ max: '4096' }), 'min must not exceed max'],
  ])('is refused with %s', (_, changes, message) => {
    const { error } = zProofRequest.safeParse({ ...example, ...changes })
    expect(error?.issues.map((issue) => issue.message).join()).toContain(message)
  })
})

describe('challenge', () => {
  it('is toField of the canonical JSON of the whole request and the recipient', () => {
    const text =
      '{"recipient":"CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk","request":{"audience":{"context":"season 1",' +
      `"did":"did:web:dapp.example"},"circuit":"${example.circuit}","expiresAt":1800000300,` +
      '"nonce":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE","now":1800003600,"policies":[{"claims":{"ramMiB":{' +
      '"min":"8192","source":"measured"}},"schema":"urn:assay:schema:compute:1"}],"purpose":"joining the network",' +
      `"registry":"${example.registry}","replay":{"key":"pseudonym","period":"2027"},"sameDevice":true,` +
      '"type":"AssayProofRequest","version":1}}'
    expect(challengeOf(parse(), RECIPIENT)).toBe(toField(text))
  })

  it('changes with each member of the request, and with the recipient', () => {
    const { replay: _, ...once } = example
    const changes: Record<Exclude<keyof ProofRequestJson, 'type' | 'version'>, object[]> = {
      audience: [
        { audience: { did: 'did:web:other.example', context: 'season 1' } },
        { audience: { did: 'did:web:dapp.example', context: 'season 2' } },
        { audience: { did: 'did:web:dapp.example' } },
      ],
      nonce: [{ nonce: bytes(3) }],
      purpose: [{ purpose: 'leaving the network' }],
      policies: [
        ramWith({ min: '16384' }),
        ramWith({ max: '16384' }),
        ramWith({ source: 'selfReported' }),
        ramWith({ anyOf: ['8192'] }),
        { policies: [{ schema: HARDWARE, claims: {} }] },
        { policies: [ram, ram] },
      ],
      replay: [
        { replay: { key: 'devicePseudonym', period: '2027' } },
        { replay: { key: 'pseudonym', period: '2028' } },
      ],
      sameDevice: [{ sameDevice: false }],
      circuit: [{ circuit: 'cd'.repeat(32) }],
      registry: [{ registry: bytes(4) }],
      now: [{ now: example.now + 1 }],
      expiresAt: [{ expiresAt: example.expiresAt + 1 }],
    }
    // type and version have one value each
    expect([...Object.keys(changes), 'type', 'version'].sort()).toEqual(Object.keys(parse()).sort())
    const all = [{}, ...Object.values(changes).flat()]
    const challenges = all.map((change) => challengeOf(parse(change), RECIPIENT))
    challenges.push(challengeOf(zProofRequest.parse(once), RECIPIENT), challengeOf(parse(), bytes(8)))
    expect(new Set(challenges).size).toBe(all.length + 2)
  })

  it('keeps the order of policies', () => {
    const policies = [ram, { schema: HARDWARE, claims: {} }]
    const reversed = parse({ policies: policies.toReversed() })
    expect(challengeOf(parse({ policies }), RECIPIENT)).not.toBe(challengeOf(reversed, RECIPIENT))
  })

  it('does not depend on the order in which members were written', () => {
    const shuffled = Object.fromEntries(Object.entries(example).reverse())
    expect(challengeOf(zProofRequest.parse(shuffled), RECIPIENT)).toBe(challengeOf(parse(), RECIPIENT))
  })

  it("can't be forged by putting one part's text into another", () => {
    const text = fc.stringMatching(/^[a-z{}:,[\]\\]{1,40}$/)
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
