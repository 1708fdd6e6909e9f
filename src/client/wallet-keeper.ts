import type { Wallet } from '../holder/index.ts'

/** Where a wallet is kept. Keys and phrase stay behind it. */
export interface WalletKeeper {
  read(): Promise<Wallet>
  /** Applies a change to the wallet as it is now, and stores the outcome before it resolves. One change at a time. */
  change(update: (wallet: Wallet) => Wallet): Promise<void>
}

/** Keeps a wallet in memory, for tests and for programs that save it themselves (`onChange`). */
export function keepInMemory(wallet: Wallet, onChange?: (wallet: Wallet) => void): WalletKeeper {
  let latest = wallet
  return {
    read: async () => latest,
    change: async (update) => {
      latest = update(latest)
      onChange?.(latest)
    },
  }
}
