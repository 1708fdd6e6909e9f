import type { PublicKey } from '../protocol/babyjubjub.ts'
import type { StatusPath, TrustPath } from '../protocol/circuit-inputs.ts'

/** What a wallet needs of the verified registry: a part of the registry room's RegistryView. */
export interface HolderRegistryView {
  registryId: string
  /** Where this issuer and key are trusted for the schema with this list; undefined when they are not. */
  trustPath: (leaf: { issuer: string; key: PublicKey; schema: string; list: number }) => TrustPath | undefined
  statusPath: (list: { issuer: string; list: number }, index: number) => StatusPath
  isRevoked: (list: { issuer: string; list: number }, index: number) => boolean
  /** How many issuers are trusted for a schema: the crowd in which a proof hides its issuer. */
  trustedIssuers: (schema: string) => number
}
