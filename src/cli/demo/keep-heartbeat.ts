import { setTimeout as sleep } from 'node:timers/promises'
import type { HeldCredential } from '../../holder/index.ts'
import { claimOf, isAssayError, nameClaims, UPTIME } from '../../protocol/index.ts'
import { type MeasuredMachine, startAgent } from './measure-provider.ts'
import { getCredential, type Provider } from './provider.ts'
import { EPOCH_SECONDS } from './start-service.ts'
import type { Story } from './story.ts'

/** How long the agent stays dead in the second epoch: with its start, some four of the twenty slots. */
const OUTAGE_MS = 3_000
/** How far into the second epoch it dies. Seconds. */
const OUTAGE_AT = 5
/** An epoch must have this many seconds left for the story to begin in it. */
const ROOM_SECONDS = 12

/** Waits until enough of an epoch is left to measure and watch. */
export async function waitForRoom(): Promise<void> {
  const left = secondsLeft()
  if (left < ROOM_SECONDS) await sleep(left * 1000)
}

/** The first epoch worth watching: this one, unless measuring took most of it, as on a busy machine. */
export function firstWatchedEpoch(): number {
  const epoch = Math.floor(now() / EPOCH_SECONDS)
  return secondsLeft() < ROOM_SECONDS / 2 ? epoch + 1 : epoch
}

/** Two epochs under the monitor's eye: one as good as it gets, one with a real outage. */
export async function keepHeartbeat(
  story: Story,
  provider: Provider,
  machine: MeasuredMachine,
  firstEpoch: number,
): Promise<void> {
  await story.step('keep a heartbeat', async () => {
    await sleepUntil(startOf(firstEpoch + 1))
    const line = `The agent answered challenges until epoch ${firstEpoch} closed`
    return { value: undefined, line, detail: { epoch: firstEpoch, slotSeconds: 1 } }
  })
  story.note(
    'The monitor asks at moments that the agent cannot foresee; the agent holds its agent key and nothing else.',
  )
  await story.step('suffer an outage', async () => {
    await sleepUntil(startOf(firstEpoch + 1) + OUTAGE_AT)
    await machine.agent.stop('SIGKILL')
    await sleep(OUTAGE_MS)
    machine.agent = startAgent(machine.agentKeyFile)
    const line = `The agent was killed for ${OUTAGE_MS / 1000} s in epoch ${firstEpoch + 1}, and started again`
    return { value: undefined, line, detail: { epoch: firstEpoch + 1, seconds: OUTAGE_MS / 1000 } }
  })
  await story.step('close epochs into credentials', async () => {
    await sleepUntil(startOf(firstEpoch + 2))
    const value = [await uptimeOf(provider, firstEpoch), await uptimeOf(provider, firstEpoch + 1)]
    const shares = value.map(({ credential }) => claimOf(credential, 'uptimeMicro'))
    const percent = shares.map((share) => `${Number(share) / 10_000} %`)
    const line = `Uptime credentials: ${percent[0]} and, with the outage, ${percent[1]}`
    return { value, line, detail: { epochs: value.map(({ credential }) => nameClaims(UPTIME, credential.claims)) } }
  })
}

/** The credential of an epoch; the service closes it a moment after its last slot. */
async function uptimeOf(provider: Provider, epoch: number): Promise<HeldCredential> {
  for (let tries = 0; ; tries++) {
    try {
      return await getCredential(provider, { schema: UPTIME, evidence: { type: 'heartbeats', epoch } })
    } catch (error) {
      if (!isAssayError(error, 'epochOpen') || tries >= 10) throw error
      await sleep(500)
    }
  }
}

/** The newest epoch that is over. */
export function closedEpoch(): number {
  return Math.floor(now() / EPOCH_SECONDS) - 1
}

const now = (): number => Date.now() / 1000
const secondsLeft = (): number => EPOCH_SECONDS - (now() % EPOCH_SECONDS)
const startOf = (epoch: number): number => epoch * EPOCH_SECONDS

/** Sleeps until a moment, in seconds since the Unix epoch. */
export async function sleepUntil(seconds: number): Promise<void> {
  await sleep(Math.max(0, Math.ceil(seconds * 1000) - Date.now()))
}
