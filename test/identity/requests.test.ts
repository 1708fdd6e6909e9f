import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { verifyRequest, verifySessionRequest } from '../../src/identity/verify-request.ts'
import { ed25519FromDidKey } from '../../src/protocol/did.ts'
import { didSignerFromKey, sessionSignerFromKey } from '../../src/protocol/did-signer.ts'
import type { ResolveKeys } from '../../src/protocol/effects.ts'
import { keyThumbprint } from '../../src/protocol/jwk.ts'
import { signJws } from '../../src/protocol/jws.ts'
import { bodyHash, REQUEST_TYP, requestTarget, zRequestClaims } from '../../src/protocol/request-claims.ts'
import { signRequest, signSessionRequest } from '../../src/protocol/sign-request.ts'
import { createUsedTokenStore } from '../../src/storage/used-token-store.ts'
import { describeOnEachDatabase } from '../shared/databases.ts'

const alice = didSignerFromKey(new Uint8Array(32).fill(1))
const mallory = didSignerFromKey(new Uint8Array(32).fill(2))
const session = sessionSignerFromKey(new Uint8Array(32).fill(3))
const resolveKeys: ResolveKeys = async (did) => [ed25519FromDidKey(did)]
const body = new TextEncoder().encode('{"a":1}')
const request = { method: 'POST', url: 'https://assay.example/v1/credentials', body }
const at = { now: 1_000_000, randomBytes: (length: number) => new Uint8Array(randomBytes(length)) }

