import { hkdfSync } from 'node:crypto'
import { inspect } from 'node:util'
import { ed25519 } from '@noble/curves/ed25519.js'
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deriveKeys, type HolderKeys, openAgentKey } from '../../src/holder/derive-keys.ts'
import { drawPhrase, phraseSeed } from '../../src/holder/recovery-phrase.ts'
import { zMachineId } from '../../src/protocol/device.ts'
import { ed25519FromDidKey } from '../../src/protocol/did.ts'
import { FIELD_ORDER } from '../../src/protocol/field.ts'
import { keyThumbprint } from '../../src/protocol/jwk.ts'
import { keys, OTHER_PHRASE, otherKeys, PHRASE } from './fixture.ts'

const issuer = 'did:web:issuer.example'
const dapp = { did: 'did:web:dapp.example' }
const season = { ...dapp, context: 'season 1' }

/**
 * Known answers, of BIP-39's two reference phrases. Both phrases' were also computed apart from this code (Python's
 * hashlib and hmac, from PBKDF2 on). They never change: a change would lose every holder their pseudonyms.
 */
const known = [
  {
    phrase: PHRASE,
    secret: 3600328639385013641488530398206293743680803737045390742813682463899031349n,
    machine: 'be21f676977946937cf83393c5a1ab08',
    did: 'did:key:z6MkojAudib5WxUveHYTM6GvWHyvEKNf6MAuMMaFusb4FnfJ',
    agent: 'c2f43fa065333f838589e010e33f6cb52b68ed07128b4a1dca4112f2d0fb5937',
    session: 'WnkLD7texl1asb7M5p2MaZXgQFImuJGIPsfOoPWYkeE',
    seasonSession: 'aCyCjXwYbaaAZjVFYrZ6wlg0skH0ojMktdxIpqc5HJA',
  },
  {
    phrase: OTHER_PHRASE,
    secret: 14752891902584522784514310801876903103255443657832725895107318372073466340n,
    machine: '8131d21bcf9af8035ed3c84e4a89500f',
    did: 'did:key:z6MkhzvprW55anujpH1dJCWG4ncyJzWjKq5b84xtjF8BcEcE',
    agent: '74df475b4d45b8aed6cd7d60d018229fe12b6075803ffccde0ea127df84e9494',
    session: 'Idcsb5mzrg5E3yo3hgHpgWQbS99IXboF41aN6kUv1hI',
    seasonSession: 'RezPqIVC7rHPU4NS1W6088AuPnhq2B44BPQYFJp1Wv8',
  },
]

const facts = (of: HolderKeys) => ({
  secret: of.secret(),
  machine: of.machineIdFor(0),
  did: of.didKeyFor(issuer).did,
  agent: bytesToHex(of.agentKeyFor(0, 1).exportPrivateKey()),
  session: keyThumbprint(of.sessionKeyFor(dapp).publicKey),
  seasonSession: keyThumbprint(of.sessionKeyFor(season).publicKey),
})

describe('keys derived from the recovery phrase', () => {
  it.each(known)('are the known ones', ({ phrase, ...expected }) => {
    expect(facts(deriveKeys(phrase))).toEqual(expected)
  })

  it('are HKDF-SHA256 (RFC 5869) of the seed, without salt, as OpenSSL computes it', () => {
    const expand = (info: string, length: number) => {
      return new Uint8Array(hkdfSync('sha256', phraseSeed(PHRASE), new Uint8Array(), `assay/${info}`, length))
    }
    expect(keys.secret()).toBe(BigInt(`0x${bytesToHex(expand('secret', 31))}`))
    expect(ed25519FromDidKey(keys.didKeyFor(issuer).did)).toEqual(ed25519.getPublicKey(expand(`did/${issuer}`, 32)))
    expect(keys.machineIdFor(7)).toBe(bytesToHex(expand('machine/7', 16)))
    expect(keys.agentKeyFor(7, 3).exportPrivateKey()).toEqual(expand('agent/7/3', 32))
    expect(keys.sessionKeyFor(season).publicKey).toEqual(
      ed25519.getPublicKey(expand(`session/${dapp.did}#season 1`, 32)),
    )
  })

  it('are the same after restoring, and others for another phrase, purpose, audience, context, machine or generation', () => {
    expect(facts(deriveKeys(`  ${PHRASE.toUpperCase()} `))).toEqual(facts(keys))
    const publicKeys = [keys, otherKeys].flatMap((of) => [
      of.didKeyFor(issuer).publicKey,
      of.didKeyFor(dapp.did).publicKey,
      of.sessionKeyFor({ did: issuer }).publicKey,
      of.sessionKeyFor(dapp).publicKey,
      of.sessionKeyFor(season).publicKey,
      of.agentKeyFor(1, 11).publicKey,
      of.agentKeyFor(11, 1).publicKey,
      of.agentKeyFor(1, 12).publicKey,
    ])
    expect(new Set(publicKeys.map(bytesToHex)).size).toBe(16)
    const machines = [keys, otherKeys].flatMap((of) => [0, 1, 10].map(of.machineIdFor))
    expect(new Set(machines).size).toBe(6)
    for (const id of machines) expect(zMachineId.parse(id)).toBe(id)
  })

  it.each([-1, 1.5, Number.NaN, 2 ** 53])('number machines and generations from 0: not %s', (wrong) => {
    expect(() => keys.machineIdFor(wrong)).toThrow(
      new RangeError(`The machine number is a whole number from 0, got ${wrong}`),
    )
    expect(() => keys.agentKeyFor(0, wrong)).toThrow(
      new RangeError(`The generation is a whole number from 0, got ${wrong}`),
    )
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
    const agent = keys.agentKeyFor(0, 1)
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
    const agent = keys.agentKeyFor(0, 1)
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
