import { join } from 'node:path'
import { deviceOfReport } from '../../evidence/index.ts'
import { COMPUTE } from '../../protocol/index.ts'
import { saveAgentKey } from '../commands/enroll.ts'
import { assurance, claimLines } from '../format.ts'
import { inspectHere, judgeReport, type MachineReports } from '../inspection.ts'
import { machineId } from '../machine-id.ts'
import { measureMachine } from '../measure.ts'
import { cheatChallenge } from './cheat-challenge.ts'
import { expectRefusal } from './expect-refusal.ts'
import { getCredential, type Provider } from './provider.ts'
import { type AssayProcess, spawnAssay } from './spawn-assay.ts'
import type { Story } from './story.ts'

/** What the later scenes need of the measured machine. */
export interface MeasuredMachine {
  device: bigint
  agentKeyFile: string
  agent: AssayProcess
}

/** Inspection (assurance 1), a cheated challenge, an honest one (assurance 2); the agent is up before the end. */
export async function measureProvider(story: Story, provider: Provider, folder: string): Promise<MeasuredMachine> {
  const reports = await inspectHere(await machineId(join(folder, 'machine-id')))
  await story.step('inspect this machine', () => reportYourself(provider, reports))
  story.note('Self-reported: the issuer signed what the machine said of itself. It scores nothing.')
  const { machine } = reports
  const device = deviceOfReport(machine)
  await story.step('refuse a cheated challenge', async () => {
    const value = await expectRefusal('challengeFailed', () => cheatChallenge(provider, device))
    const line = 'A challenge answered with half of the work is refused (challengeFailed)'
    return { value, line, detail: { code: value } }
  })
  const agentKeyFile = join(folder, 'agent.json')
  const agentKey = provider.wallet.keys.agentKeyFor(device)
  await saveAgentKey(agentKeyFile, { access: provider.access, device, agentKey })
  const agent = startAgent(agentKeyFile)
  await story.step('measure this machine', async () => {
    const measured = await measureMachine(provider.access.client, device, agentKey, () => undefined)
    const evidence = { type: 'challenge', challengeId: measured.challengeId, report: machine } as const
    const value = await getCredential(provider, { schema: COMPUTE, device, evidence })
    const { n, layers, mops, seconds } = measured
    const work = `${layers} products of ${n}×${n} matrices in ${seconds} s`
    const line = `Measured: ${work}, so at least ${mops} million operations a second (assurance ${assurance(2)})`
    return { value, line, detail: { ...measured, assurance: 2, credential: value.credential.id } }
  })
  story.note('The issuer checked 64 random rows with secret vectors (Freivalds). Memory sizes stay self-reported.')
  return { device, agentKeyFile, agent }
}

/** `assay agent` as a process of its own: it holds the agent key, and neither the wallet nor its secret. */
export function startAgent(agentKeyFile: string): AssayProcess {
  return spawnAssay(['agent', '--json', '--agent-key', agentKeyFile])
}

async function reportYourself(provider: Provider, { gpus, machine }: MachineReports) {
  const held = []
  for (const report of gpus.length > 0 ? gpus : [machine]) {
    const { schema } = judgeReport(report)
    const evidence = { type: 'inspection', report } as const
    held.push(await getCredential(provider, { schema, device: deviceOfReport(report), evidence }))
  }
  const { credential } = held[0]!
  const what = claimLines(credential).join(', ')
  return {
    value: held,
    line: `Inspected: ${what} (assurance ${assurance(1)})`,
    detail: { schema: credential.schema, assurance: 1, credentials: held.map(({ credential: { id } }) => id) },
  }
}
