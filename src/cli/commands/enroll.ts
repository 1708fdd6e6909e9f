import { type Command, InvalidArgumentError } from 'commander'
import { memberOf } from '../../evidence/index.ts'
import { agentOfMachine, forgetExpired, pinRegistry, putMachine } from '../../holder/index.ts'
import { AssayError, HARDWARE } from '../../protocol/index.ts'
import { chooseMachine } from '../choose-machine.ts'
import { clock } from '../effects.ts'
import { enrollMachine } from '../enroll-machine.ts'
import { credentialResult } from '../format.ts'
import { inspectHere } from '../inspection.ts'
import { saveAgentKey } from '../key-files.ts'
import { registryCopyPath, writeRegistryCopy } from '../registry-copy.ts'
import { type Result, runAction, type Voice } from '../run-action.ts'
import { findHeldDevices, pinnedRegistry, reachService } from '../service-access.ts'
import { besideWallet, changeWallet, type WalletOptions, withWallet } from '../wallet-access.ts'

interface EnrollOptions extends WalletOptions {
  service?: string
  registry?: string
  agentKey?: string
  machine?: number
  newMachine?: boolean
  newAgentKey?: boolean
}

/** `assay enroll`: from this machine to credentials about it. */
export function registerEnroll(program: Command): void {
  withWallet(program.command('enroll'))
    .description(
      'Get credentials about this machine: it is inspected (self-reported), and measured by a timed matrix challenge on the processor.',
    )
    .option('--service <url>', 'the service (ASSAY_SERVICE)')
    .option('--registry <id>', 'the registry id that the service must have; else the first one met is pinned and shown')
    .option(
      '--agent-key <file>',
      'where to write the key that `assay agent` runs on (default: agent.json beside the wallet)',
    )
    .option('--machine <number>', 'which of your machines this is; else its GPUs tell', machineNumber)
    .option('--new-machine', 'this is a machine that you have not enrolled before')
    .option(
      '--new-agent-key',
      'end the agent keys that were made for this machine before: a tenant may have copied one',
    )
    .addHelpText(
      'after',
      '\nExample:\n  assay enroll --service http://127.0.0.1:8787\n\n' +
        'What is measured is the machine by its processor. Claims about its GPUs stay self-reported.\n' +
        'Run it again to renew.',
    )
    .action(runAction(enroll))
}

function machineNumber(text: string): number {
  if (/^[0-9]{1,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be the number of a machine, from 0.')
}

async function enroll(voice: Voice, options: EnrollOptions): Promise<Result> {
  const access = await reachService(options.service)
  const { client, description } = access
  const { registryId } = description
  if (options.registry !== undefined && options.registry !== registryId) {
    const message = `${client.url} has the registry ${registryId}, and you require ${options.registry}`
    throw new AssayError('registryInvalid', message)
  }
  return changeWallet(options, async (before, keep) => {
    const isFirst = before.registry === undefined
    let wallet = forgetExpired(pinRegistry(before, { registryId, serviceUrls: [client.url] }), clock())
    const set = (next: typeof wallet) => {
      wallet = next
      keep(next)
    }
    const { view, snapshot } = await voice.progress('Fetching the registry', () => pinnedRegistry(access, registryId))
    await writeRegistryCopy(registryCopyPath(options), snapshot)
    set(wallet)
    if (isFirst)
      voice.say(`Registry ${registryId} is trusted from now on. Compare it with what the service's operator publishes.`)
    if (description.notice !== '') voice.note(description.notice)

    const { keys } = wallet
    const { report: seen, notices } = await voice.progress('Looking at this machine', () =>
      inspectHere(keys.machineIdFor(0)),
    )
    for (const notice of notices) voice.note(notice)
    const held = await findHeldDevices(access, { keys, view }, HARDWARE)
    const machine = chooseMachine(wallet, held, seen.gpus.map(memberOf), options)
    const agent = agentOfMachine(wallet, machine)
    voice.say(`This is machine ${machine.number} of this wallet, agent key ${machine.generation}.`)
    set(putMachine(wallet, machine))
    const keyFile = options.agentKey ?? besideWallet(options, 'agent.json')
    const report = { ...seen, machineId: keys.machineIdFor(machine.number) }
    const { measured, got } = await enrollMachine({ voice, access, view, wallet: () => wallet, set }, agent, report)
    await saveAgentKey(keyFile, { access, machine, agent })
    voice.say(`The agent's key is in ${keyFile}. Next: assay agent --service ${client.url} --agent-key ${keyFile}`)
    const now = clock()
    return {
      service: client.url,
      registryId,
      pinned: isFirst,
      machine: machine.number,
      generation: machine.generation,
      device: String(agent.device),
      credentials: got.map((one) => credentialResult(one, now)),
      measured,
      agentKey: keyFile,
    }
  })
}
