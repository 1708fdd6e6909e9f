import type { Command } from 'commander'
import { UsageError } from '../exit-codes.ts'
import { short } from '../format.ts'
import { readDidKey } from '../key-files.ts'
import { type Result, runAction, type Voice } from '../run-action.ts'
import { reachService } from '../service-access.ts'

interface RevokeOptions {
  reason?: string
  operatorKey: string
  service?: string
  cause?: boolean
  urgent?: boolean
  lift?: boolean
}

/** `assay revoke`: an operator takes a credential back, for good. */
export function registerRevoke(program: Command): void {
  program
    .command('revoke')
    .description(
      'Revoke a credential for good, and with it every other under its status index: the next root of the registry covers it. For operators.',
    )
    .argument('<credential>', 'id of the credential, urn:uuid:…')
    .option('--reason <text>', 'why; it is kept')
    .option('--cause', 'for cause: the holder gets no credentials for this device until the bar is lifted')
    .option('--urgent', 'ask for an urgent root at once: an issuer has one a day, and everyone sees which issuer asked')
    .option('--lift', "revoke nothing: lift the bars of the credential's device")
    .requiredOption('--operator-key <file>', "an operator's key: operator.key in the service's data folder")
    .option('--service <url>', 'the service that issued it (ASSAY_SERVICE)')
    .addHelpText(
      'after',
      '\nExample:\n  assay revoke urn:uuid:0a4d55a8-d778-4022-8022-c05f0fbc96f8 --reason "lost key" --operator-key assay-data/operator.key --service http://127.0.0.1:8787',
    )
    .action(runAction(revoke))
}

async function revoke(voice: Voice, options: RevokeOptions, [id]: string[]): Promise<Result> {
  if (!/^urn:uuid:[0-9a-f-]{36}$/.test(id!)) throw new UsageError('A credential is named by its id, urn:uuid:…')
  const operator = await readDidKey(options.operatorKey, "operator's key")
  const { client } = await reachService(options.service)
  if (options.lift) {
    const lifted = await client.liftBars(id!, operator)
    voice.say(
      lifted === 0
        ? 'There was no bar to lift.'
        : 'Lifted: the device may get credentials again. What was revoked stays revoked.',
    )
    return { id: id!, lifted }
  }
  const { reason, cause, urgent } = options
  if (reason === undefined) throw new UsageError('Give a --reason; it is kept')
  const request = { reason, ...(cause && { cause }), ...(urgent && { urgent }) }
  const revoked = await client.revoke(id!, request, operator)
  voice.say(revoked.already ? `It was revoked before, by ${short(revoked.by)}: ${revoked.reason}` : 'Revoked.')
  voice.say(
    `${urgent ? 'The urgent root of' : 'Root'} number ${revoked.rootNumber} covers it; proofs against the roots before end soon after.`,
  )
  return { ...revoked }
}
