import { access, readFile } from 'node:fs/promises'
import { clock } from './effects.ts'
import { CannotRun } from './exit-codes.ts'
import { writeWhole } from './files.ts'
import { credentialResult } from './format.ts'
import type { Result, Voice } from './run-action.ts'
import { openWalletFile, type WalletOptions, walletPath } from './wallet-access.ts'

/** `assay wallet backup`: a copy of the wallet file, as encrypted as it is, once the passphrase was seen to open it. */
export async function backUpWallet(voice: Voice, options: WalletOptions, [file]: string[]): Promise<Result> {
  const path = walletPath(options)
  await voice.progress('Opening the wallet', () => openWalletFile(options))
  await refuseExisting(file!)
  await writeWhole(file!, await readFile(path), { secret: true })
  voice.say(`The backup is in ${file}. It opens with the same passphrase: use it as --wallet, or copy it back.`)
  return { wallet: path, backup: file }
}

/** `assay wallet export`: a credential as its issuer signed it. */
export async function exportCredential(
  voice: Voice,
  options: WalletOptions & { out?: string },
  [id]: string[],
): Promise<Result> {
  const wallet = await voice.progress('Opening the wallet', () => openWalletFile(options))
  const held = wallet.credentials.find(({ credential }) => credential.id === id)
  if (held === undefined) {
    throw new CannotRun('notFound', `The wallet holds no credential ${id}: \`assay wallet show\` lists them`)
  }
  voice.note('It shows exact values and the DID that its issuer knows you by. To prove a range, use `assay present`.')
  if (options.out !== undefined) {
    await writeWhole(options.out, `${held.jwt}\n`, { secret: true })
    voice.say(`The credential is in ${options.out}.`)
  } else if (!voice.json) process.stdout.write(`${held.jwt}\n`)
  const credential = credentialResult(held, clock())
  return { credential, ...(options.out === undefined ? { jwt: held.jwt } : { out: options.out }) }
}

/** @throws CannotRun when there is a file already */
export async function refuseExisting(path: string): Promise<void> {
  const exists = await access(path).then(
    () => true,
    () => false,
  )
  if (exists) throw new CannotRun('conflict', `There is a file at ${path} already: name another`)
}
