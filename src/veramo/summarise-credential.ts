import type { HeldCredential } from '../holder/index.ts'
import { nameSources } from '../protocol/index.ts'
import type { CredentialSummary } from './method-schemas.ts'

/** What an agent is told of a credential that the wallet holds. */
export function summariseCredential({ credential }: HeldCredential): CredentialSummary {
  const { id, schema, issuer, sources, issuedAt, expiresAt } = credential
  return { id, schema, issuer, sources: nameSources(schema, sources), issuedAt, expiresAt }
}
