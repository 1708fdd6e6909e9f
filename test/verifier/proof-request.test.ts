import { describe, expect, it } from 'vitest'
import {
  ed25519FromDidKey,
  openProofRequest,
  proofRequestJson,
  toBase64url,
  zProofRequest,
} from '../../src/protocol/index.ts'
import { createProofRequest, signProofRequest } from '../../src/verifier/index.ts'
import { digest, party } from '../shared/proof-fixture.ts'
import { dapp, NOW, REGISTRY, ramPolicy } from './scenario.ts'

const options = {
  audience: { did: dapp.did },
  purpose: 'joining',
  policies: [ramPolicy],
  circuit: 'c'.repeat(64),
  registry: REGISTRY,
}
const effects = { now: NOW, randomBytes: () => digest('nonce') }

describe('making a proof request', () => {
  it('draws 32 bytes for the nonce and is valid for five minutes', () => {
    const asked: number[] = []
    const request = createProofRequest(options, {
      now: NOW,
      randomBytes: (length) => {
        asked.push(length)
        return digest('nonce')
      },
    })
    expect(asked).toEqual([32])
    expect(proofRequestJson(request)).toEqual({
      type: 'AssayProofRequest',
      version: 1,
      ...options,
      sameDevice: false,
      nonce: toBase64url(digest('nonce')),
      now: NOW,
      expiresAt: NOW + 300,
    })
    expect(zProofRequest.parse(proofRequestJson(request))).toEqual(request)
  })

  it('refuses what no wallet would answer', () => {
    const bad = { ...options, policies: [{ ...ramPolicy, claims: { ramMiB: { min: '8193' } } }] }
    expect(() => createProofRequest(bad, effects)).toThrow(
      expect.objectContaining({
        code: 'policyOffGrid',
        message: 'ramMiB lies on a grid of 1024, and the policy asks for 8193',
      }),
    )
    for (const changes of [
      { policies: [] },
      { lifetimeSeconds: 0 },
      { purpose: '' },
      { audience: { did: 'did:x:y#z' } },
    ]) {
      expect(() => createProofRequest({ ...options, ...changes }, effects)).toThrow(
        expect.objectContaining({
          code: 'malformed',
          message: expect.stringContaining('The proof request is malformed: '),
        }),
      )
    }
  })
})

describe('signing a proof request', () => {
  it("is opened with the DID's key", async () => {
    const request = createProofRequest(options, effects)
    const jwt = await signProofRequest(request, dapp)
    expect(await openProofRequest(jwt, async (did) => [ed25519FromDidKey(did)])).toEqual(request)
  })

  it('is refused for an audience other than the signer', async () => {
    const stranger = party('a stranger')
    await expect(signProofRequest(createProofRequest(options, effects), stranger)).rejects.toMatchObject({
      code: 'audienceNotSigned',
      message: `${stranger.did} can't sign a proof request for ${dapp.did}`,
    })
  })
})
