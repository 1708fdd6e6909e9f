import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { derivePublicKey, signMessage } from '../../src/protocol/babyjubjub.ts'
import { gridAbove, gridBelow } from '../../src/protocol/claim-grid.ts'
import { COMPUTE, claimSchema, HARDWARE, jobsSchema, REPUTATION, UPTIME } from '../../src/protocol/claim-schemas.ts'
import { nameClaims } from '../../src/protocol/claims.ts'
import {
  type Credential,
  type CredentialJson,
  credentialJson,
  messageOf,
  parseCredential,
  zCredential,
} from '../../src/protocol/credential.ts'
import { FIELD_ORDER, MAX_UINT64 } from '../../src/protocol/field.ts'
import { SOURCE_LEVEL } from '../../src/protocol/sources.ts'
import { fromTimestamp, toTimestamp } from '../../src/protocol/timestamp.ts'

const PRIVATE_KEY = new Uint8Array(32).fill(7)
const KEY = derivePublicKey(PRIVATE_KEY)
const EVIDENCE = [{ type: 'Inspection', description: 'Read from the machine by its own agent.' }]
const field = fc.bigInt(0n, FIELD_ORDER - 1n)

/** Any credential that an honest issuer could sign. */
const credential: fc.Arbitrary<Credential> = fc
  .record({
    schema: fc.constantFrom(HARDWARE, COMPUTE, UPTIME, REPUTATION, jobsSchema('market.example')),
    subject: field,
    device: field,
    binding: field,
    issuedAt: fc.nat(2_000_000_000),
    lifetime: fc.integer({ min: 1, max: 100_000_000 }),
    statusIndex: fc.nat(131_071),
    list: fc.nat(4_294_967_295),
    values: fc.array(fc.bigInt(0n, 2n ** 50n), { minLength: 8, maxLength: 8 }),
    picks: fc.array(fc.nat(2), { minLength: 8, maxLength: 8 }),
  })
  .map(({ lifetime, values, picks, ...fields }) => {
    const definitions = claimSchema(fields.schema).claims
    const claims = definitions.map((claim, i) => (claim === null ? 0n : gridBelow(claim.grid, values[i]!)))
    const sources = definitions.map((claim, i) => {
      return claim === null ? 0 : SOURCE_LEVEL[claim.sources[picks[i]! % claim.sources.length]!]
    })
    const unsigned = {
      ...fields,
      id: 'urn:uuid:00000000-0000-4000-8000-000000000000',
      issuer: 'did:web:issuer.example',
      holder: 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK',
      expiresAt: fields.issuedAt + lifetime,
      statusListUrl: `https://issuer.example/v1/status-lists/${fields.list}`,
      claims,
      sources,
      key: KEY,
    }
    return { ...unsigned, signature: signMessage(PRIVATE_KEY, messageOf(unsigned)) }
  })

const toJson = (value: Credential) => credentialJson(value, EVIDENCE)
const [example] = fc.sample(credential, { numRuns: 1, seed: 42 }) as [Credential]
const document = toJson(example)
const thrown = (code: string, message: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(message) })