describeOnEachDatabase('a signed request', (open) => {
  async function verify(received: Partial<typeof request>, authorization: string | undefined, now = at.now) {
    const usedTokens = createUsedTokenStore((await open()).db)
    return verifyRequest({ ...request, ...received, authorization }, { now, usedTokens, resolveKeys })
  }

  /** A token with claims of one's choosing, validly signed. */
  async function signed(claims: Record<string, unknown>): Promise<string> {
    const valid = {
      ...{ iss: alice.did, htm: 'POST', htu: request.url, iat: at.now, exp: at.now + 60 },
      ...{ jti: Buffer.from(at.randomBytes(16)).toString('base64url'), bodySha256: bodyHash(body) },
    }
    const { kid, sign } = alice
    return `DID ${await signJws({ header: { typ: REQUEST_TYP, kid }, payload: { ...valid, ...claims }, sign })}`
  }

  it('names the DID that signed it', async () => {
    expect(await verify({}, await signRequest(request, alice, at))).toEqual({ did: alice.did, kid: alice.kid })
  })

  it('may have no body, a query of its own, and any case of the scheme', async () => {
    const get = { method: 'GET', url: 'https://assay.example/v1/reputation/1' }
    const usedTokens = createUsedTokenStore((await open()).db)
    const header = await signRequest(get, alice, at)
    const received = {
      method: 'get',
      url: `${get.url}?at=5`,
      body: new Uint8Array(0),
      authorization: header.replace('DID', 'did'),
    }
    expect(await verifyRequest(received, { now: at.now, usedTokens, resolveKeys })).toMatchObject({ did: alice.did })
  })

  it('is good for one use, also when sent many times at once', async () => {
    const authorization = await signRequest(request, alice, at)
    const answers = await Promise.allSettled(Array.from({ length: 8 }, () => verify({}, authorization)))
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    await expect(verify({}, authorization)).rejects.toMatchObject({
      code: 'signatureReplayed',
      message: 'The signed request has been used already.',
    })
  })

  it('is not used up by a request that it does not fit, or by a forged signature', async () => {
    const authorization = await signRequest(request, alice, at)
    const forged = `${authorization.slice(0, -86)}${'A'.repeat(86)}`
    await expect(verify({ method: 'PUT' }, authorization)).rejects.toMatchObject({ code: 'unauthorized' })
    await expect(verify({}, forged)).rejects.toMatchObject({
      code: 'signatureInvalid',
      message: 'The signature does not verify.',
    })
    expect(await verify({}, authorization)).toMatchObject({ did: alice.did })
  })

  it.each<[string, Partial<typeof request>]>([
    ['method', { method: 'PUT' }],
    ['URL', { url: 'https://assay.example/v1/other' }],
    ['URL', { url: 'https://other.example/v1/credentials' }],
    ['URL', { url: 'http://assay.example/v1/credentials' }],
    ['body', { body: new TextEncoder().encode('{"a": 1}') }],
    ['body', { body: new Uint8Array(0) }],
  ])('is refused for another %s: %j', async (what, received) => {
    await expect(verify(received, await signRequest(request, alice, at))).rejects.toMatchObject({
      code: 'unauthorized',
      message: `The request is signed for another ${what}`,
    })
  })

  it('is refused without a signature, or with something else in its place', async () => {
    await expect(verify({}, undefined)).rejects.toMatchObject({
      code: 'unauthorized',
      message: 'The request is not signed',
    })
    const token = (await signRequest(request, alice, at)).slice('DID '.length)
    for (const wrong of [
      '',
      'DID',
      'DID ',
      `Bearer ${token}`,
      `DID  ${token}`,
      `DID ${token} x`,
      `DID ${'a'.repeat(8193)}`,
    ]) {
      await expect(verify({}, wrong)).rejects.toMatchObject({
        code: 'unauthorized',
        message: 'The Authorization header must be "DID" and a token',
      })
    }
    await expect(verify({}, 'DID x.y')).rejects.toMatchObject({
      code: 'unauthorized',
      message: 'The text is not a compact JWS signed with EdDSA',
    })
  })

  it('is refused when the token is of another type', async () => {
    const header = { typ: 'vc+jwt', kid: alice.kid }
    const token = await signJws({ header, payload: { iss: alice.did }, sign: alice.sign })
    await expect(verify({}, `DID ${token}`)).rejects.toMatchObject({
      code: 'unauthorized',
      message: 'The JWS must be of type assay-auth+jwt, got vc+jwt',
    })
  })

  it('may carry header parameters that nobody here knows, unless they are critical (RFC 7515, 4)', async () => {
    const claims = {
      ...{ iss: alice.did, htm: 'POST', htu: request.url, iat: at.now, exp: at.now + 60 },
      ...{ jti: Buffer.from(at.randomBytes(16)).toString('base64url'), bodySha256: bodyHash(body) },
    }
    const token = async (header: object) => {
      const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
      const data = `${encode({ alg: 'Ed25519', typ: 'application/assay-auth+jwt', kid: alice.kid, ...header })}.${encode(claims)}`
      return `DID ${data}.${Buffer.from(await alice.sign(new TextEncoder().encode(data))).toString('base64url')}`
    }
    await expect(verify({}, await token({ crit: ['exp'], exp: at.now + 60 }))).rejects.toMatchObject({
      code: 'unauthorized',
      message: 'The JWS has critical header parameters (crit), and none are supported',
    })
    expect(await verify({}, await token({ cty: 'json', vnd: 1 }))).toEqual({ did: alice.did, kid: alice.kid })
  })

  it("is refused when signed in another's name", async () => {
    const authorization = await signRequest(request, { ...mallory, did: alice.did, kid: alice.kid }, at)
    await expect(verify({}, authorization)).rejects.toMatchObject({ code: 'signatureInvalid' })
  })

  it.each<[string, Record<string, unknown>]>([
    ['an unknown claim', { admin: true }],
    ['no body hash', { bodySha256: undefined }],
    ['a short jti', { jti: 'AAAA' }],
    ['a fraction of a second', { iat: at.now + 0.5 }],
    ['a method in lower case', { htm: 'post' }],
  ])('is refused with %s', async (_, claims) => {
    await expect(verify({}, await signed(claims))).rejects.toMatchObject({
      code: 'unauthorized',
      message: "The token's claims do not have the required shape",
    })
  })

  it.each([
    ['longer than 120 seconds', { exp: at.now + 121 }],
    ['no time', { exp: at.now }],
    ['less than no time', { exp: at.now - 10 }],
  ])('is refused when it lives %s', async (_, claims) => {
    await expect(verify({}, await signed(claims))).rejects.toMatchObject({
      code: 'unauthorized',
      message: 'A signed request may live 120 seconds at most',
    })
  })

  it('is refused in another spelling of the DID that signed it', async () => {
    const iss = 'did:web:provider.example%3A443'
    const header = { typ: REQUEST_TYP, kid: `${iss}#key` }
    const claims = { iss, htm: 'POST', htu: request.url, iat: at.now, exp: at.now + 60 }
    const jti = Buffer.from(at.randomBytes(16)).toString('base64url')
    const payload = { ...claims, jti, bodySha256: bodyHash(body) }
    const token = await signJws({ header, payload, sign: alice.sign })
    const usedTokens = createUsedTokenStore((await open()).db)
    const options = { now: at.now, usedTokens, resolveKeys: async () => [ed25519FromDidKey(alice.did)] }
    await expect(verifyRequest({ ...request, authorization: `DID ${token}` }, options)).rejects.toMatchObject({
      code: 'unauthorized',
      message: "The token's claims do not have the required shape",
    })
  })

  it('expires, to the second', async () => {
    // 60 seconds of life and 60 of skew
    await verify({}, await signRequest(request, alice, at), at.now + 120)
    await expect(verify({}, await signRequest(request, alice, at), at.now + 121)).rejects.toMatchObject({
      code: 'expired',
      message: 'The signed request has expired',
      detail: { serverTime: at.now + 121 },
    })
  })

  it('is refused from a clock that is too far ahead, to the second', async () => {
    await verify({}, await signRequest(request, alice, at), at.now - 60)
    await expect(verify({}, await signRequest(request, alice, at), at.now - 61)).rejects.toMatchObject({
      code: 'clockSkew',
      message: "The request is signed in the future by this service's clock",
      detail: { serverTime: at.now - 61 },
    })
  })

  it('is remembered as used for as long as it could be taken', async () => {
    const authorization = await signRequest(request, alice, { ...at, lifetime: 120 })
    await verify({}, authorization, at.now - 60)
    await verify({}, await signRequest(request, alice, { ...at, now: at.now + 180 }), at.now + 180)
    await expect(verify({}, authorization, at.now + 180)).rejects.toMatchObject({ code: 'signatureReplayed' })
  })

  describe('by a session key', () => {
    async function verifySession(authorization: string | undefined, received: Partial<typeof request> = {}) {
      const usedTokens = createUsedTokenStore((await open()).db)
      return verifySessionRequest({ ...request, ...received, authorization }, { now: at.now, usedTokens })
    }

    it('names the key, once', async () => {
      const authorization = await signSessionRequest(request, session, at)
      const { publicKey } = session
      expect(await verifySession(authorization)).toEqual({ publicKey, thumbprint: keyThumbprint(publicKey) })
      await expect(verifySession(authorization)).rejects.toMatchObject({ code: 'signatureReplayed' })
    })

    it('is refused for another request, and where a DID is wanted', async () => {
      const authorization = await signSessionRequest(request, session, at)
      await expect(verifySession(authorization, { method: 'DELETE' })).rejects.toMatchObject({
        code: 'unauthorized',
        message: 'The request is signed for another method',
      })
      await expect(verify({}, authorization)).rejects.toMatchObject({
        code: 'unauthorized',
        message: 'The Authorization header must be "DID" and a token',
      })
      await expect(verify({}, authorization.replace('Session', 'DID'))).rejects.toMatchObject({ code: 'unauthorized' })
      await expect(verifySession(await signRequest(request, alice, at))).rejects.toMatchObject({
        code: 'unauthorized',
        message: 'The Authorization header must be "Session" and a token',
      })
    })
  })
})

describe('signing a request', () => {
  it('gives claims of the schema that verifies them', async () => {
    const [, token = ''] = (await signRequest(request, alice, at)).split(' ')
    const claims = zRequestClaims.parse(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()))
    expect(claims).toMatchObject({ iss: alice.did, htm: 'POST', htu: request.url, iat: at.now, exp: at.now + 60 })
  })

  it.each([0, 121, 1.5, Number.NaN])('refuses a lifetime of %s seconds', async (lifetime) => {
    await expect(signRequest(request, alice, { ...at, lifetime })).rejects.toThrow(
      new RangeError(`A signed request lives 1 to 120 whole seconds, got ${lifetime}`),
    )
  })

  it('leaves query and fragment out, and wants an http URL', () => {
    expect(requestTarget('HTTPS://Assay.Example:443/a/../b?c#d')).toBe('https://assay.example/b')
    expect(() => requestTarget('ftp://assay.example/a')).toThrow('A request goes to an http(s) URL')
    expect(() => requestTarget('/relative')).toThrow(TypeError)
  })

  it('hashes no body as no bytes (FIPS 180-4)', () => {
    expect(bodyHash()).toBe('47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU')
    expect(bodyHash(new Uint8Array(0))).toBe(bodyHash())
  })
})
