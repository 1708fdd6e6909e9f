import { loadavg, uptime } from 'node:os'
import { hexToBytes } from '@noble/hashes/utils.js'
import type { Command } from 'commander'
import {
  createHeartbeatAgent,
  epochOfSlot,
  type HeartbeatReceipt,
  type HeartbeatSettings,
  inspectGpus,
  runCommand,
  type Telemetry,
} from '../../evidence/index.ts'
import { openAgentKey } from '../../holder/index.ts'
import { AssayError } from '../../protocol/index.ts'
import { randomBytes, resolveKeys } from '../effects.ts'
import { percent, short } from '../format.ts'
import { keepConnected } from '../heartbeat-connection.ts'
import { readAgentKey } from '../key-files.ts'
import { keepRegistryCopy, registryCopyBeside } from '../registry-copy.ts'
import { type Result, runAction, type Voice } from '../run-action.ts'
import { clientOf } from '../service-access.ts'
import { besideWallet } from '../wallet-access.ts'

interface EpochCount {
  epoch: number
  upSlots: number
  downSlots: number
}

/** `assay agent`: stays up, and shows it. */
export function registerAgent(program: Command): void {
  program
    .command('agent')
    .description(
      "Keep a heartbeat: answer the monitor's challenges under this machine's agent key until you stop it, and keep a copy of the registry beside the key. It needs the agent key alone, no wallet.",
    )
    .option('--service <url>', 'the service, if it moved since the key was written')
    .option('--agent-key <file>', 'key file that `assay enroll` wrote (default: agent.json beside the wallet)')
    .addHelpText(
      'after',
      '\nExample:\n  assay agent --service http://127.0.0.1:8787 --agent-key ~/.assay/agent.json\n\n' +
        'It prints a line an epoch, reconnects by itself, and ends on Ctrl-C or SIGTERM.',
    )
    .action(runAction(runAgent))
}

async function runAgent(voice: Voice, options: { service?: string; agentKey?: string }): Promise<Result> {
  const path = options.agentKey ?? besideWallet({}, 'agent.json')
  const file = await readAgentKey(path)
  const client = clientOf(options.service ?? file.service)
  const [publicKey] = await resolveKeys(file.monitor)
  if (publicKey === undefined) throw new AssayError('didUnresolvable', `${file.monitor} lists no key`)
  const key = openAgentKey(hexToBytes(file.privateKey))
  const agent = createHeartbeatAgent({
    device: BigInt(file.device),
    agentKey: key.publicKey,
    sign: key.sign,
    monitor: { did: file.monitor, publicKey },
    clockMs: Date.now,
    randomBytes,
    telemetry,
    backOff: { firstMs: 500, longestMs: 30_000 },
  })
  const counts = new Map<number, EpochCount>()
  let settings: HeartbeatSettings | undefined
  let toldBefore = 0
  const tellEpochsBefore = (end: number) => {
    const due = [...counts.values()].filter(({ epoch }) => epoch >= toldBefore && epoch < end)
    for (const count of due) voice.say(epochLine(count))
    toldBefore = Math.max(toldBefore, end)
  }
  const onReceipt = ({ slot, ok }: HeartbeatReceipt) => {
    if (settings === undefined) return
    const epoch = epochOfSlot(settings, slot)
    tellEpochsBefore(epoch)
    const count = counts.get(epoch) ?? { epoch, upSlots: 0, downSlots: 0 }
    counts.set(epoch, ok ? { ...count, upSlots: count.upSlots + 1 } : { ...count, downSlots: count.downSlots + 1 })
  }
  voice.say(`Agent of device ${short(file.device)} for ${client.url}. Ctrl-C ends it.`)
  const stopping = new AbortController()
  const pinned = { registryId: file.registryId, serviceUrls: [client.url] }
  const copying = keepRegistryCopy(registryCopyBeside(path), pinned, {
    signal: stopping.signal,
    onFailure: (error) =>
      voice.note(`The registry could not be copied: ${error instanceof Error ? error.message : error}`),
  })
  const ending = keepConnected(agent, client.url, {
    onEvent: (event) => {
      if (event.kind === 'greeted') settings = event.settings
      if (event.kind === 'ready') voice.say('Connected: the monitor knows this device.')
      if (event.kind === 'receipt') onReceipt(event.receipt)
    },
    onLost: (reason, waitMs) =>
      voice.note(`Connection lost (${reason}); trying again in ${(waitMs / 1000).toFixed(1)} s`),
    onOddity: (error) => voice.note(error.message),
  })
  const connections = await ending.finally(async () => {
    stopping.abort()
    await copying
  })
  tellEpochsBefore(Number.POSITIVE_INFINITY)
  voice.say('Stopped. Slots from now on count as down.')
  return { service: client.url, device: file.device, connections, epochs: [...counts.values()] }
}

function epochLine({ epoch, upSlots, downSlots }: EpochCount): string {
  const share = Math.floor((upSlots * 1_000_000) / Math.max(1, upSlots + downSlots))
  return `Epoch ${epoch}: ${upSlots} slots up, ${downSlots} down (${percent(share)} of those seen)`
}

async function telemetry(): Promise<Telemetry> {
  const load = loadavg()[0]!
  const { gpus } = await inspectGpus(runCommand)
  const members = gpus.map(({ member }) => member)
  return { members, uptimeSeconds: Math.floor(uptime()), loadAverage: load, gpuTemperatureC: null, gpuPowerW: null }
}
