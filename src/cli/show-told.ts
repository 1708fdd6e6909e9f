import { describeTold, fitWords, type ToldDevice } from '../holder/index.ts'
import { canonicalDid } from '../protocol/index.ts'
import { moment, short } from './format.ts'
import type { Result, Voice } from './run-action.ts'
import { openWalletFile, type WalletOptions } from './wallet-access.ts'

/** `assay wallet told`: what the wallet's answers told an audience. */
export async function showTold(voice: Voice, options: WalletOptions, [named]: string[]): Promise<Result> {
  const audience = canonicalDid(named!)
  const wallet = await voice.progress('Opening the wallet', () => openWalletFile(options))
  const devices = describeTold(wallet, { audience })
  const ledgerEpochs = wallet.settled.filter(
    ({ audience: { did }, outcome }) => did === audience && outcome === 'presented',
  )
  const { bold, dim } = voice.colours
  if (devices.length === 0 && ledgerEpochs.length === 0) voice.say(`${audience} was told nothing by this wallet.`)
  if (ledgerEpochs.length > 0) {
    voice.say(`${audience} is a ledger, which has no budget: ${ledgerEpochs.length} epochs were presented to it.`)
  }
  for (const { device, machine, fit, records } of devices) {
    voice.say(bold(machine === undefined ? `Source ${short(String(device))}` : `Machine ${machine}`))
    voice.say(`  Of all machines, ${fitWords(fit)} fit what it knows.`)
    for (const { title, part, claims, answered, declined, last } of records) {
      const where = part === undefined ? '' : `, ${part.words}`
      voice.say(`  “${title}”${where}: ${answered} answers, ${declined} refusals, last ${moment(last)} UTC`)
      for (const { label, words } of claims) voice.say(dim(`    ${label}: ${words}`))
    }
  }
  return { audience, ledgerEpochs: ledgerEpochs.length, devices: devices.map(toldResult) }
}

function toldResult({ device, machine, fit, records }: ToldDevice) {
  return {
    device: String(device),
    machine: machine ?? null,
    fit: Math.floor(fit),
    records: records.map(({ part, claims, ...record }) => ({
      ...record,
      part: part === undefined ? null : { claim: part.claim, value: String(part.value) },
      claims: claims.map(({ values, ...claim }) => ({
        ...claim,
        values: values.map(([min, max]) => ({ min: String(min), max: String(max) })),
      })),
    })),
  }
}