describe('credential (W3C VC 2.0 with the signature for the circuit inside)', () => {
  it('comes back from its document, through JSON', () => {
    fc.assert(
      fc.property(credential, (value) => {
        expect(parseCredential(JSON.parse(JSON.stringify(toJson(value))))).toEqual(value)
      }),
      { numRuns: 20 },
    )
  })

  it('is what zCredential describes, and carries what VC 2.0 asks for', () => {
    expect(zCredential.safeParse(document).success).toBe(true)
    expect(document['@context'][0]).toBe('https://www.w3.org/ns/credentials/v2')
    expect(document.type[0]).toBe('VerifiableCredential')
    expect(document.credentialStatus).toMatchObject({ type: 'BitstringStatusListEntry', statusPurpose: 'revocation' })
    expect(fromTimestamp(document.validUntil)).toBe(example.expiresAt)
    expect(document['@context'][1]).toBe('https://issuer.example/v1/contexts/credential-1')
    expect(document.credentialSchema).toEqual({
      id: `https://issuer.example/v1/schemas/${example.schema}`,
      type: 'JsonSchema',
    })
  })

  type Change = (vc: CredentialJson) => unknown
  const other = (decimal: string) => String((BigInt(decimal) + 1n) % FIELD_ORDER)
  const subject = (change: Partial<CredentialJson['credentialSubject']>): Change => {
    return (vc) => ({ ...vc, credentialSubject: { ...vc.credentialSubject, ...change } })
  }
  const signature = (change: Partial<CredentialJson['circuitSignature']>): Change => {
    return (vc) => ({ ...vc, circuitSignature: { ...vc.circuitSignature, ...change } })
  }
  const status = (change: Partial<CredentialJson['credentialStatus']>): Change => {
    return (vc) => ({ ...vc, credentialStatus: { ...vc.credentialStatus, ...change } })
  }
  const uncovered = "the circuit's signature does not cover what it says"
  const second = claimSchema(example.schema).claims[1]!
  const claimsWith = (value: bigint) => nameClaims(example.schema, example.claims.with(1, value))
  const otherKey = derivePublicKey(new Uint8Array(32).fill(8))
  const { statusListUrl, statusIndex, list } = example

  const contradictions: [string, Change, string][] = [
    ['the subject', subject({ subject: other(document.credentialSubject.subject) }), uncovered],
    ['the device', subject({ device: other(document.credentialSubject.device) }), uncovered],
    ['the binding', subject({ binding: other(document.credentialSubject.binding) }), uncovered],
    [
      'a claim, on its grid',
      subject({ claims: claimsWith(gridAbove(second.grid, example.claims[1]! + 1n)) }),
      uncovered,
    ],
    ['validUntil alone', (vc) => ({ ...vc, validUntil: toTimestamp(example.expiresAt + 1) }), 'exp is not validUntil'],
    [
      'the expiry',
      (vc) => ({ ...vc, validUntil: toTimestamp(example.expiresAt + 1), exp: example.expiresAt + 1 }),
      uncovered,
    ],
    ['the key', signature({ key: [String(otherKey[0]), String(otherKey[1])] }), uncovered],
    ['a key off the curve', signature({ key: ['1', '1'] }), uncovered],
    ['R8', signature({ r8: [String(otherKey[0]), String(otherKey[1])] }), uncovered],
    ['S', signature({ s: other(document.circuitSignature.s) }), uncovered],
    ['S = 0', signature({ s: '0' }), uncovered],
    ['the list in the signature alone', signature({ list: list ^ 1 }), 'its status list URL names another list'],
    [
      'the list everywhere',
      (vc) => {
        const url = `https://issuer.example/v1/status-lists/${list ^ 1}`
        const moved = { ...vc.credentialStatus, id: `${url}#${statusIndex}`, statusListCredential: url }
        return signature({ list: list ^ 1 })({ ...vc, credentialStatus: moved })
      },
      uncovered,
    ],
    [
      'the index in one place',
      status({ statusListIndex: String(statusIndex ^ 1) }),
      'its status entry names another index',
    ],
    [
      'the index everywhere',
      status({ statusListIndex: String(statusIndex ^ 1), id: `${statusListUrl}#${statusIndex ^ 1}` }),
      uncovered,
    ],
    [
      'an index beyond the list',
      status({ statusListIndex: '131072', id: `${statusListUrl}#131072` }),
      'its status index is beyond the list',
    ],
    ['an end before its beginning', (vc) => ({ ...vc, validFrom: vc.validUntil }), 'it expires before it begins'],
    ['iss', (vc) => ({ ...vc, iss: 'did:web:other.example' }), 'iss names another issuer'],
    ['iss to a DID URL', (vc) => ({ ...vc, iss: `${vc.iss}#key` }), 'iss names another issuer'],
    ['issuer beside iss', (vc) => ({ ...vc, issuer: 'did:web:other.example' }), 'iss names another issuer'],
    ['issuer.id beside iss', (vc) => ({ ...vc, issuer: { id: 'did:web:other.example' } }), 'iss names another issuer'],
    ['sub', (vc) => ({ ...vc, sub: vc.iss }), 'sub names another subject'],
    ['jti', (vc) => ({ ...vc, jti: 'x' }), 'jti is another id'],
    ['nbf', (vc) => ({ ...vc, nbf: example.issuedAt - 1 }), 'nbf is not validFrom'],
    ['exp, to later', (vc) => ({ ...vc, exp: example.expiresAt + 1 }), 'exp is not validUntil'],
    ['exp, by less than a second', (vc) => ({ ...vc, exp: example.expiresAt - 0.5 }), 'exp is not validUntil'],
    ['iat to its end', (vc) => ({ ...vc, iat: example.expiresAt }), 'iat lies after validUntil'],
    [
      'the context to one that is elsewhere',
      (vc) => ({ ...vc, '@context': [vc['@context'][0], 'https://other.example/v1/contexts/credential-1'] }),
      'its context is not the one beside its status list',
    ],
    [
      'the JSON Schema to one of other claims',
      (vc) => ({ ...vc, credentialSchema: { ...vc.credentialSchema, id: `${vc.credentialSchema.id}x` } }),
      'its JSON Schema is of other claims',
    ],
    [
      'the place of its status list',
      status({
        statusListCredential: `https://issuer.example/lists/${list}`,
        id: `https://issuer.example/lists/${list}#${statusIndex}`,
      }),
      'its status list URL names another list',
    ],
  ]
  it.each(contradictions)('is refused as a contradiction when someone changes %s', (_, change, reason) => {
    expect(() => parseCredential(change(document))).toThrow(
      thrown('credentialInvalid', `The credential contradicts itself: ${reason}`),
    )
  })

  it.each<[string, Change]>([
    ['without JWT claims', ({ iss, sub, jti, iat, exp, ...vc }) => vc],
    ['with nbf', (vc) => ({ ...vc, nbf: example.issuedAt })],
    ['signed ahead of its time', (vc) => ({ ...vc, iat: example.issuedAt - 1000 })],
    ['signed later, by a clock with fractions', (vc) => ({ ...vc, iat: example.expiresAt - 0.25 })],
    ['with an issuer of more than an id', (vc) => ({ ...vc, issuer: { id: vc.iss, name: 'An office', url: ['x'] } })],
    ['with whole seconds as decimals', (vc) => ({ ...vc, exp: Number(`${example.expiresAt}.0`) })],
  ])('is the same %s (VC-JOSE-COSE, 3.1.3; VC 2.0, 4.7)', (_, change) => {
    expect(parseCredential(change(document))).toEqual(example)
  })

  it('is refused under another schema, whose claims it lacks or which the signature does not cover', () => {
    const jobs = fc.sample(
      credential.filter(({ schema }) => schema.includes('jobs')),
      { numRuns: 1, seed: 1 },
    )[0]!
    const under = (schema: string) => {
      const vc = toJson(jobs)
      const credentialSchema = { ...vc.credentialSchema, id: `https://issuer.example/v1/schemas/${schema}` }
      return { ...vc, credentialSchema, credentialSubject: { ...vc.credentialSubject, schema } }
    }
    expect(parseCredential(under(jobs.schema))).toEqual(jobs)
    expect(() => parseCredential(under(jobsSchema('other.example')))).toThrow(thrown('credentialInvalid', uncovered))
    expect(() => parseCredential(under(COMPUTE))).toThrow(thrown('malformed', `${COMPUTE} has no claim named epoch`))
    expect(() => parseCredential(under('urn:assay:schema:other:1'))).toThrow(
      thrown('malformed', 'must be a known claim schema'),
    )
  })

  it('is refused with claims off the grid, though its issuer signed them', () => {
    const slots = { claims: [1000n, 0n, 0n, 0n, 0n, 0n, 0n, 0n], sources: [2, 0, 0, 0, 0, 0, 0, 0] }
    const ram = { ...example, schema: COMPUTE, ...slots }
    const signed = { ...ram, signature: signMessage(PRIVATE_KEY, messageOf(ram)) }
    expect(() => parseCredential(toJson(signed))).toThrow(thrown('credentialInvalid', 'a claim lies off its grid'))
  })

  it('is refused with a source that someone raised, or that the schema does not allow, though its issuer signed it', () => {
    const slots = { claims: [1024n, 0n, 0n, 4n, 0n, 0n, 0n, 0n], sources: [1, 0, 0, 1, 0, 0, 0, 0] }
    const sign = (unsigned: Credential) => ({ ...unsigned, signature: signMessage(PRIVATE_KEY, messageOf(unsigned)) })
    const stated = sign({ ...example, schema: COMPUTE, ...slots })
    const withSources = (sources: object) => {
      const vc = toJson(stated)
      return { ...vc, credentialSubject: { ...vc.credentialSubject, sources } }
    }
    expect(parseCredential(withSources({ ramMiB: 'selfReported', cores: 'selfReported' }))).toEqual(stated)
    expect(() => parseCredential(withSources({ ramMiB: 'measured', cores: 'selfReported' }))).toThrow(
      thrown('credentialInvalid', uncovered),
    )
    expect(() => parseCredential(withSources({ ramMiB: 'selfReported' }))).toThrow(
      thrown('malformed', 'The claim cores has a value and no source'),
    )
    expect(() => parseCredential(withSources({ ramMiB: 'selfReported', cores: 'verified' }))).toThrow(
      thrown('malformed', 'sources'),
    )
    const raised = sign({ ...stated, sources: [1, 0, 0, 2, 0, 0, 0, 0] })
    expect(() => parseCredential(toJson(raised))).toThrow(thrown('malformed', "The claim cores can't be measured"))
  })

  const malformed: [string, Change, string][] = [
    ['an unknown member', (vc) => ({ ...vc, proof: {} }), '"proof"'],
    [
      'an unknown member of its subject',
      (vc) => ({ ...vc, credentialSubject: { ...vc.credentialSubject, name: 'x' } }),
      '"name"',
    ],
    ['an audience, which could exclude whoever reads it', (vc) => ({ ...vc, aud: 'did:web:a.example' }), '"aud"'],
    ['a confirmation key', (vc) => ({ ...vc, cnf: { kid: 'x' } }), '"cnf"'],
    ['the vc claim of VC 1.1', (vc) => ({ ...vc, vc: {} }), '"vc"'],
    ['a time that is a text', (vc) => ({ ...vc, exp: String(example.expiresAt) }), 'exp'],
    ['an issuer without id', (vc) => ({ ...vc, issuer: { name: 'x' } }), 'issuer'],
    [
      'a context that is no web address',
      (vc) => ({ ...vc, '@context': [vc['@context'][0], 'urn:x'] }),
      '["@context"][1]',
    ],
    ['a third context', (vc) => ({ ...vc, '@context': [...vc['@context'], vc['@context'][1]] }), '@context'],
    [
      'a status list that is no web address',
      status({ statusListCredential: 'ftp://issuer.example/1' }),
      'statusListCredential',
    ],
    ['no evidence', (vc) => ({ ...vc, evidence: [] }), 'evidence'],
    [
      'VC 1.1',
      (vc) => ({ ...vc, '@context': ['https://www.w3.org/2018/credentials/v1', vc['@context'][1]] }),
      '["@context"][0]',
    ],
    ['an issuer that is a DID URL', (vc) => ({ ...vc, issuer: `${vc.issuer}#key` }), 'must be a DID'],
    ['a subject of p', subject({ subject: String(FIELD_ORDER) }), 'must be less than the field order'],
    ['a device of 2^260', subject({ device: String(2n ** 260n) }), 'must be a canonical decimal string'],
    ['a binding in hex', subject({ binding: '0x01' }), 'must be a canonical decimal string'],
    ['a claim of 2^64', subject({ claims: claimsWith(MAX_UINT64 + 1n) }), 'must be less than 2^64'],
    [
      'a claim with a leading zero',
      subject({ claims: { ...claimsWith(0n), [second.name]: '02' } }),
      'must be a canonical decimal string',
    ],
    ['S of p', signature({ s: String(FIELD_ORDER) }), 'must be less than the field order'],
    ['a list of 2^32', signature({ list: 2 ** 32 }), 'circuitSignature.list'],
    ['a fractional list', signature({ list: 0.5 }), 'circuitSignature.list'],
    ['an index with a leading zero', status({ statusListIndex: '007' }), 'statusListIndex'],
    [
      'a time with a zone',
      (vc) => ({ ...vc, validFrom: '2026-01-31T12:00:00+01:00' }),
      'must be a UTC time to the second',
    ],
    [
      'an impossible day',
      (vc) => ({ ...vc, validFrom: '2026-02-30T12:00:00Z' }),
      '2026-02-30T12:00:00Z is not a UTC time',
    ],
    [
      'a life before the Unix epoch',
      (vc) => ({ ...vc, validFrom: '1950-01-01T00:00:00Z', validUntil: '1960-01-01T00:00:00Z' }),
      '1950-01-01T00:00:00Z is not a UTC time',
    ],
    ['nothing', () => null, 'expected object'],
    ['a list', () => [document], 'expected object'],
  ]
  it.each(malformed)('is malformed with %s', (_, change, message) => {
    expect(() => parseCredential(change(document))).toThrow(thrown('malformed', message))
  })
})

describe('timestamps', () => {
  it('are whole seconds in UTC, there and back', () => {
    expect(toTimestamp(0)).toBe('1970-01-01T00:00:00Z')
    expect(fromTimestamp('2026-01-31T12:00:00Z')).toBe(1_769_860_800)
    fc.assert(
      fc.property(fc.nat(4_294_967_295), (seconds) => {
        expect(fromTimestamp(toTimestamp(seconds))).toBe(seconds)
      }),
    )
  })
})
