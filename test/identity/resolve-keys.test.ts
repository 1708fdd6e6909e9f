import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ed25519 } from '@noble/curves/ed25519.js'
import { base58 } from '@scure/base'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { createResolver } from '../../src/identity/create-resolver.ts'
import { createDidDocument } from '../../src/identity/did-document.ts'
import { ed25519KeysOf, type KeyPurpose, zDidDocument } from '../../src/identity/read-did-document.ts'
import { isPublicHost } from '../../src/identity/resolve-did-web.ts'
import { createResolveKeys } from '../../src/identity/resolve-keys.ts'
import { didKeyFromEd25519 } from '../../src/protocol/did.ts'
import { jwkOf, keyThumbprint } from '../../src/protocol/jwk.ts'

const publicKey = ed25519.getPublicKey(new Uint8Array(32).fill(1))
const otherKey = ed25519.getPublicKey(new Uint8Array(32).fill(2))
const resolveKeys = createResolveKeys({ resolver: createResolver() })
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

function unresolvable(did: string, reason: string) {
  return { code: 'didUnresolvable', message: `${did} does not resolve: ${reason}` }
}

describe('did:key', () => {
  it('resolves to the key in it, for any key', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 32, maxLength: 32 }), async (seed) => {
        const key = ed25519.getPublicKey(seed)
        expect(await resolveKeys(didKeyFromEd25519(key))).toEqual([key])
      }),
      { numRuns: 20 },
    )
  })

  it.each([
    [
      'a secp256k1 key',
      'did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme',
      'it lists no Ed25519 key as assertionMethod (#zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme is not an Ed25519 key for signatures)',
    ],
    ['nonsense', 'did:key:z6MkInvalid0', 'invalidDid'],
  ])('does not resolve with %s', async (_, did, reason) => {
    await expect(resolveKeys(did)).rejects.toMatchObject(unresolvable(did, reason))
  })
})

describe('did:jwk', () => {
  it.each([
    ['for signing', { ...jwkOf(publicKey), use: 'sig' }],
    ['for any use', jwkOf(publicKey)],
  ])('resolves to the key in it, %s', async (_, jwk) => {
    expect(await resolveKeys(`did:jwk:${encode(jwk)}`)).toEqual([publicKey])
  })

  it.each([
    ['for encryption', encode({ ...jwkOf(publicKey), use: 'enc' }), 'it lists no Ed25519 key as assertionMethod'],
    [
      'of another curve',
      encode({ kty: 'OKP', crv: 'X25519', x: jwkOf(publicKey).x }),
      'it lists no Ed25519 key as assertionMethod (#0 is not an Ed25519 key for signatures)',
    ],
    ['spelt otherwise', `${encode(jwkOf(publicKey))}_`, 'illegal_argument: Invalid DID identifier'],
  ])('does not resolve with a key %s', async (_, id, reason) => {
    await expect(resolveKeys(`did:jwk:${id}`)).rejects.toMatchObject(unresolvable(`did:jwk:${id}`, reason))
  })
})

describe('other methods', () => {
  it.each([
    ['did:example:123', 'unsupportedDidMethod'],
    ['not-a-did', 'it is not a DID'],
    ['did:key:z6Mk#fragment', 'it is not a DID'],
    ['', 'it is not a DID'],
  ])('%s does not resolve', async (did, reason) => {
    await expect(resolveKeys(did)).rejects.toMatchObject(unresolvable(did, reason))
  })
})

