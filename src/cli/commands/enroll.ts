import type { Command } from 'commander'
import * as z from 'zod'
import { createRegistryCache, enrollMachine, findMachine, openSession, type Session } from '../../client/index.ts'
import { memberOf, openWorkerBackend } from '../../evidence/index.ts'
import { agentOfMachine, forgetExpired, pinRegistry, putMachine } from '../../holder/index.ts'
import { type SignedRelease, zSignedRelease } from '../../issuer/index.ts'
import { clock, randomBytes, resolveKeys } from '../effects.ts'
import { UsageError } from '../exit-codes.ts'
import { readJson } from '../files.ts'
import { credentialResult } from '../format.ts'
import { inspectHere } from '../inspection.ts'
import { saveAgentKey } from '../key-files.ts'
import { registryCopyPath, writeRegistryCopy } from '../registry-copy.ts'
import { type Result, runAction, type Voice } from '../run-action.ts'
import { reachService } from '../service-access.ts'
import { tellEvents } from '../tell-events.ts'
import { besideWallet, changeWallet, type WalletOptions, withWallet } from '../wallet-access.ts'
import { machineNumber } from './machine.ts'

interface EnrollOptions extends WalletOptions {
  service?: string
  registry?: string
  agentKey?: string
  machine?: number
  newMachine?: boolean
  newAgentKey?: boolean
  release?: string
}

/** A release, as it was signed. */
const zRelease = z.custom<SignedRelease>((json) => zSignedRelease.safeParse(json).success)

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
    .option('--release <file>', "the earlier holder's release of a GPU or machine (`assay machine release`)")
    .addHelpText(
      'after',
      '\nExample:\n  assay enroll --service http://127.0.0.1:8787\n\n' +
        'What is measured is the machine by its processor. Claims about its GPUs stay self-reported.\n' +
        'Run it again to renew.',
    )
    .action(runAction(enroll))
}

async function enroll(voice: Voice, options: EnrollOptions): Promise<Result> {
  if (options.machine !== undefined && options.newMachine) {
    throw new UsageError('--machine names a machine, --new-machine begins another: give one of them')
  }
  const release =
    options.release === undefined
      ? undefined
      : await readJson(options.release, zRelease, 'release of a machine (`assay machine release` writes one)')
  const { client, description } = await reachService(options.service, options.registry)
  const { registryId } = description
  return changeWallet(options, async (wallet) => {
    const isFirst = (await wallet.read()).registry === undefined
    await wallet.change((latest) =>
      forgetExpired(pinRegistry(latest, { registryId, serviceUrls: [client.url] }), clock()),
    )
    const registry = createRegistryCache(client, { registryId, resolveKeys, clock })
    const { snapshot } = await voice.progress('Fetching the registry', registry.fetch)
    await writeRegistryCopy(registryCopyPath(options), snapshot)
    if (isFirst) {
      voice.say(`Registry ${registryId} is trusted from now on. Compare it with what the service's operator publishes.`)
    }
    if (description.notice !== '') voice.note(description.notice)
    return voice.progress('Enrolling', async (text) => {
      const tell = tellEvents(voice, text)
      const effects = { clock, randomBytes, resolveKeys }
      const session = await openSession({ ...effects, client, registryId, wallet, registry, tell })
      const { machine, agent, report } = await findThisMachine(voice, session, options)
      await wallet.change((latest) => putMachine(latest, machine))
      const enrolled = await enrollMachine(session, { agent, report, openBackend: openWorkerBackend, release })
      const keyFile = options.agentKey ?? besideWallet(options, 'agent.json')
      await saveAgentKey(keyFile, { access: session, machine, agent })
      voice.say(`The agent's key is in ${keyFile}. Next: assay agent --service ${client.url} --agent-key ${keyFile}`)
      const now = clock()
      return {
        service: client.url,
        registryId,
        pinned: isFirst,
        machine: machine.number,
        generation: machine.generation,
        device: String(agent.device),
        credentials: enrolled.credentials.map((held) => credentialResult(held, now)),
        measured: enrolled.measured,
        agentKey: keyFile,
      }
    })
  })
}

/** Inspects this machine, and finds which of the wallet's machines it is. */
async function findThisMachine(voice: Voice, session: Session, options: EnrollOptions) {
  const { keys } = await session.wallet.read()
  const { report, notices } = await voice.progress('Looking at this machine', () => inspectHere(keys.machineIdFor(0)))
  for (const notice of notices) voice.note(notice)
  const machine = await findMachine(session, report.gpus.map(memberOf), options)
  voice.say(`This is machine ${machine.number} of this wallet, agent key ${machine.generation}.`)
  const agent = agentOfMachine({ keys }, machine)
  return { machine, agent, report: { ...report, machineId: keys.machineIdFor(machine.number) } }
}
