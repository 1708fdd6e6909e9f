import { decodeJWT } from 'did-jwt'
import fc from 'fast-check'
import { compactVerify, importJWK, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { createJwt, createSessionJwt } from '../../src/identity/create-jwt.ts'
import { didSignerFromKey, sessionSignerFromKey } from '../../src/identity/did-signer.ts'
import { ed25519Jwk, jwkThumbprint, verifyEd25519 } from '../../src/identity/ed25519.ts'
import { signDocument, verifyDocument } from '../../src/identity/sign-document.ts'
import { verifyJwt, verifySessionJwt } from '../../src/identity/verify-jwt.ts'
import { fromBase64url, toBase64url } from '../../src/protocol/bytes.ts'
import { ed25519FromDidKey } from '../../src/protocol/did.ts'
import type { ResolveKeys } from '../../src/protocol/effects.ts'
import { AssayError } from '../../src/protocol/errors.ts'

const alice = didSignerFromKey(new Uint8Array(32).fill(1))
const bob = didSignerFromKey(new Uint8Array(32).fill(2))
const session = sessionSignerFromKey(new Uint8Array(32).fill(3))
const resolveKeys: ResolveKeys = async (did) => [ed25519FromDidKey(did)]
const typ = 'test+jwt'
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token with any header and payload, validly signed. */
async function forge(header: unknown, payload: unknown, sign = alice.sign): Promise<string> {
  const input = `${encode(header)}.${encode(payload)}`
  return `${input}.${toBase64url(await sign(Buffer.from(input)))}`
}

describe('Ed25519 (RFC 8032)', () => {
  // RFC 8032, 7.1, TEST 2
  const key = Buffer.from('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', 'hex')
  const signature = Buffer.from(
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    'hex',
  )

  it('verifies the vector of the RFC', () => {
    expect(verifyEd25519(signature, Uint8Array.of(0x72), key)).toBe(true)
    expect(verifyEd25519(signature, Uint8Array.of(0x73), key)).toBe(false)
  })

  it('refuses keys of small order, under which one signature fits every message', () => {
    const identity = new Uint8Array(32)
    identity[0] = 1
    const universal = new Uint8Array(64)
    universal[0] = 1
    expect(verifyEd25519(universal, Uint8Array.of(1), identity)).toBe(false)
  })

  it('refuses a scalar that is not reduced', () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n
    const scalar = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + order
    const bytes = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex').reverse()
    expect(verifyEd25519(Buffer.concat([signature.subarray(0, 32), bytes]), Uint8Array.of(0x72), key)).toBe(false)
  })

  it('refuses wrong lengths and what is no point', () => {
    expect(verifyEd25519(signature.subarray(1), Uint8Array.of(0x72), key)).toBe(false)
    expect(verifyEd25519(signature, Uint8Array.of(0x72), key.subarray(1))).toBe(false)
    expect(verifyEd25519(signature, Uint8Array.of(0x72), new Uint8Array(32).fill(0xff))).toBe(false)
  })

  it('names a key by its thumbprint (RFC 8037, A.3)', () => {
    const publicKey = fromBase64url('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo')
    expect(jwkThumbprint(publicKey)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
  })
})

describe('a signed document', () => {
  it('verifies, however its members are ordered', async () => {
    const signature = await signDocument({ type: 'a', list: [1, 'ü'] }, alice.did, alice.sign)
    expect(await verifyDocument({ list: [1, 'ü'], type: 'a' }, signature, resolveKeys)).toBe(true)
  })

  it('does not verify when anything differs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.jsonValue(), async (signed, other) => {
        const signature = await signDocument({ value: signed }, alice.did, alice.sign)
        const same = Object.is(JSON.stringify(signed), JSON.stringify(other))
        fc.pre(!same)
        expect(await verifyDocument({ value: signed }, signature, resolveKeys)).toBe(true)
        expect(await verifyDocument({ value: signed, more: other }, signature, resolveKeys)).toBe(false)
        expect(await verifyDocument({ value: signed }, { ...signature, signer: bob.did }, resolveKeys)).toBe(false)
      }),
      { numRuns: 25 },
    )
  })

  it('is not judged when the signer does not resolve, or the signature is none', async () => {
    const signature = await signDocument({}, alice.did, alice.sign)
    const failing: ResolveKeys = async () => {
      throw new AssayError('didUnresolvable')
    }
    await expect(verifyDocument({}, signature, failing)).rejects.toMatchObject({ code: 'didUnresolvable' })
    for (const value of [signature.value.slice(1), `${signature.value.slice(0, -1)}B`, `${signature.value}=`]) {
      await expect(verifyDocument({}, { ...signature, value }, resolveKeys)).rejects.toMatchObject({
        code: 'malformed',
        message: 'The signature is not a signer and 64 bytes',
      })
    }
  })
})

