import { hkdfSync } from 'node:crypto'
import { inspect } from 'node:util'
import { ed25519 } from '@noble/curves/ed25519.js'
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deriveKeys, type HolderKeys, openAgentKey } from '../../src/holder/derive-keys.ts'
import { drawPhrase, phraseSeed } from '../../src/holder/recovery-phrase.ts'
import { machineDevice } from '../../src/protocol/device.ts'
import { ed25519FromDidKey } from '../../src/protocol/did.ts'
import { FIELD_ORDER } from '../../src/protocol/field.ts'
import { keyThumbprint } from '../../src/protocol/jws.ts'
import { keys, OTHER_PHRASE, otherKeys, PHRASE } from './fixture.ts'

const device = machineDevice('00112233445566778899aabbccddeeff')
const issuer = 'did:web:issuer.example'
const dapp = { did: 'did:web:dapp.example' }
const season = { ...dapp, context: 'season 1' }

/**
 * Known answers, of BIP-39's two reference phrases. The first phrase's were also computed apart from this code (Python's
 * hashlib and hmac, from PBKDF2 on). They never change: a change would lose every holder their pseudonyms.
 */
const known = [
  {
    phrase: PHRASE,
    secret: 215074428935892262796300321517346251845372434901904625128180049120448525228n,
    did: 'did:key:z6MkgqnUH8GR4QHyNzz3hbaJLbQfYFyg44AGVpsDkznvJe47',
    agent: '73daa304d192ec8fa8ff044b06485d47c4ed90759d8a1bbe3b3a0cdf4aec94ea',
    session: 'Bc42kAKGIY8TAfO9W33PFMYqiVbKkWhYULr95UBF4w8',
    seasonSession: '7836My5GIlgmknhn7XQsvFvtP2txTv9GWPO5FJrVAG0',
  },
  {
    phrase: OTHER_PHRASE,
    secret: 432906133277881290681444233715762842517559537838005986810982612657640713496n,
    did: 'did:key:z6MkrojNaKjDLvMA55wahzy7mp9eqJ4oKVoCSdU1pXtcAmpA',
    agent: 'a1c41ef6839f752a66db3f5b68ee366a9dcb8f939557ec2e45060a2e6136b717',
    session: 'e1e9aJc_Ef07E9ui4OTmIyCfds648yk2YYnA1FjT6GY',
    seasonSession: 'nmx9r6gnLvdy_fK8JQw0_zSfzvp4q6WeuslDk_pVBnk',
  },
]

const facts = (of: HolderKeys) => ({
  secret: of.secret(),
  did: of.didKeyFor(issuer).did,
  agent: bytesToHex(of.agentKeyFor(device).exportPrivateKey()),
  session: keyThumbprint(of.sessionKeyFor(dapp).publicKey),
  seasonSession: keyThumbprint(of.sessionKeyFor(season).publicKey),
})

describe('keys derived from the recovery phrase', () => {
  it.each(known)('are the known ones', ({ phrase, ...expected }) => {
    expect(facts(deriveKeys(phrase))).toEqual(expected)
  })

  it('are HKDF-SHA256 (RFC 5869) of the seed, without salt, as OpenSSL computes it', () => {
    const expand = (info: string, length: number) => {
      return new Uint8Array(hkdfSync('sha256', phraseSeed(PHRASE), new Uint8Array(), `assay/1/${info}`, length))
    }
    expect(keys.secret()).toBe(BigInt(`0x${bytesToHex(expand('secret', 31))}`))
    expect(ed25519FromDidKey(keys.didKeyFor(issuer).did)).toEqual(ed25519.getPublicKey(expand(`did/${issuer}`, 32)))
    expect(keys.agentKeyFor(device).exportPrivateKey()).toEqual(expand(`agent/${device}`, 32))
    expect(keys.sessionKeyFor(season).publicKey).toEqual(
      ed25519.getPublicKey(expand(`session/${dapp.did}#season 1`, 32)),
    )
  })

  it('are the same after restoring, and others for another phrase, purpose, audience, context or device', () => {
    expect(facts(deriveKeys(`  ${PHRASE.toUpperCase()} `))).toEqual(facts(keys))
    const publicKeys = [keys, otherKeys].flatMap((of) => [
      of.didKeyFor(issuer).publicKey,
      of.didKeyFor(dapp.did).publicKey,
      of.sessionKeyFor({ did: issuer }).publicKey,
      of.sessionKeyFor(dapp).publicKey,
      of.sessionKeyFor(season).publicKey,
      of.agentKeyFor(device).publicKey,
      of.agentKeyFor(device + 1n).publicKey,
    ])
    expect(new Set(publicKeys.map(bytesToHex)).size).toBe(14)
  })

  it('have a secret of 248 bits, below the field order', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (entropy) => {
        const secret = deriveKeys(drawPhrase(() => entropy, 12)).secret()
        expect(secret >> 248n).toBe(0n)
        expect(secret < FIELD_ORDER).toBe(true)
      }),
      { numRuns: 5 },
    )
  })

  it('sign what their public keys verify; an agent does with the exported key alone', async () => {
    const message = utf8ToBytes('a heartbeat')
    const agent = keys.agentKeyFor(device)
    for (const key of [
      agent,
      openAgentKey(agent.exportPrivateKey()),
      keys.didKeyFor(issuer),
      keys.sessionKeyFor(dapp),
    ]) {
      expect(ed25519.verify(await key.sign(message), message, key.publicKey, { zip215: false })).toBe(true)
    }
    expect(openAgentKey(agent.exportPrivateKey()).publicKey).toEqual(agent.publicKey)
  })

  it('show no secret when they are printed', () => {
    const agent = keys.agentKeyFor(device)
    const printed = [keys, keys.didKeyFor(issuer), agent, keys.sessionKeyFor(dapp)]
      .map((key) => inspect(key, { depth: 9, showHidden: true }) + JSON.stringify(key))
      .join()
    expect(printed).not.toContain('abandon')
    expect(printed).not.toContain(String(keys.secret()))
    expect(printed).not.toContain(inspect(hexToBytes(known[0]!.agent)).slice(20, 60))
  })

  it('refuses an audience that is no DID, and a context of no length', () => {
    const malformed = (message: string) => expect.objectContaining({ code: 'malformed', message })
    const noDid = malformed('An audience must be a DID, got did:web:dapp.example#season 1')
    expect(() => keys.didKeyFor('did:web:dapp.example#season 1')).toThrow(noDid)
    expect(() => keys.sessionKeyFor({ did: 'did:web:dapp.example#season 1' })).toThrow(noDid)
    expect(() => keys.sessionKeyFor({ ...dapp, context: '' })).toThrow(
      malformed('A context has 1 to 128 printable characters'),
    )
  })

  it('refuses a phrase that is none', () => {
    expect(() => deriveKeys('abandon')).toThrow(expect.objectContaining({ code: 'phraseInvalid' }))
  })
})
