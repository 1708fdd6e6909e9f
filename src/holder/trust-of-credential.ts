import type { TrustPath } from '../protocol/circuit-inputs.ts'
import { claimSchema } from '../protocol/claim-schemas.ts'
import type { Credential } from '../protocol/credential.ts'
import { AssayError } from '../protocol/errors.ts'
import { sourceName } from '../protocol/sources.ts'
import type { RegistryView } from '../registry/registry-view.ts'

/**
 * Where the registry trusts a credential's issuer with what it says: for this schema and list, and up to its source cap.
 * @throws AssayError `untrustedIssuer`: the credential can prove nothing
 */
export function trustOfCredential(credential: Credential, view: Pick<RegistryView, 'trustPath'>): TrustPath {
  const { issuer, schema, sources } = credential
  const { title } = claimSchema(schema)
  const trust = view.trustPath(credential)
  if (trust === undefined) {
    throw new AssayError('untrustedIssuer', `The registry does not trust ${issuer} for “${title}”`, { issuer, schema })
  }
  if (sources.some((level) => level > trust.sourceCap)) {
    const message = `The registry trusts ${issuer} for “${title}” with ${sourceName(trust.sourceCap)} claims at most`
    throw new AssayError('untrustedIssuer', message, { issuer, schema, sourceCap: trust.sourceCap })
  }
  return trust
}
