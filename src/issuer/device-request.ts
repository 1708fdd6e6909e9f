import { AssayError } from '../protocol/errors.ts'
import { type AgentOfConsent, verifyAgentConsent } from './agent-consent.ts'
import type { IssueRequest } from './issue-credential.ts'
import type { Issuer } from './issuer.ts'

/** What a holder asks for a device, its evidence apart. The caller has verified that `holder` signed it. */
export type DeviceRequest = Pick<
  IssueRequest,
  'requestId' | 'requestHash' | 'holder' | 'subject' | 'device' | 'binding' | 'now'
> & {
  /** A SignedConsent of the device's agent, not yet checked. */
  consent: unknown
}

/**
 * Checks that the device's agent consents and that the evidence is about the device that the request names.
 * Returns the agent key and its generation.
 * @throws AssayError `evidenceRejected`, and what `verifyAgentConsent` throws
 */
export function checkDeviceRequest(issuer: Issuer, request: DeviceRequest, evidenceDevice: bigint): AgentOfConsent {
  const { holder, device, binding, consent, now } = request
  if (evidenceDevice !== device) {
    throw new AssayError('evidenceRejected', 'The evidence is about another device than the request')
  }
  return verifyAgentConsent(consent, { issuer: issuer.did, holder, device, binding }, now)
}

/** The parts of a request that go into the credential as they are. */
export function issuable({ consent: _, ...request }: DeviceRequest): Omit<DeviceRequest, 'consent'> {
  return request
}
