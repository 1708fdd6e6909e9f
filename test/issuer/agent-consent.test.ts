import { describe, expect, it } from 'vitest'
import { verifyAgentConsent } from '../../src/issuer/index.ts'
import { type SignedConsent, zSignedConsent } from '../../src/protocol/agent-consent.ts'
import { toBase64url } from '../../src/protocol/index.ts'
import { consentOf, holder, issuerOf, machine, NOW, person } from './fixture.ts'

const issuer = issuerOf('issuer')
const { device, agent } = machine('a machine')
const { did, binding } = holder('h').for(issuer, device)
const scope = { issuer: issuer.did, holder: did, device, binding }

describe('verifyAgentConsent', () => {
  it('gives the agent key of a consent to this very request', async () => {
    const consent = await consentOf(agent, scope)
    expect(zSignedConsent.safeParse(consent).success).toBe(true)
    expect(verifyAgentConsent(consent, scope, NOW)).toEqual({ agentKey: agent.hex, generation: 0 })
  })

  it.each([-120, 0, 300])('takes one that is %i seconds old', async (age) => {
    expect(verifyAgentConsent(await consentOf(agent, scope, { issuedAt: NOW - age }), scope, NOW)).toEqual({
      agentKey: agent.hex,
      generation: 0,
    })
  })

  it.each([-121, 301])('refuses one that is %i seconds old', async (age) => {
    const consent = await consentOf(agent, scope, { issuedAt: NOW - age })
    expect(() => verifyAgentConsent(consent, scope, NOW)).toThrowError(
      expect.objectContaining({ code: 'expired', message: "The agent's consent must be younger than 300 seconds" }),
    )
  })

  it.each([
    ['issuer', { issuer: person('another').did }],
    ['holder', { holder: person('another').did }],
    ['device', { device: device + 1n }],
    ['binding', { binding: binding + 1n }],
  ])('refuses a consent to another %s', async (part, change) => {
    const consent = await consentOf(agent, { ...scope, ...change })
    expect(() => verifyAgentConsent(consent, scope, NOW)).toThrowError(
      expect.objectContaining({
        code: 'unauthorized',
        message: `The agent consents to another ${part} than the request names`,
        detail: { part },
      }),
    )
  })

  it.each<[string, (signed: SignedConsent) => unknown]>([
    [
      'another key',
      ({ consent, signature }) => ({ consent: { ...consent, agentKey: person('another').hex }, signature }),
    ],
    [
      'a key that is no point',
      ({ consent, signature }) => ({ consent: { ...consent, agentKey: 'f'.repeat(64) }, signature }),
    ],
    ['another text', ({ consent, signature }) => ({ consent: { ...consent, issuedAt: NOW - 1 }, signature })],
    ['another signature', ({ consent }) => ({ consent, signature: toBase64url(new Uint8Array(64)) })],
  ])('refuses a signature over %s', async (_, change) => {
    const consent = change(await consentOf(agent, scope))
    expect(() => verifyAgentConsent(consent, scope, NOW)).toThrowError(
      expect.objectContaining({
        code: 'signatureInvalid',
        message: "The agent key's signature on its consent does not verify",
      }),
    )
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['no signature', { consent: {} }],
    ['a number at or above p', { consent: { device: '9'.repeat(77) }, signature: '' }],
  ])('refuses %s as malformed', (_, input) => {
    expect(() => verifyAgentConsent(input, scope, NOW)).toThrowError(
      expect.objectContaining({
        code: 'malformed',
        message: expect.stringContaining("The agent's consent is malformed"),
      }),
    )
  })

  it('refuses unknown fields', async () => {
    const { consent, signature } = await consentOf(agent, scope)
    expect(() => verifyAgentConsent({ consent: { ...consent, more: 1 }, signature }, scope, NOW)).toThrowError(
      expect.objectContaining({ code: 'malformed', message: expect.stringContaining('Unrecognized key: "more"') }),
    )
  })
})
