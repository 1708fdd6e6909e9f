import { constants } from 'node:fs'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Decrypter, Encrypter } from 'age-encryption'
import { openWallet, type Wallet, walletState } from '../holder/wallet.ts'
import { AssayError, isAssayError } from '../protocol/errors.ts'
import { lockFolder } from './lock-folder.ts'

/**
 * scrypt's cost, log2 N, with r = 8 and p = 1: 128 MiB and about half a second a guess. OWASP's recommendation
 * (Password Storage Cheat Sheet); the file states its own cost, so a later change here leaves old files readable.
 */
export const WALLET_WORK_FACTOR = 17

export interface WalletFileOptions {
  /** log2 N of scrypt for what is written. */
  workFactor?: number
}

/**
 * Writes a new wallet to a file that only its owner may read, encrypted by the passphrase (age, https://age-encryption.org/v1).
 * @throws AssayError `conflict` when the file exists already, `malformed` (empty passphrase), `fileInUse`
 */
export async function createWalletFile(
  path: string,
  passphrase: string,
  wallet: Wallet,
  options: WalletFileOptions = {},
): Promise<void> {
  await mkdir(dirname(resolve(path)), { recursive: true, mode: 0o700 })
  await withLock(path, async () => {
    if (await exists(path)) throw new AssayError('conflict', `There is a wallet at ${path} already`)
    await replaceFile(path, await encrypt(wallet, passphrase, options))
  })
}

/**
 * Reads a wallet. It takes no lock: files are replaced whole, so what is read is one saved state.
 * @throws AssayError `walletLocked` (wrong passphrase), `notFound`, `malformed` (not a wallet, or damaged)
 */
export async function readWalletFile(path: string, passphrase: string): Promise<Wallet> {
  const encrypted = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') throw new AssayError('notFound', `There is no wallet at ${path}`)
    throw cause
  })
  return openWallet(parseState(await decrypt(encrypted, passphrase)))
}

/**
 * Reads a wallet, applies a change and saves the result, with no other process changing it meanwhile. When the promise
 * resolves, the new state is on the disk; if the process dies before, the file holds the old or the new state, whole.
 * @throws AssayError what `readWalletFile` throws, `fileInUse` (another process changes it), and what `change` throws
 */
export async function updateWalletFile(
  path: string,
  passphrase: string,
  change: (wallet: Wallet) => Wallet | Promise<Wallet>,
  options: WalletFileOptions = {},
): Promise<Wallet> {
  if (!(await exists(path))) throw new AssayError('notFound', `There is no wallet at ${path}`)
  return withLock(path, async () => {
    const before = await readWalletFile(path, passphrase)
    const after = await change(before)
    if (after !== before) await replaceFile(path, await encrypt(after, passphrase, options))
    return after
  })
}

async function encrypt(wallet: Wallet, passphrase: string, { workFactor = WALLET_WORK_FACTOR }: WalletFileOptions) {
  if (passphrase === '') throw new AssayError('malformed', 'A wallet needs a passphrase')
  const encrypter = new Encrypter()
  encrypter.setPassphrase(passphrase)
  encrypter.setScryptWorkFactor(workFactor)
  return encrypter.encrypt(JSON.stringify(walletState(wallet)))
}

async function decrypt(encrypted: Uint8Array, passphrase: string): Promise<string> {
  const decrypter = new Decrypter()
  decrypter.addPassphrase(passphrase)
  try {
    return await decrypter.decrypt(encrypted, 'text')
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('no identity matched')) throw new AssayError('walletLocked')
    throw new AssayError('malformed', 'The file is not a wallet, or it is damaged')
  }
}

/** An error of JSON.parse repeats some of the text, and this text holds the phrase: it goes no further. */
function parseState(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new AssayError('malformed', 'The decrypted file does not hold a wallet')
  }
}

/** The lock lives in a folder of its own beside the file, which stays when the lock is gone. */
async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const folder = `${path}.lock`
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const lock = await lockFolder(folder).catch((error: unknown) => {
    if (!isAssayError(error, 'folderInUse')) throw error
    throw new AssayError('fileInUse', `Another process is changing the wallet ${path}`, error.detail)
  })
  try {
    return await work()
  } finally {
    await lock.release()
  }
}

/** Replaces a file whole: written and synced under another name, then renamed, then the folder synced. */
async function replaceFile(path: string, content: Uint8Array): Promise<void> {
  const draft = `${path}.draft`
  await rm(draft, { force: true })
  try {
    await writeSynced(draft, content)
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  const folder = await open(dirname(resolve(path)), constants.O_RDONLY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function writeSynced(path: string, content: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function exists(path: string): Promise<boolean> {
  return open(path).then(
    async (file) => {
      await file.close()
      return true
    },
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )
}
