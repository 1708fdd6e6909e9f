import { ed25519 } from '@noble/curves/ed25519.js'
import { describe, expect, it } from 'vitest'
import {
  COMPUTE,
  didKeyFromEd25519,
  ed25519FromDidKey,
  encodeProofRequest,
  openProofRequest,
  PROOF_REQUEST_TYP,
  proofRequestJson,
  signJws,
  UPTIME,
  zProofRequest,
} from '../../src/protocol/index.ts'

const seed = new Uint8Array(32).fill(3)
const did = didKeyFromEd25519(ed25519.getPublicKey(seed))
const sign = async (message: Uint8Array) => ed25519.sign(message, seed)
const resolveKeys = async (asked: string) => [ed25519FromDidKey(asked)]

const json = {
  type: 'AssayProofRequest',
  version: 1,
  audience: { did, context: 'spring' },
  nonce: 'A'.repeat(43),
  purpose: 'test',
  policies: [
    { schema: COMPUTE, claims: { ramMiB: { min: '4096', anyOf: ['8192'], source: 'measured' } } },
    { schema: UPTIME, claims: { epoch: { min: '5', max: '5', source: 'measured' } } },
  ],
  replay: { key: 'pseudonym', period: '2026' },
  sameDevice: true,
  circuit: 'a'.repeat(64),
  registry: `${'B'.repeat(42)}A`,
  now: 3600,
  expiresAt: 1300,
} as const
const request = zProofRequest.parse(json)

describe('a signed proof request', () => {
  it('opens to what was signed', async () => {
    expect(proofRequestJson(request)).toEqual(json)
    const jwt = await encodeProofRequest(request, sign, `${did}#${did.slice(8)}`)
    expect(await openProofRequest(jwt, resolveKeys)).toEqual(request)
    expect(await openProofRequest(await encodeProofRequest(request, sign), resolveKeys)).toEqual(request)
  })

  it('is refused when another DID than its audience signs', async () => {
    const seed = new Uint8Array(32).fill(4)
    const stranger = didKeyFromEd25519(ed25519.getPublicKey(seed))
    const jwt = await signJws({
      header: { typ: PROOF_REQUEST_TYP, kid: stranger },
      payload: { iss: stranger, ...json },
      sign: async (message) => ed25519.sign(message, seed),
    })
    await expect(openProofRequest(jwt, resolveKeys)).rejects.toMatchObject({
      code: 'audienceNotSigned',
      message: `The proof request for ${did} is signed by ${stranger}`,
      detail: { signer: stranger },
    })
  })

  it('is refused when it holds anything else or another type is signed', async () => {
    const payload = { iss: did, ...json, extra: 1 }
    const extra = await signJws({ header: { typ: PROOF_REQUEST_TYP, kid: did }, payload, sign })
    await expect(openProofRequest(extra, resolveKeys)).rejects.toMatchObject({
      code: 'malformed',
      message: expect.stringContaining('Unrecognized key: "extra"'),
    })
    const other = await signJws({ header: { typ: 'vc+jwt', kid: did }, payload: { iss: did, ...json }, sign })
    await expect(openProofRequest(other, resolveKeys)).rejects.toMatchObject({
      code: 'malformed',
      message: `The JWS must be of type ${PROOF_REQUEST_TYP}, got vc+jwt`,
    })
  })
})