describe('did:web', () => {
  const did = 'did:web:issuer.example'
  const stops: (() => void)[] = []
  afterEach(() => {
    for (const stop of stops.splice(0)) stop()
  })

  /** A real HTTP server in the place of every https host, and the URLs that were asked for. */
  async function hosted(answer: RequestListener, timeoutMs = 60_000) {
    const server = createServer(answer).listen(0, '127.0.0.1')
    await once(server, 'listening')
    stops.push(() => {
      server.closeAllConnections()
      server.close()
    })
    const asked: string[] = []
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const viaServer: typeof fetch = (input, init) => {
      asked.push(String(input))
      return fetch(origin + new URL(String(input)).pathname, init)
    }
    return { asked, resolveKeys: createResolveKeys({ resolver: createResolver({ fetch: viaServer }), timeoutMs }) }
  }

  it('resolves over https, to the keys that its document lists', async () => {
    const documents: Record<string, unknown> = {
      '/.well-known/did.json': createDidDocument(did, [publicKey, otherKey]),
      '/a/b/did.json': createDidDocument('did:web:issuer.example%3A8443:a:b', [otherKey]),
    }
    const { asked, resolveKeys } = await hosted((request, response) =>
      response.end(JSON.stringify(documents[request.url ?? ''])),
    )
    expect(await resolveKeys(did)).toEqual([publicKey, otherKey])
    expect(await resolveKeys('did:web:issuer.example%3A8443:a:b')).toEqual([otherKey])
    expect(asked).toEqual(['https://issuer.example/.well-known/did.json', 'https://issuer.example:8443/a/b/did.json'])
  })

  it.each<[string, RequestListener, string]>([
    ['is not there', (_, response) => response.writeHead(404).end(), 'notFound'],
    ['is no JSON', (_, response) => response.end('<html>'), 'notFound'],
    ['is no DID document', (_, response) => response.end('[]'), 'its document is malformed'],
    ['is elsewhere', (_, response) => response.writeHead(302, { location: '/elsewhere' }).end(), 'notFound'],
    ['is huge', (_, response) => response.end(' '.repeat(70_000)), 'notFound'],
    [
      'is that of another',
      (_, response) => response.end(JSON.stringify(createDidDocument('did:web:b.example', [publicKey]))),
      'its document is that of another DID',
    ],
    [
      'has no keys',
      (_, response) => response.end(JSON.stringify({ id: did })),
      'it lists no Ed25519 key as assertionMethod',
    ],
  ])('does not resolve when its document %s', async (_, answer, reason) => {
    const { resolveKeys } = await hosted(answer)
    await expect(resolveKeys(did)).rejects.toMatchObject(unresolvable(did, reason))
  })

  it('does not resolve when the host takes too long', async () => {
    const { resolveKeys } = await hosted(() => undefined, 50)
    await expect(resolveKeys(did)).rejects.toMatchObject(unresolvable(did, 'no answer within 50 ms'))
  })

  it('does not resolve when a resolver ignores its time limit', async () => {
    const resolver = { resolve: () => new Promise<never>(() => undefined) }
    const resolving = createResolveKeys({ resolver, timeoutMs: 20 })(did)
    await expect(resolving).rejects.toMatchObject(unresolvable(did, 'no answer within 20 ms'))
  })

  it.each(['localhost%3A8080', '127.0.0.1', '10.0.0.1', 'metadata', 'db.internal', 'printer.local', 'a.localhost'])(
    'does not fetch from %s',
    async (host) => {
      const { asked, resolveKeys } = await hosted((_, response) => response.end())
      await expect(resolveKeys(`did:web:${host}`)).rejects.toMatchObject(unresolvable(`did:web:${host}`, 'notFound'))
      expect(asked).toEqual([])
      expect(isPublicHost(decodeURIComponent(host))).toBe(false)
    },
  )

  it.each(['did:web:a.example:..:b', 'did:web:a.example:x%2Fy', 'did:web:user%40a.example'])(
    '%s is invalid',
    async (wrong) => {
      const { asked, resolveKeys } = await hosted((_, response) => response.end())
      await expect(resolveKeys(wrong)).rejects.toMatchObject(unresolvable(wrong, 'invalidDid'))
      expect(asked).toEqual([])
    },
  )
})

