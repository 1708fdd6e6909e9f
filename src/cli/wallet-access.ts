import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { keepInMemory, type WalletKeeper } from '../client/index.ts'
import type { Wallet } from '../holder/index.ts'
import { isAssayError } from '../protocol/index.ts'
import { readWalletFile, updateWalletFile } from '../storage/wallet-file.ts'
import { CannotRun } from './exit-codes.ts'
import { readText } from './files.ts'
import { requireStrong } from './passphrase-strength.ts'
import { askSecret, isInteractive } from './terminal.ts'

export interface WalletOptions {
  wallet?: string
  passphraseFile?: string
}

export interface NewWalletOptions extends WalletOptions {
  weakPassphrase?: boolean
}

/** Adds the options by which a command finds and opens the wallet. There is none for the passphrase itself: others can read a command line. */
export function withWallet(command: Command): Command {
  return command
    .option('--wallet <file>', 'wallet file (ASSAY_WALLET; default ~/.assay/wallet.age)')
    .option('--passphrase-file <file>', 'file that holds the passphrase (else ASSAY_PASSPHRASE, else you are asked)')
}

/** The same for a command that makes the wallet file. */
export function withNewWallet(command: Command): Command {
  return withWallet(command).option('--weak-passphrase', 'take a passphrase that is easy to guess')
}

export function walletPath({ wallet }: WalletOptions): string {
  return wallet ?? process.env.ASSAY_WALLET ?? join(homedir(), '.assay', 'wallet.age')
}

/** What else belongs to this machine's user lies beside the wallet. */
export function besideWallet(options: WalletOptions, name: string): string {
  return join(dirname(walletPath(options)), name)
}

/** The passphrase: from a file, from the environment, or asked for; twice when it is a new one. */
export async function passphrase({ passphraseFile }: WalletOptions, { isNew = false } = {}): Promise<string> {
  if (passphraseFile !== undefined) {
    return (await readText(passphraseFile, 'passphrase file')).replace(/\r?\n$/, '')
  }
  if (process.env.ASSAY_PASSPHRASE) return process.env.ASSAY_PASSPHRASE
  if (!isInteractive()) {
    throw new CannotRun(
      'walletLocked',
      'There is no terminal to ask for the passphrase: set ASSAY_PASSPHRASE or give --passphrase-file',
    )
  }
  const typed = await askSecret(isNew ? 'New passphrase for the wallet file: ' : 'Passphrase of the wallet: ')
  if (isNew && (await askSecret('The same again: ')) !== typed) {
    throw new CannotRun('walletLocked', 'The two passphrases differ: nothing was written, try again')
  }
  return typed
}

/** The passphrase of a new wallet file, wherever it comes from: a weak one is refused unless the holder insists. */
export async function newPassphrase(options: NewWalletOptions): Promise<string> {
  const secret = await passphrase(options, { isNew: true })
  if (options.weakPassphrase !== true) await requireStrong(secret)
  return secret
}

/** Opens the wallet to look at it. */
export async function openWalletFile(options: WalletOptions): Promise<Wallet> {
  const path = walletPath(options)
  return orExplain(path, async () => readWalletFile(path, await passphrase(options)))
}

/** Opens the wallet to look at it first: others may change it while a person reads. Each change is saved at once. */
export async function unlockWallet(options: WalletOptions): Promise<WalletKeeper> {
  const path = walletPath(options)
  return orExplain(path, async () => {
    const secret = await passphrase(options)
    let latest = await readWalletFile(path, secret)
    return {
      read: async () => latest,
      change: async (update) => {
        latest = await updateWalletFile(path, secret, update)
      },
    }
  })
}

/** The id of the registry that the wallet trusts. */
export function requirePin({ registry }: Wallet): string {
  if (registry !== undefined) return registry.registryId
  throw new CannotRun('registryInvalid', 'The wallet trusts no registry yet: run `assay enroll --service URL` first')
}

/**
 * Opens the wallet to change it, while no other process does. What it was changed to last is saved at the end, also when the
 * work fails on the way, so that nothing that was got or sent is forgotten.
 */
export async function changeWallet<T>(options: WalletOptions, work: (keeper: WalletKeeper) => Promise<T>): Promise<T> {
  const path = walletPath(options)
  let outcome: { value: T } | { error: unknown } | undefined
  await orExplain(path, async () =>
    updateWalletFile(path, await passphrase(options), async (wallet) => {
      const keeper = keepInMemory(wallet)
      outcome = await work(keeper).then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      )
      return keeper.read()
    }),
  )
  if (outcome !== undefined && 'value' in outcome) return outcome.value
  throw outcome?.error
}

async function orExplain<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isAssayError(error, 'notFound')) throw error
    const message = `There is no wallet at ${path}: make one with \`assay wallet create\`, or \`assay wallet restore\``
    throw new CannotRun('notFound', message)
  }
}
