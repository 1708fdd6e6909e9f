import { type Issuer, type IssuerStore, issueClaims } from '../issuer/index.ts'
import type { RandomBytes } from '../protocol/index.ts'
import { type LedgerService, openLedgerSettings } from '../reputation/index.ts'
import type { Database, Db } from '../storage/index.ts'
import { createLedgerStore } from '../storage/ledger-store.ts'
import type { Verifier } from '../verifier/index.ts'
import type { RoleDid } from './service-dids.ts'

export interface LedgerParts {
  database: Database
  /** The ledger's DID, and the issuer of score credentials under it. */
  identity: RoleDid
  issuer: Issuer
  issuerStore: IssuerStore
  verifier: Verifier<Db>
  registryId: string
  epochSeconds: number
  requestLifetimeSeconds: number
  capabilitySeconds: number
  randomBytes: RandomBytes
}

/** The reputation service over the database, with its genesis epoch drawn at the first start. @throws AssayError `configInvalid` */
export async function openLedgerService(parts: LedgerParts): Promise<LedgerService<Db>> {
  const { identity, issuer, issuerStore, verifier, epochSeconds, randomBytes } = parts
  const store = createLedgerStore(parts.database)
  return {
    did: identity.did,
    kid: identity.kid,
    sign: identity.sign,
    store,
    verifier,
    settings: await openLedgerSettings(store, { epochSeconds, now: verifier.clock() }),
    registry: parts.registryId,
    requestLifetimeSeconds: parts.requestLifetimeSeconds,
    capabilitySeconds: parts.capabilitySeconds,
    issueScore: (request) => issueClaims({ issuer, store: issuerStore, randomBytes }, request),
    randomBytes,
  }
}
