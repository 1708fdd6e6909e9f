import { ed25519 } from '@noble/curves/ed25519.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { calculateJwkThumbprint, compactVerify, importJWK, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import {
  AssayError,
  didKeyFromEd25519,
  ed25519FromDidKey,
  fromBase64url,
  jwkOf,
  jwkThumbprint,
  keyThumbprint,
  signJws,
  toBase64url,
  verifyEd25519,
  verifyJws,
} from '../../src/protocol/index.ts'

const seed = new Uint8Array(32).fill(7)
const publicKey = ed25519.getPublicKey(seed)
const did = didKeyFromEd25519(publicKey)
const sign = async (message: Uint8Array) => ed25519.sign(message, seed)
const other = ed25519.getPublicKey(new Uint8Array(32).fill(8))
const resolveKeys = async (asked: string) => [other, ed25519FromDidKey(asked)]
const typ = 'test+jwt'

const encode = (value: unknown) => toBase64url(utf8ToBytes(typeof value === 'string' ? value : JSON.stringify(value)))
const forge = async (header: unknown, payload: unknown) => {
  const signed = `${encode(header)}.${encode(payload)}`
  return `${signed}.${toBase64url(await sign(utf8ToBytes(signed)))}`
}
const malformed = { code: 'malformed', message: 'The text is not a compact JWS signed with EdDSA' }

describe('RFC 8037 appendix A', () => {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' } as const

  it('A.1 and A.2: the public key as a JWK', () => {
    const secret = fromBase64url('nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A')
    expect(jwkOf(ed25519.getPublicKey(secret))).toEqual(jwk)
  })

  it('A.3: the thumbprint of RFC 7638', async () => {
    expect(jwkThumbprint(jwk)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
    expect(keyThumbprint(publicKey)).toBe(await calculateJwkThumbprint(jwkOf(publicKey)))
  })

  it('A.5: the signature', () => {
    const signed = 'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc'
    const signature = 'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg'
    expect(verifyEd25519(fromBase64url(jwk.x), utf8ToBytes(signed), fromBase64url(signature))).toBe(true)
    expect(verifyEd25519(fromBase64url(jwk.x), utf8ToBytes(`${signed}Q`), fromBase64url(signature))).toBe(false)
  })
})

describe('Ed25519 (RFC 8032)', () => {
  // RFC 8032, 7.1, TEST 2
  const key = Buffer.from('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', 'hex')
  const signature = Buffer.from(
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    'hex',
  )

  it('verifies the vector of the RFC', () => {
    expect(verifyEd25519(key, Uint8Array.of(0x72), signature)).toBe(true)
    expect(verifyEd25519(key, Uint8Array.of(0x73), signature)).toBe(false)
  })

  it('refuses keys of small order, under which one signature fits every message', () => {
    const identity = new Uint8Array(32)
    identity[0] = 1
    const universal = new Uint8Array(64)
    universal[0] = 1
    expect(verifyEd25519(identity, Uint8Array.of(1), universal)).toBe(false)
  })

  it('refuses a scalar that is not reduced', () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n
    const scalar = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + order
    const bytes = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex').reverse()
    expect(verifyEd25519(key, Uint8Array.of(0x72), Buffer.concat([signature.subarray(0, 32), bytes]))).toBe(false)
  })

  it('refuses wrong lengths and what is no point', () => {
    expect(verifyEd25519(key, Uint8Array.of(0x72), signature.subarray(1))).toBe(false)
    expect(verifyEd25519(key.subarray(1), Uint8Array.of(0x72), signature)).toBe(false)
    expect(verifyEd25519(new Uint8Array(32).fill(0xff), Uint8Array.of(0x72), signature)).toBe(false)
  })
})