describe('a JWT (RFC 7515, RFC 8725)', () => {
  const payload = { iss: alice.did, n: 1 }

  it('verifies, and gives back its payload', async () => {
    const token = await createJwt(payload, { ...alice, typ })
    expect(await verifyJwt(token, { typ, resolveKeys })).toEqual({ payload, issuer: alice.did, kid: alice.kid })
  })

  it('is understood by jose, and jose by us', async () => {
    const publicKey = ed25519FromDidKey(alice.did)
    const token = await createJwt(payload, { ...alice, typ })
    const { payload: bytes, protectedHeader } = await compactVerify(
      token,
      await importJWK(ed25519Jwk(publicKey), 'EdDSA'),
    )
    expect(JSON.parse(Buffer.from(bytes).toString())).toEqual(payload)
    expect(protectedHeader).toEqual({ alg: 'EdDSA', typ, kid: alice.kid })

    const d = toBase64url(new Uint8Array(32).fill(1))
    const theirs = await new SignJWT(payload)
      .setProtectedHeader({ alg: 'EdDSA', typ, kid: alice.kid })
      .sign(await importJWK({ ...ed25519Jwk(publicKey), d }, 'EdDSA'))
    expect((await verifyJwt(theirs, { typ, resolveKeys })).payload).toEqual(payload)
  })

  it('takes its issuer from where the caller says', async () => {
    const credential = { issuer: alice.did, type: ['VerifiableCredential'] }
    const token = await createJwt(credential, { ...alice, typ: 'vc+jwt' })
    const readIssuer = (value: unknown) => (value as { issuer: string }).issuer
    expect((await verifyJwt(token, { typ: 'vc+jwt', resolveKeys, readIssuer })).issuer).toBe(alice.did)
    const foreign = await createJwt({ issuer: bob.did }, { ...alice, typ: 'vc+jwt' })
    await expect(verifyJwt(foreign, { typ: 'vc+jwt', resolveKeys, readIssuer })).rejects.toMatchObject({
      code: 'signatureInvalid',
      message: 'The token is signed under a key of another DID than its issuer',
    })
  })

  it('is not signed under a key id of another DID', async () => {
    await expect(createJwt(payload, { ...alice, kid: bob.kid, typ })).rejects.toThrow(
      new RangeError(`A key id must belong to its DID, got ${bob.kid} for ${alice.did}`),
    )
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['another type', { alg: 'EdDSA', typ: 'JWT', kid: alice.kid }, 'typ'],
    ['the type in other case', { alg: 'EdDSA', typ: 'Test+jwt', kid: alice.kid }, 'typ'],
    ['no type', { alg: 'EdDSA', kid: alice.kid }, 'typ'],
    ['no algorithm', { typ, kid: alice.kid, alg: 'none' }, 'alg'],
    ['another algorithm', { typ, kid: alice.kid, alg: 'ES256K' }, 'alg'],
    ['no key', { typ, alg: 'EdDSA' }, 'kid'],
    ['critical extensions', { typ, alg: 'EdDSA', kid: alice.kid, crit: ['b64'], b64: false }, 'crit, b64'],
    ['a key of its own', { typ, alg: 'EdDSA', kid: alice.kid, jwk: ed25519Jwk(session.publicKey) }, 'jwk'],
    ['a key URL', { typ, alg: 'EdDSA', kid: alice.kid, jku: 'https://evil.example' }, 'jku'],
  ])('is refused with %s', async (_, header, parameter) => {
    await expect(verifyJwt(await forge(header, payload), { typ, resolveKeys })).rejects.toMatchObject({
      code: 'malformed',
      message: "The token's header is not the one required here",
      detail: { parameter },
    })
  })

  it.each<[string, unknown]>([
    ['no issuer', {}],
    ['an issuer that is no DID', { iss: 'alice' }],
    ['an issuer with a fragment', { iss: alice.kid }],
    ['a list for a payload', [alice.did]],
    ['text for a payload', alice.did],
  ])('is refused with %s', async (_, wrong) => {
    const token = await forge({ alg: 'EdDSA', typ, kid: alice.kid }, wrong)
    await expect(verifyJwt(token, { typ, resolveKeys })).rejects.toMatchObject({
      code: 'malformed',
      message: 'The token does not name a DID as its issuer',
    })
  })

  it('is refused when another signed it, or a bit changed', async () => {
    const header = { alg: 'EdDSA', typ, kid: alice.kid }
    const invalid = { code: 'signatureInvalid', message: 'The signature does not verify.' }
    await expect(verifyJwt(await forge(header, payload, bob.sign), { typ, resolveKeys })).rejects.toMatchObject(invalid)
    const [head, , signature] = (await forge(header, payload)).split('.')
    const changed = [head, encode({ ...payload, n: 2 }), signature].join('.')
    await expect(verifyJwt(changed, { typ, resolveKeys })).rejects.toMatchObject(invalid)
  })

  it('has one spelling: nothing that decodes to the same bytes is taken', async () => {
    const token = await createJwt({ ...payload, pad: 'x' }, { ...alice, typ })
    const [header = '', body = '', signature = ''] = token.split('.')
    const spellings = [
      ` ${token}`,
      `${token}\n`,
      `${token}=`,
      `${header}=.${body}.${signature}`,
      `${header}.${body}`,
      `${token}.`,
      `${header}..${signature}`,
      '',
      ...[header, body, signature].flatMap((part, index) => {
        const other = respelt(part)
        return other === undefined ? [] : [[header, body, signature].with(index, other).join('.')]
      }),
    ]
    expect(spellings.length).toBeGreaterThan(9)
    for (const spelling of spellings) {
      await expect(verifyJwt(spelling, { typ, resolveKeys }), spelling).rejects.toMatchObject({ code: 'malformed' })
    }
    // what did-jwt's decoder refuses by itself: a non-canonical last character of a signed part
    const part = respelt(encode({ a: 1 })) ?? ''
    expect(Buffer.from(part, 'base64url').toString()).toBe('{"a":1}')
    expect(() => decodeJWT(`${part}.${part}.${signature}`, false)).toThrow('Unexpected end of data')
  })

  it('says what is wrong with a signature that is spelt otherwise', async () => {
    const token = await createJwt(payload, { ...alice, typ })
    const [header, body, signature = ''] = token.split('.')
    const other = [header, body, respelt(signature)].join('.')
    await expect(verifyJwt(other, { typ, resolveKeys })).rejects.toMatchObject({
      code: 'malformed',
      message: "The token's signature is not canonical base64url",
    })
    await expect(verifyJwt('a.b', { typ, resolveKeys })).rejects.toMatchObject({
      code: 'malformed',
      message: 'The token is not a compact JWT',
    })
  })

  it('reports a signer that does not resolve as such', async () => {
    const token = await createJwt(
      { iss: 'did:web:a.example' },
      { did: 'did:web:a.example', kid: 'did:web:a.example#1', sign: alice.sign, typ },
    )
    await expect(verifyJwt(token, { typ, resolveKeys })).rejects.toMatchObject({ code: 'didUnresolvable' })
  })
})

