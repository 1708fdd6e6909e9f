import { bytesToHex } from '@noble/hashes/utils.js'
import type { Command } from 'commander'
import { deviceOfReport, type InspectionReport } from '../../evidence/index.ts'
import {
  type AgentKey,
  addCredential,
  addDevice,
  type CredentialEvidence,
  forgetExpired,
  type HeldCredential,
  pinRegistry,
  type Wallet,
} from '../../holder/index.ts'
import { AssayError, COMPUTE } from '../../protocol/index.ts'
import type { RegistryView } from '../../registry/index.ts'
import { clock } from '../effects.ts'
import { assurance, claimLines, credentialResult, short } from '../format.ts'
import { inspectHere, judgeReport } from '../inspection.ts'
import { writeAgentKey } from '../key-files.ts'
import { machineId } from '../machine-id.ts'
import { type Measured, measureMachine } from '../measure.ts'
import { requestCredential } from '../request-credential.ts'
import { type Result, runAction, type Voice } from '../run-action.ts'
import { pinnedRegistry, reachService, type ServiceAccess } from '../service-access.ts'
import { besideWallet, changeWallet, type WalletOptions, withWallet } from '../wallet-access.ts'

interface EnrollOptions extends WalletOptions {
  service?: string
  registry?: string
  agentKey?: string
  measure: boolean
}

/** `assay enroll`: from this machine to credentials about it. */
export function registerEnroll(program: Command): void {
  withWallet(program.command('enroll'))
    .description(
      'Get credentials about this machine: inspected first (assurance 1, self-reported), then measured by a timed matrix challenge on the processor (assurance 2).',
    )
    .option('--service <url>', 'the service (ASSAY_SERVICE)')
    .option('--registry <id>', 'the registry id that the service must have; else the first one met is pinned and shown')
    .option(
      '--agent-key <file>',
      'where to write the key that `assay agent` runs on (default: agent.json beside the wallet)',
    )
    .option('--no-measure', 'stop after the self-reported credential')
    .addHelpText(
      'after',
      '\nExample:\n  assay enroll --service http://127.0.0.1:8787\n\n' +
        'On a machine with GPUs each gets a self-reported hardware credential; what is measured is the machine, by its processor.\n' +
        'Run it again to renew.',
    )
    .action(runAction(enroll))
}

async function enroll(voice: Voice, options: EnrollOptions): Promise<Result> {
  const access = await reachService(options.service)
  const { client, description } = access
  const { registryId } = description
  if (options.registry !== undefined && options.registry !== registryId) {
    const message = `${client.url} has the registry ${registryId}, and you require ${options.registry}`
    throw new AssayError('registryInvalid', message)
  }
  return changeWallet(options, async (wallet, keep) => {
    const isFirst = wallet.registry === undefined
    const pinned = pinRegistry(wallet, { registryId, serviceUrls: [client.url] })
    const { view } = await voice.progress('Fetching the registry', () => pinnedRegistry(access, registryId))
    const holding = createHolding(forgetExpired(pinned, clock()), keep)
    if (isFirst)
      voice.say(`Registry ${registryId} is trusted from now on. Compare it with what the service's operator publishes.`)
    if (description.notice !== '') voice.note(description.notice)

    const id = await machineId(besideWallet(options, 'machine-id'))
    const { gpus, machine, notice } = await voice.progress('Looking at this machine', () => inspectHere(id))
    if (notice !== null) voice.note(notice)
    const got: HeldCredential[] = []
    const take = async (report: InspectionReport, evidence: CredentialEvidence, schema: string) => {
      const held = await getCredential({ access, wallet: holding.wallet(), view }, { report, evidence, schema })
      holding.set(addCredential(holding.wallet(), held))
      got.push(held)
      tellCredential(voice, held)
    }
    for (const report of [...gpus, machine]) {
      const device =
        report.kind === 'gpu' ? ({ kind: 'gpu', uuid: report.uuid } as const) : ({ kind: 'machine', id } as const)
      holding.set(addDevice(holding.wallet(), device))
      const { schema } = judgeReport(report)
      // a machine with GPUs is told of by them, and measured for itself
      if (report.kind === 'gpu' || gpus.length === 0) await take(report, { type: 'inspection', report }, schema)
    }

    const device = deviceOfReport(machine)
    const agentKey = wallet.keys.agentKeyFor(device)
    const keyFile = options.agentKey ?? besideWallet(options, 'agent.json')
    let measured: Measured | undefined
    if (options.measure) {
      measured = await voice.progress('Being measured', (tell) => measureMachine(client, device, agentKey, tell))
      const { challengeId, seconds, mops } = measured
      voice.say(`Measured: at least ${mops} million integer operations a second (${seconds} s for the challenge).`)
      if (gpus.length > 0)
        voice.say('That is the machine by its processor. Its GPUs stay self-reported: nothing has measured them.')
      await take(machine, { type: 'challenge', challengeId, report: machine }, COMPUTE)
      await saveAgentKey(keyFile, { access, device, agentKey })
      voice.say(`The agent's key is in ${keyFile}. Next: assay agent --service ${client.url} --agent-key ${keyFile}`)
    }
    const now = clock()
    return {
      service: client.url,
      registryId,
      pinned: isFirst,
      device: String(device),
      credentials: got.map((held) => credentialResult(held, now)),
      measured: measured ?? null,
      agentKey: measured === undefined ? null : keyFile,
    }
  })
}

/** The wallet while it changes: every state is handed on to be kept. */
function createHolding(start: Wallet, keep: (wallet: Wallet) => void) {
  let latest = start
  keep(start)
  return {
    wallet: () => latest,
    set: (next: Wallet) => {
      latest = next
      keep(next)
    },
  }
}

async function getCredential(
  { access, wallet, view }: { access: ServiceAccess; wallet: Wallet; view: RegistryView },
  { report, evidence, schema }: { report: InspectionReport; evidence: CredentialEvidence; schema: string },
): Promise<HeldCredential> {
  const device = deviceOfReport(report)
  const request = { device, agentKey: wallet.keys.agentKeyFor(device), evidence, schema }
  return requestCredential({ access, wallet, view }, request)
}

export async function saveAgentKey(
  path: string,
  { access, device, agentKey }: { access: ServiceAccess; device: bigint; agentKey: AgentKey },
): Promise<void> {
  const { client, description } = access
  await writeAgentKey(path, {
    type: 'AssayAgentKey',
    version: 1,
    service: client.url,
    registryId: description.registryId,
    monitor: description.monitor,
    device: String(device),
    privateKey: bytesToHex(agentKey.exportPrivateKey()),
  })
}

function tellCredential(voice: Voice, held: HeldCredential): void {
  const { title, assurance: level, issuer } = credentialResult(held, clock())
  voice.say(`Credential “${title}” by ${short(issuer)}: assurance ${assurance(level)}`)
  for (const line of claimLines(held.credential)) voice.say(voice.colours.dim(`  ${line}`))
}
