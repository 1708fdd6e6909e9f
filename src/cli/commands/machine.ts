import { type Command, InvalidArgumentError } from 'commander'
import { issuerOf, releaseMachine, retireMachine } from '../../client/index.ts'
import { credentialTerms, deviceOfMachine } from '../../holder/index.ts'
import { COMPUTE, zField } from '../../protocol/index.ts'
import { clock, randomBytes } from '../effects.ts'
import { UsageError } from '../exit-codes.ts'
import { writeWhole } from '../files.ts'
import { openHolderSession } from '../holder-session.ts'
import { type Result, runAction, type Voice } from '../run-action.ts'
import { reachService } from '../service-access.ts'
import { openWalletFile, requirePin, type WalletOptions, withWallet } from '../wallet-access.ts'

interface MachineOptions extends WalletOptions {
  service?: string
  to?: string
  out?: string
}

/** The number of a machine, as it is typed. */
export function machineNumber(text: string): number {
  if (/^[0-9]{1,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be the number of a machine, from 0.')
}

/** `assay machine`: what becomes of a machine that is enrolled. */
export function registerMachine(program: Command): void {
  const machine = program
    .command('machine')
    .description('Release a machine to another holder, receive one, or retire one from your score.')
    .addHelpText('after', '\nExample:\n  assay machine binding 0 --service http://127.0.0.1:8787')
  withService(machine.command('binding'))
    .description('Show what the present holder of a machine or GPU must name to release it to your machine.')
    .argument('<number>', 'the number of your machine: `assay enroll` shows it', machineNumber)
    .addHelpText('after', '\nExample:\n  assay machine binding 0 --service http://127.0.0.1:8787')
    .action(runAction(showBinding))
  withService(machine.command('release'))
    .description('Sign a release of your machine and its GPUs to another machine. It works once, for seven days.')
    .argument('<number>', 'the number of your machine', machineNumber)
    .option('--to <binding>', 'the binding of the machine that takes over (`assay machine binding` shows it)')
    .option('--out <file>', 'where to write the release; else it goes to standard output')
    .addHelpText(
      'after',
      '\nExample:\n  assay machine release 0 --to 1234 --out release.json --service http://127.0.0.1:8787\n\n' +
        'The new holder gives it to `assay enroll --release`. Its machine starts with 30 epochs of silence.',
    )
    .action(runAction(release))
  withService(machine.command('retire'))
    .description('Retire a machine from your score, for good: it counts no more from seven epochs later on.')
    .argument('<number>', 'the number of your machine', machineNumber)
    .addHelpText('after', '\nExample:\n  assay machine retire 1 --service http://127.0.0.1:8787')
    .action(runAction(retire))
}

function withService(command: Command): Command {
  return withWallet(command).option('--service <url>', 'the service (ASSAY_SERVICE)')
}

async function showBinding(voice: Voice, options: MachineOptions, [number]: string[]): Promise<Result> {
  const { wallet, issuer } = await atIssuer(options)
  const { binding } = credentialTerms(wallet.keys, issuer, deviceOfMachine(wallet, Number(number)))
  voice.say(`Your machine ${number} at ${issuer} has the binding`)
  voice.say(`  ${binding}`)
  voice.say('Its issuer knows it. Give it to the present holder, who runs `assay machine release`, and to no one else.')
  return { machine: Number(number), issuer, binding: String(binding) }
}

async function release(voice: Voice, options: MachineOptions, [number]: string[]): Promise<Result> {
  const { to, out } = options
  if (to === undefined) throw new UsageError('Give --to BINDING: the new holder sees it by `assay machine binding`')
  const binding = zField.safeParse(to)
  if (!binding.success) throw new UsageError('--to wants a binding: a decimal number')
  const { wallet, issuer } = await atIssuer(options)
  const released = { issuer, machine: Number(number), to: binding.data }
  const document = await releaseMachine(wallet, released, { clock, randomBytes })
  const text = `${JSON.stringify(document, null, 2)}\n`
  if (out !== undefined) {
    await writeWhole(out, text)
    voice.say(`The release is in ${out}. Give it to the new holder, for \`assay enroll --release\`.`)
  } else if (!voice.json) process.stdout.write(text)
  return { machine: Number(number), issuer, ...(out === undefined ? { release: document } : { out }) }
}

async function retire(voice: Voice, options: MachineOptions, [number]: string[]): Promise<Result> {
  const session = await openHolderSession(voice, options)
  const settings = await retireMachine(session, Number(number))
  voice.say(`Machine ${number} retires: it counts no more from seven epochs later on.`)
  return { machine: Number(number), ...settings }
}

/** The wallet, and the issuer whose register machines are in, at a service of the wallet's registry. */
async function atIssuer(options: MachineOptions) {
  const wallet = await openWalletFile(options)
  const access = await reachService(options.service, requirePin(wallet))
  return { wallet, issuer: issuerOf(access, COMPUTE) }
}
