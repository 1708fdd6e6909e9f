import { importJWK, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { signCredential } from '../../src/issuer/sign-credential.ts'
import { signStatusListCredential, zStatusListCredential } from '../../src/issuer/status-list-credential.ts'
import { COMPUTE, emptyStatusList, encodeStatusList, jwkOf, REPUTATION, toTimestamp } from '../../src/protocol/index.ts'
import { issueRequest, issuerOf, JOBS, NOW, person, randomBytes, settings } from './fixture.ts'

const issuer = issuerOf('office')
const publicKey = await importJWK(jwkOf(person('office').publicKey), 'EdDSA')
/** A verifier that knows JWTs alone: no VC, no circuit. */
const verifyAt = (jwt: string, seconds: number, options: object = {}) => {
  return jwtVerify(jwt, publicKey, { currentDate: new Date(seconds * 1000), typ: 'vc+jwt', ...options })
}
const expired = { code: 'ERR_JWT_EXPIRED', claim: 'exp' }

describe('a bare JOSE library (panva/jose)', () => {
  it.each([COMPUTE, REPUTATION, JOBS])('lets a credential of %s expire, and knows its issuer', async (schema) => {
    const { holder, subject, device, binding, claims, sources, evidence } = issueRequest(issuer, 'a machine', {
      schema,
    })
    const none = { claims: claims.map(() => 0n), sources: sources.map(() => 0) }
    const draft = {
      holder,
      schema,
      subject,
      device,
      binding,
      evidence,
      ...(schema === COMPUTE ? { claims, sources } : none),
    }
    const { credential, jwt } = await signCredential(issuer, draft, { list: 3, index: 5 }, NOW, randomBytes)
    const end = NOW + settings.lifetimeSeconds
    const { payload } = await verifyAt(jwt, end - 1, { issuer: issuer.did, subject: holder })
    expect(payload).toMatchObject({
      ...{ iss: issuer.did, sub: holder, jti: credential.id, iat: NOW, exp: end },
      ...{ issuer: issuer.did, validFrom: toTimestamp(NOW), validUntil: toTimestamp(end) },
    })
    await expect(verifyAt(jwt, end)).rejects.toMatchObject(expired)
    await expect(verifyAt(jwt, NOW, { issuer: 'did:web:other.example' })).rejects.toMatchObject({
      ...{ code: 'ERR_JWT_CLAIM_VALIDATION_FAILED', claim: 'iss' },
    })
  })

  it('lets a status list expire two intervals after it was signed', async () => {
    const state = {
      list: 3,
      issuer: issuer.did,
      schema: COMPUTE,
      seq: 1,
      encodedList: encodeStatusList(emptyStatusList()),
    }
    const jwt = await signStatusListCredential(issuer, state, NOW, 300)
    const { payload } = await verifyAt(jwt, NOW + 599, { issuer: issuer.did })
    expect(payload).toMatchObject({ iat: NOW, exp: NOW + 600, validUntil: toTimestamp(NOW + 600) })
    await expect(verifyAt(jwt, NOW + 600)).rejects.toMatchObject(expired)
    expect(zStatusListCredential.parse(payload)).toEqual(payload)
    expect(zStatusListCredential.safeParse({ ...payload, issuer: { id: issuer.did, name: 'x' } }).success).toBe(true)
    for (const [change, message] of [
      [{ exp: NOW + 601 }, 'exp is not validUntil'],
      [{ iss: 'did:web:other.example' }, 'iss names another issuer'],
      [{ validUntil: toTimestamp(NOW + 1) }, 'exp is not validUntil'],
    ] as const) {
      const { error } = zStatusListCredential.safeParse({ ...payload, ...change })
      expect(error?.issues.map((issue) => issue.message)).toEqual([message])
    }
  })
})
