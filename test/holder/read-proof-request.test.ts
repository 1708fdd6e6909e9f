import { describe, expect, it } from 'vitest'
import { readProofRequest } from '../../src/holder/read-proof-request.ts'
import { COMPUTE } from '../../src/protocol/claim-schemas.ts'
import { signJws } from '../../src/protocol/jws.ts'
import { PROOF_REQUEST_TYP } from '../../src/protocol/proof-request.ts'
import { encodeProofRequest } from '../../src/protocol/proof-request-jwt.ts'
import { NOW, party, proofRequest, requestJson, resolveKeys, unresolvable } from './fixture.ts'

const dapp = party('dapp')
const phisher = party('phisher')
const policies = [{ schema: COMPUTE, claims: { ramMiB: { min: '8192' } } }]
const request = proofRequest(dapp.did, { policies })
const read = (jwt: string, now = NOW) => readProofRequest(jwt, { resolveKeys, now })

describe('reading a proof request', () => {
  it("takes what the audience's DID signed", async () => {
    await expect(read(await encodeProofRequest(request, dapp.sign))).resolves.toEqual(request)
  })

  it('audienceNotSigned: another key under the name of the audience', async () => {
    await expect(read(await encodeProofRequest(request, phisher.sign))).rejects.toMatchObject({
      code: 'audienceNotSigned',
      message: 'The proof request is not signed by the DID that it names as its audience.',
    })
  })

  it("audienceNotSigned: another DID, openly, asking for the audience's pseudonym", async () => {
    const payload = { iss: phisher.did, ...requestJson(dapp.did, { policies }) }
    const header = { typ: PROOF_REQUEST_TYP, kid: phisher.did }
    await expect(read(await signJws({ header, payload, sign: phisher.sign }))).rejects.toMatchObject({
      code: 'audienceNotSigned',
      message: `The proof request for ${dapp.did} is signed by ${phisher.did}`,
    })
  })

  it('does not take an unresolvable audience for a forged one', async () => {
    const jwt = await encodeProofRequest(request, dapp.sign)
    await expect(readProofRequest(jwt, { resolveKeys: unresolvable, now: NOW })).rejects.toMatchObject({
      code: 'didUnresolvable',
    })
  })

  it('judges its times: until expiry, and no further ahead than clocks may differ', async () => {
    const jwt = await encodeProofRequest(request, dapp.sign)
    await expect(read(jwt, NOW + 300)).resolves.toEqual(request)
    await expect(read(jwt, NOW - 120)).resolves.toEqual(request)
    await expect(read(jwt, NOW + 301)).rejects.toMatchObject({
      code: 'expired',
      message: 'The proof request expired 1 s ago',
    })
    await expect(read(jwt, NOW - 121)).rejects.toMatchObject({
      code: 'clockSkew',
      message: 'The proof request was signed 121 s in the future',
    })
  })

  it.each([
    ['an unknown field', { extra: 1 }],
    ['no policies', { policies: [] }],
    ['an audience that holds a context in its DID', { audience: { did: `${dapp.did}#x` } }],
    ['an expiry before its time', { expiresAt: NOW }],
    ['a bound of 2^64', { policies: [{ schema: COMPUTE, claims: { ramMiB: { min: String(2n ** 64n) } } }] }],
    ['a recipient of its own', { recipient: 'A'.repeat(43) }],
  ])('refuses a request with %s, signed though it is', async (_, changes) => {
    const payload = { iss: dapp.did, ...requestJson(dapp.did, { policies }), ...changes }
    const jwt = await signJws({ header: { typ: PROOF_REQUEST_TYP, kid: dapp.did }, payload, sign: dapp.sign })
    await expect(read(jwt)).rejects.toMatchObject({
      code: 'malformed',
      message: expect.stringContaining('The proof request is malformed'),
    })
  })
})
