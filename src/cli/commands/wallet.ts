import type { Command } from 'commander'
import {
  addCredential,
  createWallet,
  deviceOfMachine,
  drawPhrase,
  parsePhrase,
  sourceTerms,
  verifyCredential,
  type Wallet,
} from '../../holder/index.ts'
import { audienceField, isCanonicalDid, pseudonym, REPUTATION } from '../../protocol/index.ts'
import { createWalletFile } from '../../storage/wallet-file.ts'
import { clock, randomBytes, resolveKeys } from '../effects.ts'
import { UsageError } from '../exit-codes.ts'
import { backUpWallet, exportCredential, refuseExisting } from '../export-wallet.ts'
import { readText } from '../files.ts'
import { claimLines, credentialResult, moment } from '../format.ts'
import { type Result, runAction, type Voice } from '../run-action.ts'
import { confirmPhrase, phraseLines } from '../show-phrase.ts'
import { showTold } from '../show-told.ts'
import { askSecret, isInteractive, readStdin } from '../terminal.ts'
import {
  changeWallet,
  type NewWalletOptions,
  newPassphrase,
  openWalletFile,
  type WalletOptions,
  walletPath,
  withNewWallet,
  withWallet,
} from '../wallet-access.ts'

/** `assay wallet`: the holder's phrase, credentials and identities, in one encrypted file. */
export function registerWallet(program: Command): void {
  const wallet = program
    .command('wallet')
    .description(
      'Make, restore and look at your wallet: one encrypted file, whose recovery phrase is the root of everything.',
    )
    .addHelpText('after', '\nExample:\n  assay wallet create')
  withNewWallet(wallet.command('create'))
    .description('Generate a new recovery phrase, show it once, and write the encrypted wallet file.')
    .option('--words <n>', 'words of the phrase, 12 or 24', '24')
    .option('--no-confirm', 'do not ask for three words of the phrase')
    .addHelpText('after', '\nExample:\n  assay wallet create --wallet ~/.assay/wallet.age')
    .action(runAction(create))
  withNewWallet(wallet.command('restore'))
    .description('Make the wallet file again from its recovery phrase, which is asked for or read from standard input.')
    .addHelpText('after', '\nExample:\n  assay wallet restore --wallet ~/.assay/restored.age')
    .action(runAction(restore))
  withWallet(wallet.command('show'))
    .description(
      'Show who you are to whom, and your credentials: how each claim was obtained, and until when it holds. No secrets.',
    )
    .option('--for <did>', 'show what an issuer (a marketplace, say) needs to know to issue to you')
    .addHelpText('after', '\nExample:\n  assay wallet show')
    .action(runAction(show))
  withWallet(wallet.command('add'))
    .description('Accept a credential that an issuer handed out, after checking that it is validly signed and yours.')
    .argument('<file>', 'file with the vc+jwt; - for standard input')
    .addHelpText('after', '\nExample:\n  assay wallet add jobs-week-2810.jwt')
    .action(runAction(add))
  withWallet(wallet.command('export'))
    .description('Write a credential as its issuer signed it, a `vc+jwt`, for software that reads W3C credentials.')
    .argument('<id>', 'the id of the credential: `assay wallet show` lists them')
    .option('--out <file>', 'where to write it; else it goes to standard output')
    .addHelpText(
      'after',
      '\nExample:\n  assay wallet export urn:uuid:1b4e28ba-2fa1-41d2-883f-0016d3cca427 --out hardware.jwt',
    )
    .action(runAction(exportCredential))
  withWallet(wallet.command('backup'))
    .description(
      'Copy the wallet file, encrypted as it is, with credentials and budget: more than the phrase restores.',
    )
    .argument('<file>', 'where to write the copy')
    .addHelpText('after', '\nExample:\n  assay wallet backup /media/usb/wallet.age')
    .action(runAction(backUpWallet))
  withWallet(wallet.command('told'))
    .description('Show what your answers told an audience so far, and about how many machines still fit all of it.')
    .argument('<audience>', 'DID of the dapp; its contexts count together')
    .addHelpText('after', '\nExample:\n  assay wallet told did:web:dapp.example')
    .action(runAction(showTold))
}

async function create(voice: Voice, options: NewWalletOptions & { words: string; confirm?: boolean }): Promise<Result> {
  const words = options.words === '12' ? 12 : options.words === '24' ? 24 : undefined
  if (words === undefined) throw new UsageError('--words must be 12 or 24')
  const path = walletPath(options)
  await refuseExisting(path)
  const secret = await newPassphrase(options)
  const phrase = drawPhrase(randomBytes, words)
  await voice.progress('Encrypting the wallet', () => createWalletFile(path, secret, createWallet(phrase)))
  const { bold, yellow } = voice.colours
  voice.say(`The wallet is in ${path}. Its recovery phrase:`)
  voice.say()
  for (const line of phraseLines(phrase)) voice.say(bold(`  ${line}`))
  voice.say()
  voice.say(yellow('Write these words down now: they are not shown again.'))
  voice.say('Anyone who has them has your pseudonyms, your score and your credentials.')
  voice.say('Without them, a lost file is lost.')
  if (isInteractive() && !voice.json && options.confirm !== false) {
    const isWritten = await confirmPhrase(voice, phrase)
    voice.say(isWritten ? 'The words are right.' : 'The words are above: compare them with what you wrote down.')
  }
  voice.say('Next: assay enroll --service URL')
  return { wallet: path, phrase }
}

