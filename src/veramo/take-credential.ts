import { addCredential, type HeldCredential, verifyCredential } from '../holder/index.ts'
import { AssayError, type ResolveKeys } from '../protocol/index.ts'
import type { RegistryView } from '../registry/index.ts'
import type { CredentialSummary } from './method-schemas.ts'
import type { WalletKeeper } from './wallet-keeper.ts'

/** What a credential must be for the wallet to take it. */
export interface Wanted {
  issuer: string
  schema: string
  /** Absent for a score, whose device is its source. */
  device?: bigint
}

/**
 * Takes a credential into the wallet if it is the one that was asked for, validly signed, this holder's, and trusted.
 * @throws AssayError `credentialInvalid`, `untrustedIssuer`
 */
export async function takeCredential(
  jwt: string,
  wanted: Wanted,
  { keeper, view, resolveKeys }: { keeper: WalletKeeper; view: RegistryView; resolveKeys: ResolveKeys },
): Promise<CredentialSummary> {
  const { keys } = await keeper.read()
  const held = await verifyCredential(jwt, { keys, resolveKeys })
  const { issuer, schema, device } = held.credential
  if (issuer !== wanted.issuer || schema !== wanted.schema || device !== (wanted.device ?? device)) {
    throw new AssayError('credentialInvalid', 'The service handed out another credential than was asked for')
  }
  if (view.trustPath(held.credential) === undefined) {
    const message = `The registry does not trust ${issuer} for ${schema}: its credential would prove nothing`
    throw new AssayError('untrustedIssuer', message, { issuer })
  }
  await keeper.change((wallet) => addCredential(wallet, held))
  return summarise(held)
}

function summarise({ credential }: HeldCredential): CredentialSummary {
  const { id, schema, issuer, claims, issuedAt, expiresAt } = credential
  return { id, schema, issuer, assurance: Number(claims[7]), issuedAt, expiresAt }
}