describe('a JWT by a session key (RFC 9449)', () => {
  it('verifies, and names the key', async () => {
    const token = await createSessionJwt({ nonce: 'n' }, { ...session, typ })
    expect(verifySessionJwt(token, { typ })).toEqual({
      payload: { nonce: 'n' },
      publicKey: session.publicKey,
      thumbprint: jwkThumbprint(session.publicKey),
    })
  })

  it.each<[string, Record<string, unknown>]>([
    ['a private key', { alg: 'EdDSA', typ, jwk: { ...ed25519Jwk(session.publicKey), d: 'AAAA' } }],
    [
      'a key of another kind',
      { alg: 'EdDSA', typ, jwk: { kty: 'OKP', crv: 'X25519', x: ed25519Jwk(session.publicKey).x } },
    ],
    ['a key of another length', { alg: 'EdDSA', typ, jwk: { ...ed25519Jwk(session.publicKey), x: 'AAAA' } }],
    ['a key id', { alg: 'EdDSA', typ, kid: alice.kid, jwk: ed25519Jwk(session.publicKey) }],
    ['another type', { alg: 'EdDSA', typ: 'JWT', jwk: ed25519Jwk(session.publicKey) }],
  ])('is refused with %s', async (_, header) => {
    const token = await forge(header, {}, session.sign)
    expect(() => verifySessionJwt(token, { typ })).toThrow(
      expect.objectContaining({ code: 'malformed', message: "The token's header is not the one required here" }),
    )
  })

  it('is refused when another key signed it', async () => {
    const token = await forge({ alg: 'EdDSA', typ, jwk: ed25519Jwk(session.publicKey) }, {}, alice.sign)
    expect(() => verifySessionJwt(token, { typ })).toThrow(
      expect.objectContaining({ code: 'signatureInvalid', message: 'The signature does not verify.' }),
    )
  })
})

/** Another last character with the same decoded bytes, or undefined where the length leaves no spare bits. */
function respelt(part: string): string | undefined {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  if (part.length % 4 === 0) return undefined
  return part.slice(0, -1) + alphabet[alphabet.indexOf(part.at(-1) ?? '') + 1]
}
