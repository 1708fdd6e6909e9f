import { ed25519 } from '@noble/curves/ed25519.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBase64url } from '../../src/protocol/bytes.ts'
import { canonicalDid, isCanonicalDid } from '../../src/protocol/canonical-did.ts'
import { didKeyFromEd25519, zDid } from '../../src/protocol/did.ts'

const x = toBase64url(ed25519.getPublicKey(new Uint8Array(32).fill(1)))
const jwk = (value: unknown) => {
  return `did:jwk:${toBase64url(new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value)))}`
}
const key = jwk({ crv: 'Ed25519', kty: 'OKP', x })
const address = '0xab5801a7d398351b8be11c439e05c5b3259aec9b'

describe('the canonical form of a DID', () => {
  it.each([
    ['a did:key', didKeyFromEd25519(new Uint8Array(32).fill(9))],
    ['a did:jwk', key],
    ['a host', 'did:web:example.com'],
    ['a host with a port and a path', 'did:web:localhost%3A8787:issuers:gpu'],
    ['an account', `did:pkh:eip155:31337:${address}`],
    [
      'an account of another chain',
      'did:pkh:solana:4sGjMW1sUnHzSxGspuhpqLDx6wiyjNtZ:CKg5d12Jhpej1JqtmxLJgaFqqeYjxgPqToJ4LBdvG9Ev',
    ],
    ['another method, as it is', 'did:example:AnythingGoes'],
  ])('is that of %s itself', (_, did) => {
    expect(canonicalDid(did)).toBe(did)
    expect(isCanonicalDid(did)).toBe(true)
  })

  it.each([
    ['a did:jwk with its members in another order', jwk({ kty: 'OKP', crv: 'Ed25519', x }), key],
    ['one with a use', jwk({ crv: 'Ed25519', kty: 'OKP', use: 'sig', x }), key],
    ['one with a coordinate that its kind does not have', jwk({ crv: 'Ed25519', kty: 'OKP', x, y: x }), key],
    ['one with spaces', jwk(`{ "crv": "Ed25519", "kty": "OKP", "x": "${x}" }`), key],
    ['one with an escape', jwk(`{"crv":"Ed25519","kty":"OKP","\\u0078":"${x}"}`), key],
    ['one that names a member twice', jwk(`{"crv":"Ed25519","kty":"OKP","x":"AA","x":"${x}"}`), key],
    ['a host in capitals', 'did:web:Example.COM', 'did:web:example.com'],
    ['the default port', 'did:web:example.com%3A443', 'did:web:example.com'],
    ['the dot of the root', 'did:web:example.com.', 'did:web:example.com'],
    ['a needless percent sign', 'did:web:example.com:%61', 'did:web:example.com:a'],
    ['an address as one number', 'did:web:2130706433', 'did:web:127.0.0.1'],
    ['an address in hex', 'did:web:0x7f.1', 'did:web:127.0.0.1'],
    [
      'an account in mixed case',
      'did:pkh:eip155:1:0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B',
      `did:pkh:eip155:1:${address}`,
    ],
  ])('of %s is another', (_, did, canonical) => {
    expect(isCanonicalDid(did)).toBe(false)
    expect(canonicalDid(did)).toBe(canonical)
    expect(isCanonicalDid(canonical)).toBe(true)
  })

  it.each([
    ['no DID', 'example.com', 'example.com is not a DID'],
    ['a did:key of another kind of key', 'did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv', undefined],
    ['a did:key cut short', 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2do', undefined],
    ['a did:key in another base', 'did:key:f1220', undefined],
    ['a did:jwk that is no JSON', 'did:jwk:AAAA', undefined],
    ['a did:jwk of a list', jwk([1]), undefined],
    ['a did:jwk of null', jwk('null'), undefined],
    ['a did:jwk of another kind', jwk({ kty: 'RSA', n: 'AQAB', e: 'AQAB' }), undefined],
    ['a coordinate with spare bits', jwk({ crv: 'Ed25519', kty: 'OKP', x: `${x.slice(0, -1)}B` }), undefined],
    ['a coordinate of 31 bytes', jwk({ crv: 'Ed25519', kty: 'OKP', x: toBase64url(new Uint8Array(31)) }), undefined],
    ['half a point', jwk({ crv: 'P-256', kty: 'EC', x }), undefined],
    ['a port with a leading zero', 'did:web:example.com%3A08443', undefined],
    ['a port beyond 65535', 'did:web:example.com%3A65536', undefined],
    ['an empty label', 'did:web:a..b', undefined],
    ['a path that a URL leaves out', 'did:web:example.com:a:..:b', undefined],
    ['the same, encoded', 'did:web:example.com:a:%2E%2E:b', undefined],
    ['a slash in a part', 'did:web:example.com:a%2Fb', undefined],
    ['an empty part', 'did:web:example.com::b', undefined],
    ["the place of the host's own document", 'did:web:example.com:.well-known', undefined],
    ['an account on no chain', `did:pkh:eip155:01:${address}`, undefined],
    ['an account of its own spelling', `did:pkh:EIP155:1:${address}`, undefined],
  ])('is none for %s', (_, did, message) => {
    expect(isCanonicalDid(did)).toBe(false)
    expect(() => canonicalDid(did)).toThrow(
      expect.objectContaining({ code: 'malformed', message: message ?? `${did} is not a DID in its canonical form` }),
    )
  })

  it('is a DID, and its own canonical form, whatever the host and path', () => {
    const part = fc.stringMatching(/^[A-Za-z0-9._%-]{1,12}$/)
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 3 }), (parts) => {
        const did = `did:web:${parts.join(':')}`
        fc.pre(zDid.safeParse(did).success)
        try {
          const canonical = canonicalDid(did)
          expect(zDid.parse(canonical)).toBe(canonical)
          expect(canonicalDid(canonical)).toBe(canonical)
        } catch (error) {
          expect(error).toMatchObject({ code: 'malformed' })
        }
      }),
      { numRuns: 500 },
    )
  })
})