describe('a JWS', () => {
  it('is one that jose verifies', async () => {
    const token = await signJws({ header: { typ, kid: did }, payload: { iss: did, a: 1 }, sign })
    const { protectedHeader, payload } = await compactVerify(token, await importJWK(jwkOf(publicKey), 'EdDSA'))
    expect(protectedHeader).toEqual({ alg: 'EdDSA', typ, kid: did })
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual({ iss: did, a: 1 })
  })

  it('is taken from jose', async () => {
    const key = await importJWK({ ...jwkOf(publicKey), d: toBase64url(seed) }, 'EdDSA')
    const token = await new SignJWT({ iss: did }).setProtectedHeader({ alg: 'EdDSA', typ, kid: did }).sign(key)
    expect(await verifyJws(token, { typ, resolveKeys })).toMatchObject({ payload: { iss: did }, did })
  })

  it('verifies by whatever key it carries, where the caller judges who that is', async () => {
    const jwk = jwkOf(publicKey)
    const token = await signJws({ header: { typ, jwk }, payload: { a: 1 }, sign })
    expect((await verifyJws(token, { typ, anyKey: true })).header.jwk).toEqual(jwk)
    const foreign = await signJws({ header: { typ, jwk: jwkOf(other) }, payload: { a: 1 }, sign })
    await expect(verifyJws(foreign, { typ, anyKey: true })).rejects.toMatchObject({ code: 'signatureInvalid' })
    await expect(verifyJws(await forge({ alg: 'EdDSA', typ }, {}), { typ, anyKey: true })).rejects.toMatchObject({
      code: 'malformed',
      message: 'The JWS must carry its key in jwk',
    })
  })

  it('verifies by a given key, by the key of its kid, and by a key of that thumbprint', async () => {
    const jwk = jwkOf(publicKey)
    const token = await signJws({ header: { typ, kid: `${did}#key-1`, jwk }, payload: { iss: did }, sign })
    const header = { alg: 'EdDSA', typ, kid: `${did}#key-1`, jwk }
    expect(await verifyJws(token, { typ, publicKey })).toEqual({ header, payload: { iss: did }, did: undefined })
    expect(await verifyJws(token, { typ, resolveKeys })).toEqual({ header, payload: { iss: did }, did })
    expect(await verifyJws(token, { typ, thumbprint: keyThumbprint(publicKey) })).toMatchObject({ header })
  })

  it('refuses another type', async () => {
    const token = await signJws({ header: { typ: 'other+jwt' }, payload: {}, sign })
    await expect(verifyJws(token, { typ, publicKey })).rejects.toMatchObject({
      code: 'malformed',
      message: 'The JWS must be of type test+jwt, got other+jwt',
    })
  })

  it('refuses a wrong signature, key, thumbprint and issuer', async () => {
    const token = await signJws({ header: { typ, kid: did, jwk: jwkOf(publicKey) }, payload: { iss: did }, sign })
    const invalid = { code: 'signatureInvalid', message: 'The signature does not verify.' }
    await expect(verifyJws(token, { typ, publicKey: other })).rejects.toMatchObject(invalid)
    await expect(verifyJws(token, { typ, resolveKeys: async () => [] })).rejects.toMatchObject(invalid)
    const [header, , signature] = token.split('.')
    const altered = `${header}.${encode({ iss: did, a: 2 })}.${signature}`
    await expect(verifyJws(altered, { typ, publicKey })).rejects.toMatchObject(invalid)
    await expect(verifyJws(token, { typ, thumbprint: keyThumbprint(other) })).rejects.toMatchObject({
      code: 'signatureInvalid',
      message: 'The JWS is signed by another key than the one named',
    })
    const foreign = await forge({ alg: 'EdDSA', typ, kid: did }, { iss: didKeyFromEd25519(other) })
    await expect(verifyJws(foreign, { typ, resolveKeys })).rejects.toMatchObject({
      code: 'signatureInvalid',
      message: `The JWS is issued by ${didKeyFromEd25519(other)} but names a key of ${did}`,
    })
  })

  it('refuses to guess a key that the header does not carry', async () => {
    const token = await signJws({ header: { typ }, payload: {}, sign })
    await expect(verifyJws(token, { typ, resolveKeys })).rejects.toMatchObject({
      code: 'malformed',
      message: "The JWS must name its signer's key in kid",
    })
    await expect(verifyJws(token, { typ, thumbprint: keyThumbprint(publicKey) })).rejects.toMatchObject({
      code: 'malformed',
      message: 'The JWS must carry its key in jwk',
    })
  })

  it('passes on that a DID does not resolve', async () => {
    const token = await signJws({ header: { typ, kid: 'did:key:zQ' }, payload: { iss: 'did:key:zQ' }, sign })
    await expect(verifyJws(token, { typ, resolveKeys })).rejects.toMatchObject({ code: 'didUnresolvable' })
  })

  it('refuses a small-order key, for which anyone can sign', async () => {
    const identity = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 1 : 0))
    const signed = `${encode({ alg: 'EdDSA', typ })}.${encode({})}`
    const token = `${signed}.${toBase64url(Uint8Array.from({ length: 64 }, (_, i) => (i === 0 ? 1 : 0)))}`
    await expect(verifyJws(token, { typ, publicKey: identity })).rejects.toMatchObject({ code: 'signatureInvalid' })
  })

  it.each([
    ['none', { alg: 'none', typ }],
    ['another algorithm', { alg: 'ES256', typ }],
    ['an algorithm in another case', { alg: 'eddsa', typ }],
    ['the algorithm of another curve', { alg: 'Ed448', typ }],
    ['a private key in jwk', { alg: 'EdDSA', typ, jwk: { ...jwkOf(publicKey), d: 'x' } }],
    ['the word for a private key in jwk', { alg: 'EdDSA', typ, jwk: { ...jwkOf(publicKey), d: null } }],
    ['a key for encryption in jwk', { alg: 'EdDSA', typ, jwk: { ...jwkOf(publicKey), use: 'enc' } }],
    ['a key for signing alone in jwk', { alg: 'EdDSA', typ, jwk: { ...jwkOf(publicKey), key_ops: ['sign'] } }],
    ['a key of another algorithm in jwk', { alg: 'EdDSA', typ, jwk: { ...jwkOf(publicKey), alg: 'ECDH-ES' } }],
    ['no type', { alg: 'EdDSA' }],
    ['a type that is no name', { alg: 'EdDSA', typ: 'test+jwt ' }],
    ['a member twice', `{"alg":"none","alg":"EdDSA","typ":"${typ}"}`],
    ['a member twice, escaped once', `{"alg":"EdDSA","typ":"x","t\\u0079p":"${typ}"}`],
    ['no object', '"x"'],
    ['nothing', 'null'],
  ])('refuses a header with %s', async (_, header) => {
    await expect(verifyJws(await forge(header, {}), { typ, publicKey })).rejects.toMatchObject(malformed)
  })

  it.each([
    ['a list', ['exp']],
    ['an extension that RFC 7797 defines', ['b64']],
    ['an empty list', []],
    ['null', null],
  ])('refuses critical extensions, since none is understood (RFC 7515, 4.1.11): %s', async (_, crit) => {
    const token = await forge({ alg: 'EdDSA', typ, crit, b64: true, exp: 1 }, {})
    await expect(verifyJws(token, { typ, publicKey })).rejects.toMatchObject({
      code: 'malformed',
      message: 'The JWS has critical header parameters (crit), and none are supported',
    })
  })

  it('ignores header parameters that it does not know, and chooses no key by them (RFC 7515, 4)', async () => {
    const others = { jku: 'https://example.org', x5u: 'https://example.org', x5c: ['AAAA'], iat: 1, vnd: { a: null } }
    const token = await forge({ alg: 'EdDSA', typ, kid: did, ...others }, { iss: did })
    const header = { alg: 'EdDSA', typ, kid: did }
    expect(await verifyJws(token, { typ, resolveKeys })).toEqual({ header, payload: { iss: did }, did })
    await expect(verifyJws(token, { typ, publicKey: other })).rejects.toMatchObject({ code: 'signatureInvalid' })
  })

  it('takes the fully specified name of the algorithm (RFC 9864), as jose signs it', async () => {
    const key = await importJWK({ ...jwkOf(publicKey), d: toBase64url(seed) }, 'Ed25519')
    const token = await new SignJWT({ iss: did }).setProtectedHeader({ alg: 'Ed25519', typ, kid: did }).sign(key)
    expect(await verifyJws(token, { typ, resolveKeys })).toMatchObject({ header: { alg: 'Ed25519' }, did })
    await expect(verifyJws(token, { typ, publicKey: other })).rejects.toMatchObject({ code: 'signatureInvalid' })
  })

  it.each(['application/test+jwt', 'Application/Test+JWT', 'TEST+jwt'])(
    'takes its type as %s (RFC 7515, 4.1.9), with any content type',
    async (name) => {
      const token = await forge({ alg: 'EdDSA', typ: name, cty: 'application/json' }, { a: 1 })
      const { header, payload } = await verifyJws(token, { typ, publicKey })
      expect([header, payload]).toEqual([{ alg: 'EdDSA', typ: name, cty: 'application/json' }, { a: 1 }])
    },
  )

  it.each(['text/test+jwt', 'application/application/test+jwt', 'test+jwt;a=b', 'x/test+jwt', 'JWT', '/test+jwt'])(
    'refuses the type %s, which is another one',
    async (name) => {
      const token = await forge({ alg: 'EdDSA', typ: name }, {})
      await expect(verifyJws(token, { typ, publicKey })).rejects.toMatchObject({
        code: 'malformed',
        message: `The JWS must be of type test+jwt, got ${name}`,
      })
    },
  )

  it('takes a key with more members (RFC 7517, 4) under the thumbprint of those that make it', async () => {
    const jwk = { ...jwkOf(publicKey), kid: 'a', use: 'sig', alg: 'EdDSA', key_ops: ['verify'], 'x5t#S256': 'AAAA' }
    const token = await forge({ alg: 'EdDSA', typ, jwk }, { a: 1 })
    const thumbprint = await calculateJwkThumbprint(jwk)
    const { header } = await verifyJws(token, { typ, thumbprint })
    expect(header.jwk).toEqual(jwkOf(publicKey))
    expect(jwkThumbprint(header.jwk!)).toBe(thumbprint)
  })

  it('refuses a payload that names a member twice, of which readers could take either', async () => {
    for (const payload of ['{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '{"b":[{"a":{},"c":"\\"a\\":","a":[]}]}']) {
      const token = await forge({ alg: 'EdDSA', typ }, payload)
      await expect(verifyJws(token, { typ, publicKey })).rejects.toMatchObject(malformed)
    }
    const token = await forge({ alg: 'EdDSA', typ }, '{"a" : {"a":"a\\":","b":["a",":"]}, "c":{"a":"\\\\"} }')
    expect((await verifyJws(token, { typ, publicKey })).payload).toEqual({
      a: { a: 'a":', b: ['a', ':'] },
      c: { a: '\\' },
    })
  })

  it('refuses other spellings of the same token', async () => {
    const token = await signJws({ header: { typ }, payload: { a: 1 }, sign })
    expect(token.length % 4).not.toBe(0)
    const [header, payload, signature] = token.split('.') as [string, string, string]
    // the last character of a 64-byte signature carries four unused bits
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const bumped = signature.slice(0, -1) + last[last.indexOf(signature.at(-1)!) + 1]
    const spellings = [`${token}=`, `${token} `, `${token}.`, ` ${token}`, `${header}.${payload}.${bumped}`]
    for (const spelling of [...spellings, `${header}.${payload}`, '', `${token}${'A'.repeat(131_072)}`]) {
      await expect(verifyJws(spelling, { typ, publicKey })).rejects.toMatchObject(malformed)
    }
  })

  it('refuses a payload that is not a JSON object in UTF-8', async () => {
    for (const payload of ['[1]', '1', 'x', '\ufeff{}']) {
      await expect(verifyJws(await forge({ alg: 'EdDSA', typ }, payload), { typ, publicKey })).rejects.toBeInstanceOf(
        AssayError,
      )
    }
  })

  it('is not made for a key of another length', () => {
    expect(() => jwkOf(new Uint8Array(31))).toThrow(new RangeError('An Ed25519 public key has 32 bytes, got 31'))
  })
})
