import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assertCurrent, readProofRequest } from '../../src/holder/read-proof-request.ts'
import { COMPUTE } from '../../src/protocol/claim-schemas.ts'
import { isAssayError } from '../../src/protocol/errors.ts'
import { signJws } from '../../src/protocol/jws.ts'
import { PROOF_REQUEST_TYP } from '../../src/protocol/proof-request.ts'
import { encodeProofRequest } from '../../src/protocol/proof-request-jwt.ts'
import { endOfStep } from '../../src/protocol/time.ts'
import { NOW, party, proofRequest, requestJson, resolveKeys, STEP, unresolvable } from './fixture.ts'

const dapp = party('dapp')
const phisher = party('phisher')
const policies = [{ schema: COMPUTE, claims: { ramMiB: { min: '8192', source: 'measured' as const } } }]
const request = proofRequest(dapp.did, { policies })
const read = (jwt: string, now = NOW) => readProofRequest(jwt, { resolveKeys, now, stepSeconds: STEP })

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
    const resolving = readProofRequest(jwt, { resolveKeys: unresolvable, now: NOW, stepSeconds: STEP })
    await expect(resolving).rejects.toMatchObject({ code: 'didUnresolvable' })
  })

  it.each([
    ['an unknown field', { extra: 1 }],
    ['no policies', { policies: [] }],
    ['an audience that holds a context in its DID', { audience: { did: `${dapp.did}#x` } }],
    ['a time before its expiry', { now: NOW }],
    ['a policy without a source', { policies: [{ schema: COMPUTE, claims: { ramMiB: { min: '8192' } } }] }],
    [
      'a bound of 2^64',
      { policies: [{ schema: COMPUTE, claims: { ramMiB: { min: String(2n ** 64n), source: 'measured' } } }] },
    ],
    ['a recipient of its own', { recipient: 'A'.repeat(43) }],
  ])('refuses a request with %s, signed though it is', async (_, changes) => {
    const payload = { iss: dapp.did, ...requestJson(dapp.did, { policies }), ...changes }
    const jwt = await signJws({ header: { typ: PROOF_REQUEST_TYP, kid: dapp.did }, payload, sign: dapp.sign })
    await expect(read(jwt)).rejects.toMatchObject({
      code: 'malformed',
      message: expect.stringContaining('The proof request is malformed'),
    })
  })

  it.each([
    ['nowOffStep', { now: NOW + STEP + 1 }],
    ['expired', { expiresAt: NOW - 1, now: NOW }],
    ['clockSkew', { expiresAt: NOW + 9 * STEP, now: NOW + 10 * STEP }],
    ['requestTooLong', { expiresAt: NOW + STEP + 121, now: NOW + 2 * STEP }],
  ] as const)('%s, once its signature is checked', async (code, times) => {
    const jwt = await encodeProofRequest({ ...request, ...times }, dapp.sign)
    await expect(read(jwt)).rejects.toMatchObject({ code })
  })
})

describe("a request's times", () => {
  const judge = (expiresAt: number, clock: number, now = endOfStep(expiresAt, STEP)) => {
    try {
      assertCurrent({ now, expiresAt }, { now: clock, stepSeconds: STEP })
      return 'taken'
    } catch (error) {
      if (isAssayError(error)) return error.code
      throw error
    }
  }

  it("state the end of their expiry's step, and no other: not a step more, a step less, or a second", () => {
    for (const off of [-STEP, -1, 1, STEP, 365 * 86_400]) {
      expect(judge(NOW + 300, NOW, NOW + STEP + off)).toBe('nowOffStep')
    }
    expect(judge(NOW + STEP, NOW, NOW + STEP)).toBe('nowOffStep')
    expect(judge(NOW + STEP, NOW)).toBe('taken')
  })

  it('end until the expiry, to the second', () => {
    expect([judge(NOW + 300, NOW + 300), judge(NOW + 300, NOW + 301)]).toEqual(['taken', 'expired'])
  })

  it('reach a step ahead, and clocks may differ by 120 s', () => {
    expect([judge(NOW + STEP + 120, NOW), judge(NOW + STEP + 121, NOW)]).toEqual(['taken', 'requestTooLong'])
    // the latest time that any clock within skew can ask for
    const end = NOW + 2 * STEP - 1
    expect([judge(end, end - STEP - 120), judge(end, end - STEP - 121)]).toEqual(['taken', 'requestTooLong'])
    expect(judge(NOW + 3 * STEP, NOW)).toBe('clockSkew')
  })

  it('leave no choice that could bisect an expiry: what is taken follows from the clock to a step', () => {
    const moment = fc.integer({ min: -4 * STEP, max: 4 * STEP })
    fc.assert(
      fc.property(moment, moment, (stated, life) => {
        if (judge(NOW + life, NOW, NOW + stated) !== 'taken') return
        expect([NOW + STEP, NOW + 2 * STEP]).toContain(NOW + stated)
      }),
    )
  })

  it('say by how much they are wrong', () => {
    const thrown = (expiresAt: number, now: number) => () => {
      assertCurrent({ now, expiresAt }, { now: NOW, stepSeconds: STEP })
    }
    expect(thrown(NOW + 300, NOW + 7)).toThrow(
      `The proof request states the time ${NOW + 7}, which is not the end of the step of its expiry`,
    )
    expect(thrown(NOW - 1, NOW)).toThrow('The proof request expired 1 s ago')
    expect(thrown(NOW + 3 * STEP, NOW + 4 * STEP)).toThrow(
      'The proof request states a time 14400 s from now, and at most 7320 s is allowed',
    )
    expect(thrown(NOW + STEP + 121, NOW + 2 * STEP)).toThrow(
      'The proof request lives for 3721 s more, and a step has 3600 s',
    )
  })
})
