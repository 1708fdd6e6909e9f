import { marketplaceOf, REPUTATION } from '../protocol/claim-schemas.ts'
import { sourceDevice } from '../protocol/device.ts'
import { audienceField } from '../protocol/did.ts'
import { deviceBinding, pseudonym } from '../protocol/hashes.ts'
import type { HolderKeys } from './derive-keys.ts'

/** What a credential must say to be this holder's: the DID, subject and binding that the holder gives its issuer. */
export interface CredentialTerms {
  /** The holder's DID for this issuer alone. */
  holder: string
  /** The holder's pseudonym for the issuer's DID. */
  subject: bigint
  device: bigint
  /** Ties the device to the holder's secret; issuers alone see it. */
  binding: bigint
}

/** The terms for a device at an issuer. */
export function credentialTerms(keys: HolderKeys, issuer: string, device: bigint): CredentialTerms {
  return {
    holder: keys.didKeyFor(issuer).did,
    subject: pseudonym(keys.secret(), audienceField(issuer)),
    device,
    binding: deviceBinding(keys.secret(), device),
  }
}

/**
 * The terms for a credential that is about no machine: a score, or jobs done. Its device is its source, so the device
 * pseudonym is a tag of the source. The issuer knows the subject already; the binding comes from the holder.
 */
export function sourceTerms(keys: HolderKeys, issuer: string): CredentialTerms {
  return credentialTerms(keys, issuer, sourceDevice(issuer))
}

/** Whether a schema's credentials name their source in place of a device. */
export function isSourceSchema(schema: string): boolean {
  return schema === REPUTATION || marketplaceOf(schema) !== undefined
}