describe('the keys of a DID document', () => {
  const multibase = didKeyFromEd25519(otherKey).slice('did:key:'.length)
  const read = (given: unknown, purpose: KeyPurpose) => ed25519KeysOf(zDidDocument.parse(given), purpose)
  const document = {
    id: 'did:web:a.example',
    verificationMethod: [
      { id: '#jwk', type: 'JsonWebKey2020', publicKeyJwk: jwkOf(publicKey) },
      { id: 'did:web:a.example#multi', type: 'Multikey', publicKeyMultibase: multibase },
      { id: '#short', type: 'JsonWebKey2020', publicKeyJwk: { ...jwkOf(publicKey), x: 'AAAA' } },
      { id: '#broken', type: 'Multikey', publicKeyMultibase: 'z6Mk' },
      { id: '#unused', type: 'JsonWebKey2020', publicKeyJwk: jwkOf(otherKey) },
    ],
    authentication: ['#jwk', { id: '#inline', type: 'Multikey', publicKeyMultibase: multibase }],
    assertionMethod: ['#multi', '#short', '#broken', '#absent', 'did:web:b.example#jwk'],
  }

  it('are those that it lists for the purpose, by reference or in place', () => {
    expect(read(document, 'authentication')).toEqual({ keys: [publicKey, otherKey], skipped: [] })
    expect(read(document, 'assertionMethod')).toEqual({
      keys: [otherKey],
      skipped: [
        '#short is not an Ed25519 key for signatures',
        '#broken is not an Ed25519 key in multibase',
        '#absent is not one of its verification methods',
        'did:web:b.example#jwk is not one of its verification methods',
      ],
    })
    const { id, verificationMethod } = document
    expect(read({ id, verificationMethod }, 'assertionMethod')).toEqual({ keys: [], skipped: [] })
  })

  /** A document with one key, as each of these places writes it. */
  const oneKey = (method: object, changes: object = {}) => ({
    id: document.id,
    verificationMethod: [{ id: `${document.id}#key-1`, controller: document.id, ...method }],
    authentication: [`${document.id}#key-1`],
    ...changes,
  })
  const jwk = { type: 'JsonWebKey', publicKeyJwk: jwkOf(publicKey) }
  const base58Key = base58.encode(publicKey)

  it.each<[string, unknown]>([
    ['JsonWebKey (Controlled Identifiers 1.0, 2.2.3)', oneKey(jwk)],
    ['JsonWebKey2020', oneKey({ ...jwk, type: 'JsonWebKey2020' })],
    [
      'more members in its JWK',
      oneKey({ ...jwk, publicKeyJwk: { ...jwk.publicKeyJwk, kid: 'a', use: 'sig', alg: 'EdDSA' } }),
    ],
    [
      'Ed25519VerificationKey2020',
      oneKey({ type: 'Ed25519VerificationKey2020', publicKeyMultibase: didKeyFromEd25519(publicKey).slice(8) }),
    ],
    [
      'Ed25519VerificationKey2018, in base58',
      oneKey({ type: 'Ed25519VerificationKey2018', publicKeyBase58: base58Key }),
    ],
    [
      'null for what is not there',
      oneKey(
        {
          ...jwk,
          publicKeyMultibase: null,
          publicKeyBase58: null,
          publicKeyJwk: { ...jwk.publicKeyJwk, d: null, kid: null },
        },
        { assertionMethod: null, service: [] },
      ),
    ],
    [
      'a name that JSON-LD makes relative to @base',
      oneKey(jwk, { '@context': [{ '@base': document.id }], authentication: ['key-1'] }),
    ],
    ['relative names in both places', { ...oneKey({ ...jwk, id: 'key-1' }), authentication: ['#key-1'] }],
    ['a set of one without brackets', oneKey(jwk, { authentication: '#key-1' })],
    ['the same key in two forms', oneKey({ ...jwk, publicKeyMultibase: didKeyFromEd25519(publicKey).slice(8) })],
    [
      'entries beside it that are no methods',
      oneKey(jwk, { authentication: [null, 7, {}, { id: { toString: 1 } }, '#key-1'] }),
    ],
    [
      'methods beside it that are malformed',
      { ...oneKey(jwk), verificationMethod: [{ id: '#a', type: 7 }, null, 'x', { id: '#key-1', ...jwk }] },
    ],
  ])('are read with %s', (_, given) => {
    expect(read(given, 'authentication').keys).toEqual([publicKey])
  })

  it.each<[string, unknown, string]>([
    [
      'a type that is not read',
      oneKey({ type: 'RsaVerificationKey2018', publicKeyPem: 'x' }),
      '#key-1 is of type RsaVerificationKey2018, which is not read',
    ],
    [
      'base58 under a type that does not name its curve',
      oneKey({ type: 'Multikey', publicKeyBase58: base58Key }),
      '#key-1 is of type Multikey, which is not read',
    ],
    [
      'base58 that is no key',
      oneKey({ type: 'Ed25519VerificationKey2018', publicKeyBase58: `${base58Key}1111` }),
      '#key-1 is not an Ed25519 key in base58',
    ],
    [
      'a private key (DID Core, 5.2.1)',
      oneKey({ ...jwk, publicKeyJwk: { ...jwk.publicKeyJwk, d: 'x' } }),
      '#key-1 holds a private key',
    ],
    [
      'a key for encryption',
      oneKey({ ...jwk, publicKeyJwk: { ...jwk.publicKeyJwk, use: 'enc' } }),
      '#key-1 is not an Ed25519 key for signatures',
    ],
    ['two different keys', oneKey({ ...jwk, publicKeyMultibase: multibase }), '#key-1 states two different keys'],
    ['a JWK that is a text', oneKey({ ...jwk, publicKeyJwk: 'x' }), '#key-1 is malformed'],
    [
      'a name that does not stand in it',
      oneKey(jwk, { authentication: ['key-2'] }),
      'key-2 is not one of its verification methods',
    ],
    ['an entry without a name', oneKey(jwk, { authentication: [null] }), 'an entry without id is malformed'],
    [
      'a name that moves the cursor',
      oneKey(jwk, { authentication: ['\u001b[2Jx'] }),
      '?[2Jx is not one of its verification methods',
    ],
  ])('are not read with %s, and the reason is given', async (_, given, reason) => {
    const { keys, skipped } = read(given, 'authentication')
    expect(keys).toEqual([])
    expect(skipped).toEqual([expect.stringContaining(reason)])
    const resolver = {
      resolve: async () => ({ didResolutionMetadata: {}, didDocumentMetadata: {}, didDocument: given as never }),
    }
    await expect(createResolveKeys({ resolver, purpose: 'authentication' })(document.id)).rejects.toMatchObject(
      unresolvable(document.id, `it lists no Ed25519 key as authentication (${skipped[0]})`),
    )
  })

  it('are read from the verification method of the W3C test suite for VC-JOSE-COSE, under its thumbprint', () => {
    // https://github.com/w3c/vc-jose-cose-test-suite, tests/input/vm-did-ed25519.json, its private half left out
    const publicKeyJwk = {
      ...{ alg: 'EdDSA', crv: 'Ed25519', kid: '2aOHaQxsWVT4mLsUkdtlCnUV-au0BBR-5yPYaPaCc5k', kty: 'OKP' },
      x: 'NvUhsjZe7Mdv8Esoc60o3ma1U5j2tFUTDsOQd39xMnI',
    }
    const id = 'did:example:vc-jose-cose'
    const method = { id: `${id}#key-4`, type: 'JsonWebKey', controller: id, publicKeyJwk }
    const { keys } = read({ id, verificationMethod: [method], assertionMethod: [method.id] }, 'assertionMethod')
    expect(keys.map(keyThumbprint)).toEqual([publicKeyJwk.kid])
  })

  it('do not count for a DID that is deactivated', async () => {
    const resolver = {
      resolve: async () => ({
        didResolutionMetadata: {},
        didDocumentMetadata: { deactivated: true },
        didDocument: document as never,
      }),
    }
    await expect(createResolveKeys({ resolver })(document.id)).rejects.toMatchObject(
      unresolvable(document.id, 'it is deactivated'),
    )
  })

  it('are asked for by purpose', async () => {
    const resolver = {
      resolve: async () => ({ didResolutionMetadata: {}, didDocumentMetadata: {}, didDocument: document as never }),
    }
    expect(await createResolveKeys({ resolver })(document.id)).toEqual([otherKey])
    expect(await createResolveKeys({ resolver, purpose: 'authentication' })(document.id)).toEqual([publicKey, otherKey])
  })
})
