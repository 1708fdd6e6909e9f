import { describe, expect, it } from 'vitest'
import {
  COMPUTE,
  ed25519FromDidKey,
  openProofRequest,
  proofRequestJson,
  toBase64url,
  zProofRequest,
} from '../../src/protocol/index.ts'
import { createProofRequest, signProofRequest } from '../../src/verifier/index.ts'
import { digest, party } from '../shared/proof-fixture.ts'
import { dapp, NOW, REGISTRY, ramPolicy, STEP } from './scenario.ts'

const options = {
  audience: { did: dapp.did },
  purpose: 'joining',
  policies: [ramPolicy],
  circuit: 'c'.repeat(64),
  registry: REGISTRY,
}
const effects = { now: NOW, stepSeconds: STEP, randomBytes: () => digest('nonce') }
/** What the request states of `ramPolicy`: every source, the default among them. */
const resolved = {
  ...ramPolicy,
  claims: { ...ramPolicy.claims, gops: { ...ramPolicy.claims.gops, source: 'measured' } },
}

describe('making a proof request', () => {
  it('has a nonce of 32 bytes, lives five minutes, and states every source', () => {
    const asked: number[] = []
    const request = createProofRequest(options, {
      ...effects,
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
      policies: [resolved],
      sameDevice: false,
      nonce: toBase64url(digest('nonce')),
      now: NOW + STEP,
      expiresAt: NOW + 300,
    })
    expect(zProofRequest.parse(proofRequestJson(request))).toEqual(request)
  })

  it('has the end of the step that holds its expiry as its time', () => {
    const times = (now: number, lifetimeSeconds: number) => {
      return createProofRequest({ ...options, lifetimeSeconds }, { ...effects, now }).now - NOW
    }
    expect(times(NOW, 1)).toBe(STEP)
    expect(times(NOW, STEP - 1)).toBe(STEP)
    expect(times(NOW, STEP)).toBe(2 * STEP)
    expect(times(NOW + STEP - 1, 1)).toBe(2 * STEP)
    const short = createProofRequest(options, { ...effects, stepSeconds: 60 })
    expect(short).toMatchObject({ expiresAt: NOW + 60, now: NOW + 120 })
  })

  it('refuses to live longer than a step', () => {
    expect(() => createProofRequest({ ...options, lifetimeSeconds: STEP + 1 }, effects)).toThrow(
      expect.objectContaining({ code: 'requestTooLong', detail: { stepSeconds: STEP } }),
    )
  })

  it('refuses a policy that no issuer can answer', () => {
    const impossible = [{ schema: COMPUTE, claims: { cores: { min: '8' } } }]
    expect(() => createProofRequest({ ...options, policies: impossible }, effects)).toThrow(
      expect.objectContaining({
        code: 'malformed',
        message: expect.stringContaining('can only be selfReported: say so with source'),
      }),
    )
  })

  it('refuses what no wallet would answer', () => {
    const claims = { ramMiB: { min: '8193', source: 'selfReported' as const } }
    const bad = { ...options, policies: [{ ...ramPolicy, claims }] }
    expect(() => createProofRequest(bad, effects)).toThrow(
      expect.objectContaining({
        code: 'policyOffGrid',
        message: 'ramMiB lies on multiples of 1024, and the policy asks for 8193',
      }),
    )
    for (const changes of [
      { policies: [] },
      { lifetimeSeconds: 0 },
      { purpose: '' },
      { audience: { did: 'did:x:y#z' } },
      { audience: { did: 'did:web:Dapp.example' } },
      { audience: { did: 'did:web:dapp.example%3A443' } },
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
