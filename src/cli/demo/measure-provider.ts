import { join } from 'node:path'
import { measureMachine } from '../../client/index.ts'
import { hardwareClaims, type InspectionReport, openWorkerBackend } from '../../evidence/index.ts'
import { COMPUTE, HARDWARE } from '../../protocol/index.ts'
import { claimLines } from '../format.ts'
import { inspectHere } from '../inspection.ts'
import { saveAgentKey } from '../key-files.ts'
import { cheatChallenge } from './cheat-challenge.ts'
import { expectRefusal } from './expect-refusal.ts'
import { getCredential, MACHINE, machineAgent, type Provider } from './provider.ts'
import { type AssayProcess, spawnAssay } from './spawn-assay.ts'
import type { Story } from './story.ts'

/** What the later scenes need of the measured machine. */
export interface MeasuredMachine {
  device: bigint
  agentKeyFile: string
  agent: AssayProcess
}

/** Inspection, which is self-reported, a cheated challenge and an honest one; the agent is up before the end. */
export async function measureProvider(story: Story, provider: Provider, folder: string): Promise<MeasuredMachine> {
  const { report } = await inspectHere(provider.keys.machineIdFor(MACHINE.number))
  await story.step('inspect this machine', () => reportYourself(provider, report))
  story.note('Self-reported: the issuer signed what the machine said of itself. It scores nothing.')
  const agent = machineAgent(provider)
  await story.step('refuse a cheated challenge', async () => {
    const value = await expectRefusal('challengeFailed', () => cheatChallenge(provider))
    const line = 'A challenge answered with half of the work is refused (challengeFailed)'
    return { value, line, detail: { code: value } }
  })
  const agentKeyFile = join(folder, 'agent.json')
  await saveAgentKey(agentKeyFile, { access: provider.session, machine: MACHINE, agent })
  const running = startAgent(agentKeyFile)
  await story.step('measure this machine', async () => {
    const measured = await measureMachine(provider.session, agent, openWorkerBackend)
    const evidence = { type: 'challenge', challengeId: measured.challengeId, report } as const
    const value = await getCredential(provider, { schema: COMPUTE, evidence })
    const { n, layers, mops, seconds } = measured
    const work = `${layers} products of ${n}×${n} matrices in ${seconds} s`
    const line = `Measured: ${work}, so at least ${mops} million operations a second`
    return { value, line, detail: { ...measured, source: 'measured', credential: value.credential.id } }
  })
  story.note('The issuer checked 64 random rows with secret vectors (Freivalds). Memory sizes stay self-reported.')
  return { device: agent.device, agentKeyFile, agent: running }
}

/** `assay agent` as a process of its own: it holds the agent key, and neither the wallet nor its secret. */
export function startAgent(agentKeyFile: string): AssayProcess {
  return spawnAssay(['agent', '--json', '--agent-key', agentKeyFile])
}

async function reportYourself(provider: Provider, report: InspectionReport) {
  const models = hardwareClaims(report).map(({ model }) => ({ schema: HARDWARE, model: String(model) }))
  const held = []
  for (const { schema, ...part } of models.length > 0 ? models : [{ schema: COMPUTE }]) {
    const evidence = { type: 'inspection', report, ...part } as const
    held.push(await getCredential(provider, { schema, evidence }))
  }
  const { credential } = held[0]!
  return {
    value: held,
    line: `Inspected: ${claimLines(credential).join(', ')}`,
    detail: {
      schema: credential.schema,
      source: 'selfReported',
      credentials: held.map(({ credential: { id } }) => id),
    },
  }
}