async function restore(voice: Voice, options: NewWalletOptions): Promise<Result> {
  const path = walletPath(options)
  await refuseExisting(path)
  const typed = isInteractive() ? await askSecret('Recovery phrase (not shown): ') : await readStdin()
  const phrase = parsePhrase(typed)
  const secret = await newPassphrase(options)
  await voice.progress('Encrypting the wallet', () => createWalletFile(path, secret, createWallet(phrase)))
  voice.say(`The wallet is restored in ${path}: the same pseudonyms, DIDs and keys.`)
  voice.say('Credentials are not in the phrase: `assay enroll --service URL` gets them again.')
  return { wallet: path }
}

async function show(voice: Voice, options: WalletOptions & { for?: string }): Promise<Result> {
  const wallet = await voice.progress('Opening the wallet', () => openWalletFile(options))
  if (options.for !== undefined) return showTerms(voice, wallet, options.for)
  const now = clock()
  const { registry } = wallet
  const identities = identitiesOf(wallet)
  const machines = wallet.machines.map((machine) => {
    return { ...machine, device: String(deviceOfMachine(wallet, machine.number)) }
  })
  const credentials = wallet.credentials.map((held) => credentialResult(held, now))
  const { bold, dim } = voice.colours
  voice.say(
    registry === undefined
      ? 'No registry is pinned yet: `assay enroll --service URL` does that.'
      : `Registry ${registry.registryId}`,
  )
  for (const url of registry?.serviceUrls ?? []) voice.say(dim(`  served by ${url}`))
  if (identities.length > 0) voice.say(bold('\nWho you are to whom'))
  for (const { audience, did, pseudonym: name, roles } of identities) {
    voice.say(`  ${audience} (${roles.join(', ')})`)
    voice.say(dim(`    your DID ${did}`))
    voice.say(dim(`    your pseudonym ${name}`))
  }
  if (machines.length > 0) voice.say(bold('\nMachines'))
  for (const { number, members } of machines) {
    const gpus = members.map(({ id }) => `GPU ${id}`)
    voice.say(`  machine ${number}${gpus.length === 0 ? '' : `: ${gpus.join(', ')}`}`)
  }
  voice.say(bold(credentials.length === 0 ? '\nNo credentials yet' : '\nCredentials'))
  for (const { credential } of wallet.credentials) {
    const ends = credential.expiresAt < now ? 'expired' : 'until'
    voice.say(`  ${credential.id}: ${credentialResult({ credential }, now).title}`)
    voice.say(`    ${ends} ${moment(credential.expiresAt)} UTC`)
    for (const line of claimLines(credential)) voice.say(dim(`    ${line}`))
  }
  return { wallet: walletPath(options), registry: registry ?? null, identities, machines, credentials }
}

/** Everyone whom this wallet has met: issuers of its credentials, and audiences to which it stated something. */
function identitiesOf(wallet: Wallet) {
  const roles = new Map<string, Set<string>>()
  const meet = (audience: string, role: string) => roles.set(audience, (roles.get(audience) ?? new Set()).add(role))
  for (const { credential } of wallet.credentials) {
    meet(credential.issuer, credential.schema === REPUTATION ? 'reputation' : 'issuer')
  }
  for (const { audience } of [...wallet.joins, ...wallet.settled]) {
    if (audience.context === undefined) meet(audience.did, 'reputation')
  }
  for (const { audience } of wallet.told) meet(audience, 'dapp')
  return [...roles].map(([audience, named]) => ({
    audience,
    did: wallet.keys.didKeyFor(audience).did,
    pseudonym: String(pseudonym(wallet.keys.secret(), audienceField(audience))),
    roles: [...named],
    joins: wallet.joins
      .filter((join) => join.audience.did === audience && join.audience.context === undefined)
      .map(({ device, joinEpoch, inheritedSilence }) => ({ device, joinEpoch, inheritedSilence })),
  }))
}

function showTerms(voice: Voice, wallet: Wallet, issuer: string): Result {
  if (!isCanonicalDid(issuer)) throw new UsageError(`--for wants a DID in its canonical form, got ${issuer}`)
  const { holder, subject, binding } = sourceTerms(wallet.keys, issuer)
  voice.say(`What ${issuer} needs to know to issue to you. It is made for this issuer: give it to no one else.`)
  voice.say(`  holder:  ${holder}`)
  voice.say(`  subject: ${subject}`)
  voice.say(`  binding: ${binding}`)
  return { issuer, holder, subject: String(subject), binding: String(binding) }
}

async function add(voice: Voice, options: WalletOptions, [file]: string[]): Promise<Result> {
  const jwt = (await readText(file!, 'credential')).trim()
  return changeWallet(options, async (wallet) => {
    const { keys } = await wallet.read()
    const held = await verifyCredential(jwt, { keys, resolveKeys })
    await wallet.change((latest) => addCredential(latest, held))
    const result = credentialResult(held, clock())
    voice.say(`Accepted: “${result.title}”, until ${moment(result.expiresAt)} UTC`)
    for (const line of claimLines(held.credential)) voice.say(`  ${line}`)
    return { credential: result }
  })
}
