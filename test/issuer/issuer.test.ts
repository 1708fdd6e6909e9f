import { describe, expect, it } from 'vitest'
import { createIssuer } from '../../src/issuer/index.ts'
import { schemaSettings } from '../../src/issuer/issuer.ts'
import { admissible, COMPUTE, claimSchema, HARDWARE, isAssayError, UPTIME } from '../../src/protocol/index.ts'
import { DAY, issuerOf, person, seedOf, settings } from './fixture.ts'

const { did, kid, sign } = person('an issuer')
const base = {
  ...{ did, kid, baseUrl: 'https://issuer.example', schemas: { [COMPUTE]: settings } },
  ...{ stepSeconds: 3600, allowSelfReported: false },
}
const keys = { sign, circuitKey: seedOf('circuit') }

function refusal(work: () => unknown): { code: string; message: string } {
  try {
    work()
  } catch (error) {
    if (isAssayError(error)) return { code: error.code, message: error.message }
    throw error
  }
  throw new Error('nothing was refused')
}

describe('createIssuer', () => {
  it('derives the key that a registry admits', () => {
    expect(admissible(createIssuer(base, keys).publicKey)).toBe(true)
  })

  it('lets credentials live for exactly two renewal periods', () => {
    const schemas = { [COMPUTE]: { sourceCap: 2, renewalSeconds: DAY, lifetimeSeconds: 2 * DAY } }
    expect(createIssuer({ ...base, schemas }, keys).schemas).toEqual(schemas)
  })

  it.each([
    [
      'a lifetime of more than two renewal periods',
      { schemas: { [COMPUTE]: { sourceCap: 2, renewalSeconds: DAY, lifetimeSeconds: 2 * DAY + 1 } } },
      'must not exceed two renewal periods, or an old, better credential outlives a fall',
    ],
    ['a source above 3', { schemas: { [COMPUTE]: { ...settings, sourceCap: 4 } } }, 'sourceCap'],
    ['an unknown schema', { schemas: { 'urn:other': settings } }, 'Invalid key in record'],
    ['another DID’s key', { kid: `${person('another').did}#key` }, "must be a verification method of the issuer's DID"],
    ['a slash at the end of its URL', { baseUrl: 'https://issuer.example/' }, 'must not end in a slash'],
    ['a URL of another scheme', { baseUrl: 'ftp://issuer.example' }, 'Invalid URL'],
  ])('refuses %s', (_, change, message) => {
    const { code, message: text } = refusal(() => createIssuer({ ...base, ...change }, keys))
    expect(code).toBe('configInvalid')
    expect(text).toContain("The issuer's settings are invalid")
    expect(text).toContain(message)
  })

  it('refuses a circuit key of another length', () => {
    expect(refusal(() => createIssuer(base, { sign, circuitKey: new Uint8Array(31) }))).toEqual({
      code: 'configInvalid',
      message: "The issuer's circuit key must have 32 bytes, got 31",
    })
  })
})

describe('schemaSettings', () => {
  it('knows what the issuer issues, and nothing that objects have by themselves', () => {
    expect(schemaSettings(issuerOf('one'), UPTIME)).toEqual(settings)
    const issuer = createIssuer(base, keys)
    expect(refusal(() => schemaSettings(issuer, HARDWARE))).toEqual({
      code: 'unknownSchema',
      message: `This issuer issues no credentials of ${HARDWARE} (${claimSchema(HARDWARE).title})`,
    })
    expect(refusal(() => schemaSettings(issuer, 'constructor'))).toEqual({
      code: 'unknownSchema',
      message: 'constructor is not a known claim schema',
    })
  })
})
