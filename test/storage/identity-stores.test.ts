import { describe, expect, it } from 'vitest'
import { createSecretBox } from '../../src/identity/create-secret-box.ts'
import { getOrCreateSecret } from '../../src/identity/get-or-create-secret.ts'
import { createIdentityStores } from '../../src/storage/create-identity-stores.ts'
import { privateKeys, secrets, usedTokens } from '../../src/storage/schema/index.ts'
import { createUsedTokenStore } from '../../src/storage/used-token-store.ts'
import { describeOnEachDatabase } from '../shared/databases.ts'
import { KMS_SECRET } from '../shared/identity.ts'

const box = createSecretBox(KMS_SECRET)

describeOnEachDatabase('identity stores', (open) => {
  it('refuse a KMS secret that is not that of the keys already there', async () => {
    const { db } = await open()
    await createIdentityStores(db, box)
    await createIdentityStores(db, createSecretBox(KMS_SECRET.toUpperCase()))
    await expect(createIdentityStores(db, createSecretBox('22'.repeat(32)))).rejects.toMatchObject({
      code: 'configInvalid',
      message: 'The KMS secret is not the one that the stored keys are encrypted with',
    })
  })

  describe('keys', () => {
    const key = { kid: 'k1', kms: 'local', type: 'Ed25519', publicKeyHex: 'aa', meta: { algorithms: ['EdDSA'] } }

    it('are kept without their private part', async () => {
      const { keys } = await createIdentityStores((await open()).db, box)
      await keys.importKey({ ...key, privateKeyHex: 'ff' })
      expect(await keys.getKey({ kid: 'k1' })).toEqual(key)
      expect(await keys.listKeys({})).toEqual([key])
    })

    it('keep their public key for good', async () => {
      const { keys } = await createIdentityStores((await open()).db, box)
      await keys.importKey({ ...key, meta: { use: 'sig' } })
      expect(await keys.getKey({ kid: 'k1' })).toEqual({ ...key, meta: { use: 'sig' } })
      await expect(keys.importKey({ ...key, publicKeyHex: 'bb' })).rejects.toMatchObject({
        code: 'conflict',
        message: 'Another key has the id k1',
      })
    })

    it('are gone when deleted', async () => {
      const { keys } = await createIdentityStores((await open()).db, box)
      await keys.importKey({ ...key, kid: 'k2' })
      expect(await keys.deleteKey({ kid: 'k2' })).toBe(true)
      expect(await keys.deleteKey({ kid: 'k2' })).toBe(false)
      await expect(keys.getKey({ kid: 'k2' })).rejects.toMatchObject({
        code: 'notFound',
        message: 'There is no key k2',
      })
    })
  })

  describe('private keys', () => {
    it('lie encrypted, come back, and never change under their alias', async () => {
      const { db } = await open()
      const store = (await createIdentityStores(db, box)).privateKeys
      const key = { alias: 'p1', type: 'Ed25519', privateKeyHex: 'ab'.repeat(64) }
      await store.importKey(key)
      await store.importKey(key)
      expect(await store.getKey({ alias: 'p1' })).toEqual(key)
      expect(await store.listKeys({})).toEqual([key])
      expect(JSON.stringify(await db.select().from(privateKeys))).not.toContain('ab'.repeat(8))
      await expect(store.importKey({ ...key, privateKeyHex: 'cd' })).rejects.toMatchObject({
        code: 'conflict',
        message: 'Another private key has the alias p1',
      })
      expect(await store.deleteKey({ alias: 'p1' })).toBe(true)
      await expect(store.getKey({ alias: 'p1' })).rejects.toMatchObject({
        code: 'notFound',
        message: 'There is no private key p1',
      })
    })
  })

  describe('DIDs', () => {
    it('are found by DID, alias and provider, with their keys, and updated as Veramo does', async () => {
      const { keys, dids } = await createIdentityStores((await open()).db, box)
      const [a, b] = ['did-a', 'did-b'].map((kid) => ({
        kid,
        kms: 'local',
        type: 'Ed25519',
        publicKeyHex: kid,
        meta: null,
      }))
      await keys.importKey(a!)
      await keys.importKey(b!)
      const identifier = {
        did: 'did:key:z1',
        alias: 'one',
        provider: 'did:key',
        controllerKeyId: 'did-a',
        keys: [a!],
        services: [],
      }
      await dids.importDID(identifier)
      expect(await dids.getDID({ did: 'did:key:z1' })).toEqual(identifier)
      expect(await dids.getDID({ alias: 'one' })).toEqual(identifier)
      expect(await dids.listDIDs({ provider: 'did:web' })).toEqual([])

      const service = { id: '#s', type: 'x', serviceEndpoint: 'https://example.com' }
      await dids.importDID({ ...identifier, keys: [a!, b!], services: [service] })
      expect(await dids.listDIDs({})).toEqual([{ ...identifier, keys: [a!, b!], services: [service] }])

      expect(await dids.deleteDID({ did: 'did:key:z1' })).toBe(true)
      await expect(dids.getDID({ alias: 'one' })).rejects.toMatchObject({
        code: 'notFound',
        message: 'There is no DID with {"alias":"one"}',
      })
    })

    it('have one owner of an alias, and one controlling key', async () => {
      const { dids } = await createIdentityStores((await open()).db, box)
      const first = {
        did: 'did:key:z2',
        alias: 'two',
        provider: 'did:key',
        controllerKeyId: 'x',
        keys: [],
        services: [],
      }
      await dids.importDID(first)
      await expect(dids.importDID({ ...first, did: 'did:key:z3' })).rejects.toMatchObject({
        code: 'conflict',
        message: 'Another DID has the alias two',
      })
      await expect(dids.importDID({ ...first, controllerKeyId: 'y' })).rejects.toMatchObject({
        code: 'conflict',
        message: 'did:key:z2 exists already, with another key',
      })
      expect(await dids.getDID({ alias: 'two' })).toEqual(first)
    })
  })

  describe('secrets', () => {
    it('lie encrypted, and are never overwritten', async () => {
      const { db } = await open()
      const store = (await createIdentityStores(db, box)).secrets
      const secret = new Uint8Array(32).fill(0xab)
      expect(await store.get('issuer')).toBeUndefined()
      expect(await store.put('issuer', secret)).toBe(true)
      expect(await store.put('issuer', new Uint8Array(32))).toBe(false)
      expect(await store.get('issuer')).toEqual(secret)
      expect(JSON.stringify(await db.select().from(secrets))).not.toContain('ab'.repeat(8))
    })

    it('are the same for all who create one at once', async () => {
      const store = (await createIdentityStores((await open()).db, box)).secrets
      const made = await Promise.all(
        Array.from({ length: 8 }, (_, i) => getOrCreateSecret(store, 'raced', () => new Uint8Array(32).fill(i))),
      )
      expect(new Set(made.map((secret) => secret[0])).size).toBe(1)
      expect(await getOrCreateSecret(store, 'raced', () => new Uint8Array(32).fill(99))).toEqual(made[0])
    })
  })

  describe('used tokens', () => {
    it('are used once, by whoever is first', async () => {
      const stores = await Promise.all(
        [open(), open()].map(async (database) => createUsedTokenStore((await database).db)),
      )
      const token = { signer: 'did:key:z1', jti: 'once', expiresAt: 100, now: 10 }
      const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => stores[i % 2]!.use(token)))
      expect(answers.filter((first) => first)).toHaveLength(1)
      expect(await stores[0]!.use({ ...token, signer: 'did:key:z2' })).toBe(true)
      expect(await stores[0]!.use({ ...token, jti: 'another' })).toBe(true)
    })

    it('are forgotten only after they expired', async () => {
      const { db } = await open()
      const first = createUsedTokenStore(db)
      await first.use({ signer: 's', jti: 'old', expiresAt: 1_000, now: 900 })
      await first.use({ signer: 's', jti: 'young', expiresAt: 1_100, now: 900 })
      await createUsedTokenStore(db).use({ signer: 's', jti: 'new', expiresAt: 1_200, now: 1_000 })
      expect(await jtis()).toEqual(expect.arrayContaining(['old', 'young', 'new']))
      await createUsedTokenStore(db).use({ signer: 's', jti: 'newer', expiresAt: 1_200, now: 1_001 })
      const left = await jtis()
      expect(left).toEqual(expect.arrayContaining(['young', 'new', 'newer']))
      expect(left).not.toContain('old')

      // more than what one round removes, and no time in which another would be due
      const many = Array.from({ length: 1_500 }, (_, i) => ({ signer: 's', jti: `many ${i}`, expiresAt: 1_100 }))
      await db.insert(usedTokens).values(many)
      const busy = createUsedTokenStore(db)
      for (let i = 0; i < 600; i++) await busy.use({ signer: 's', jti: `busy ${i}`, expiresAt: 1_300, now: 1_150 })
      expect((await jtis()).filter((jti) => jti.startsWith('many'))).toEqual([])

      async function jtis() {
        return (await db.select({ jti: usedTokens.jti }).from(usedTokens)).map(({ jti }) => jti)
      }
    })
  })
})

describe('the KMS secret', () => {
  it.each(['', '11'.repeat(31), '11'.repeat(33), `${'11'.repeat(31)}1g`, `0x${'11'.repeat(31)}`])(
    'is not %j',
    (secret) => {
      expect(() => createSecretBox(secret)).toThrow(
        expect.objectContaining({ code: 'configInvalid', message: 'The KMS secret must be 64 hexadecimal digits' }),
      )
    },
  )
})
