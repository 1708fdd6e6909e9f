import type { AbstractDIDStore } from '@veramo/did-manager'
import type { AbstractKeyStore, AbstractPrivateKeyStore } from '@veramo/key-manager'

/** Secrets of kinds that Veramo does not know, such as BabyJubJub keys: kept beside its keys, under the same encryption. */
export type SecretKeyStore = {
  /** The secret of that name, or undefined. */
  get: (name: string) => Promise<Uint8Array | undefined>
  /** Keeps the secret unless the name has one already: true when it was kept. A secret is never overwritten. */
  put: (name: string, secret: Uint8Array) => Promise<boolean>
}

/** Which tokens of signed requests were used. */
export type UsedTokenStore = {
  /**
   * Marks a token as used: true the first time, false ever after, also when many ask at once. Seconds.
   * It may be forgotten after `expiresAt`.
   */
  use: (token: { signer: string; jti: string; expiresAt: number; now: number }) => Promise<boolean>
}

/** What an agent needs to remember. */
export type IdentityStores = {
  keys: AbstractKeyStore
  privateKeys: AbstractPrivateKeyStore
  dids: AbstractDIDStore
  secrets: SecretKeyStore
  usedTokens: UsedTokenStore
}
