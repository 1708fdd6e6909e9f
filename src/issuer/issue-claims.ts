import { marketplaceOf, REPUTATION } from '../protocol/claim-schemas.ts'
import { sourceDevice } from '../protocol/device.ts'
import { AssayError } from '../protocol/errors.ts'
import { type IssuedCredential, type IssueRequest, type IssuerEffects, issueCredential } from './issue-credential.ts'

export type IssueClaimsRequest = Omit<IssueRequest, 'device' | 'members'>

/**
 * Issues claims that a trusted service of the issuer's own states: a marketplace's job counters, a reputation service's
 * score. Their device is the source itself, so that the device pseudonym is a tag of the source; the holder gives the
 * binding for it.
 * @throws AssayError `evidenceRejected` for a schema that is issued on evidence only, and what issuing throws
 */
export async function issueClaims(effects: IssuerEffects, request: IssueClaimsRequest): Promise<IssuedCredential> {
  const { schema } = request
  if (schema !== REPUTATION && marketplaceOf(schema) === undefined) {
    throw new AssayError('evidenceRejected', `${schema} is issued on evidence from the device only`)
  }
  return issueCredential(effects, { ...request, device: sourceDevice(effects.issuer.did), members: [] })
}
