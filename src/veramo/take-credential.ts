import { addCredential, type HeldCredential } from '../holder/index.ts'
import { nameSources } from '../protocol/index.ts'
import type { CredentialSummary } from './method-schemas.ts'
import type { WalletKeeper } from './wallet-keeper.ts'

/** Keeps a credential in the wallet, and says what the agent may know of it. */
export async function takeCredential(held: HeldCredential, keeper: WalletKeeper): Promise<CredentialSummary> {
  await keeper.change((wallet) => addCredential(wallet, held))
  const { id, schema, issuer, sources, issuedAt, expiresAt } = held.credential
  return { id, schema, issuer, sources: nameSources(schema, sources), issuedAt, expiresAt }
}
