import { hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { audienceField, didKeyFromEd25519, ed25519FromDidKey, zAudience, zDid } from '../../src/protocol/did.ts'
import { FIELD_ORDER, toField } from '../../src/protocol/field.ts'

const valid = [
  'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK',
  'did:web:issuer.example',
  'did:web:localhost%3A8443:hardware',
  'did:pkh:eip155:31337:0xab16a96d359ec26a11e2c2b3d8f8b8942d5bfcdb',
  'did:ethr:0x1:0xab16a96d359ec26a11e2c2b3d8f8b8942d5bfcdb',
]
const invalid = [
  '',
  'did',
  'did:web',
  'did:web:',
  'did:web:issuer.example:',
  'DID:web:issuer.example',
  'did:Web:issuer.example',
  'did:web:issuer.example#key-1',
  'did:web:issuer.example/path',
  'did:web:issuer.example?versionId=1',
  'did:web:issuer.example%3a8443',
  'did:web:issuer.example%3',
  'did:web:issuer example',
  ' did:web:issuer.example',
  'did:web:issuer.example\n',
  'did:web:bücher.example',
  `did:web:${'a'.repeat(510)}`,
]

describe('DID (W3C DID Core, 3.1)', () => {
  it.each(valid)('takes %s', (did) => expect(zDid.parse(did)).toBe(did))
  it.each(invalid)('refuses %j', (did) => {
    expect(zDid.safeParse(did).success).toBe(false)
    expect(() => audienceField(did)).toThrow(
      expect.objectContaining({ code: 'malformed', message: `An audience must be a DID without fragment, got ${did}` }),
    )
  })

  it('never holds a #, wherever it is put', () => {
    fc.assert(
      fc.property(fc.constantFrom(...valid), fc.nat(80), fc.string(), (did, at, rest) => {
        const place = at % (did.length + 1)
        expect(zDid.safeParse(`${did.slice(0, place)}#${rest}${did.slice(place)}`).success).toBe(false)
      }),
    )
  })
})

describe('audience', () => {
  it('is the field of the DID, or of DID#context', () => {
    expect(audienceField('did:web:dapp.example')).toBe(toField('did:web:dapp.example'))
    expect(audienceField('did:web:dapp.example', 'season 1')).toBe(toField('did:web:dapp.example#season 1'))
    expect(audienceField('did:web:dapp.example')).toBeLessThan(FIELD_ORDER)
  })

  it('is another for every DID and context, since no DID holds the separator', () => {
    const audience = fc.record({
      did: fc.constantFrom(...valid),
      context: fc.option(fc.string({ minLength: 1, maxLength: 9 }), { nil: undefined }),
    })
    fc.assert(
      fc.property(audience, audience, (a, b) => {
        const same = a.did === b.did && a.context === b.context
        expect(audienceField(a.did, a.context) === audienceField(b.did, b.context)).toBe(same)
      }),
    )
  })

  it('has 1 to 128 characters of context, where it has one, and no other member', () => {
    const did = valid[0]!
    for (const context of [undefined, 'x', 'x'.repeat(128)]) {
      expect(zAudience.safeParse(context === undefined ? { did } : { did, context }).success).toBe(true)
    }
    for (const audience of [
      { did, context: '' },
      { did, context: 'x'.repeat(129) },
      { did, season: 1 },
      { context: 'x' },
      did,
    ]) {
      expect(zAudience.safeParse(audience).success).toBe(false)
    }
  })
})

describe('did:key of Ed25519', () => {
  it('is what the did:key test vectors say', () => {
    // the example identifier of https://w3c-ccg.github.io/did-key-spec/, and its key in hex
    const publicKey = hexToBytes('2e6fcce36701dc791488e0d0b1745cc1e33a4c1c9fcc41c63bd343dbbe0970e6')
    expect(didKeyFromEd25519(publicKey)).toBe(valid[0])
    expect(ed25519FromDidKey(valid[0]!)).toEqual(publicKey)
  })

  it('comes back for every key', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (key) => {
        const did = didKeyFromEd25519(key)
        expect(zDid.parse(did)).toBe(did)
        expect(ed25519FromDidKey(did)).toEqual(key)
      }),
    )
  })

  it.each([
    'did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc', // X25519
    'did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme', // secp256k1
    'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2do', // cut
    'did:key:f1220', // another base
    'did:web:issuer.example',
  ])('refuses %s', (did) => {
    expect(() => ed25519FromDidKey(did)).toThrow(
      expect.objectContaining({ code: 'didUnresolvable', message: `${did} is not an Ed25519 did:key` }),
    )
  })

  it('wants 32 bytes', () => {
    expect(() => didKeyFromEd25519(new Uint8Array(33))).toThrow('An Ed25519 public key has 32 bytes, got 33')
  })
})
