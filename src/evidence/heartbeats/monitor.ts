import { bytesToHex } from '@noble/hashes/utils.js'
import { jcsHash } from '../../protocol/jcs.ts'
import { acceptAgent, type MonitorSession } from './accept-agent.ts'
import type { HeartbeatSocket } from './heartbeat-socket.ts'
import type { EnrolledDevice } from './heartbeat-store.ts'
import type { HeartbeatChallenge } from './messages.ts'
import { keepReceipt, type MonitorEffects, type MonitorState, type PendingChallenge } from './monitor-state.ts'
import { drawMoment, slotAt } from './settings.ts'
import { signHeartbeatMessage } from './sign-message.ts'

export interface Monitor {
  /** Greets a new connection. */
  connect(socket: HeartbeatSocket): Promise<MonitorSession>
  /** Does whatever is due; to be called at `nextWakeMs`, and harmless at any other time. Rejects when the store fails. */
  tick(): Promise<void>
  /** When something will be due next, in milliseconds since the Unix epoch. */
  nextWakeMs(): number
}

/** A monitor that gets to work later than this after a moment was itself held up: it can't tell silence from that. */
const OWN_DELAY_MS = 100

/**
 * A monitor of HB-1. In each slot it challenges every enrolled device once, at a moment of its own for each, and keeps one
 * signed receipt: UP for a signed reply in time, DOWN for an absent, silent or wrong agent. Slots in which the monitor
 * itself did not run, or was held up, get no receipt: they are unknown. It starts with the first whole slot.
 */
export function createMonitor(effects: MonitorEffects): Monitor {
  const { did, sign, settings, store, clockMs, randomBytes } = effects
  const state: MonitorState = { connections: new Map(), pending: new Map() }
  const slotMs = settings.slotSeconds * 1000
  let planned: (EnrolledDevice & { atMs: number })[] = []
  let plannedSlot = slotAt(settings, clockMs())
  let ticking: Promise<void> | undefined

  async function planSlot(slot: number): Promise<void> {
    planned = []
    plannedSlot = slot
    const enrolled = await store.listEnrolled()
    const nowMs = clockMs()
    planned = enrolled
      .filter(({ since }) => since <= slot * settings.slotSeconds)
      .flatMap((device) => {
        const atMs = drawMoment(settings, slot, nowMs, randomBytes)
        return atMs === undefined ? [] : [{ ...device, atMs }]
      })
      .sort((a, b) => a.atMs - b.atMs)
  }

  async function challenge({ device, agentKey }: EnrolledDevice, slot: number): Promise<void> {
    const connection = state.connections.get(device)
    if (connection?.agentKey !== agentKey) {
      if (connection !== undefined) endGeneration(device, connection.socket)
      const nothing = { rttMs: null, challengeHash: null, reply: null }
      return keepReceipt(effects, state, { device, agentKey, slot, ok: false, reason: 'absent', ...nothing })
    }
    const nonce = bytesToHex(randomBytes(32))
    const body = { type: 'heartbeat-challenge' as const, monitor: did, device, slot, nonce }
    const message: HeartbeatChallenge = await signHeartbeatMessage(body, sign)
    state.pending.set(device, { device, agentKey, slot, challengeHash: jcsHash(message), sentAtMs: clockMs() })
    connection.socket.send(JSON.stringify(message))
  }

  /** A newer agent key is on record: whoever still holds the old one speaks for the device no more. */
  function endGeneration(device: string, socket: HeartbeatSocket): void {
    state.connections.delete(device)
    socket.close('generationStale', 'A newer generation of the agent key is on record')
  }

  async function expire({ sentAtMs, ...waiting }: PendingChallenge, nowMs: number): Promise<void> {
    state.pending.delete(waiting.device)
    if (nowMs > sentAtMs + settings.replyWindowMs + OWN_DELAY_MS) return
    await keepReceipt(effects, state, { ...waiting, ok: false, reason: 'silent', rttMs: null, reply: null })
  }

  async function runTick(): Promise<void> {
    const startMs = clockMs()
    const overdue = [...state.pending.values()].filter(({ sentAtMs }) => startMs > sentAtMs + settings.replyWindowMs)
    await Promise.all(overdue.map((waiting) => expire(waiting, startMs)))
    const slot = slotAt(settings, clockMs())
    if (slot !== plannedSlot) await planSlot(slot)
    const nowMs = clockMs()
    const due = planned.filter(({ atMs }) => atMs <= nowMs)
    planned = planned.filter(({ atMs }) => atMs > nowMs)
    const lastMoment = (plannedSlot + 1) * slotMs - settings.replyWindowMs
    if (nowMs <= lastMoment + OWN_DELAY_MS) await Promise.all(due.map((device) => challenge(device, plannedSlot)))
  }

  return {
    connect: (socket) => acceptAgent(effects, state, socket),
    tick: () => {
      ticking ??= runTick().finally(() => {
        ticking = undefined
      })
      return ticking
    },
    nextWakeMs: () => {
      const expiries = [...state.pending.values()].map(({ sentAtMs }) => sentAtMs + settings.replyWindowMs + 1)
      return Math.min((plannedSlot + 1) * slotMs, ...planned.slice(0, 1).map(({ atMs }) => atMs), ...expiries)
    },
  }
}

/**
 * Keeps a monitor ticking: `schedule` runs something after a delay in milliseconds and gives back how to cancel it. A
 * failing tick is reported and the next one tried. Returns what stops it.
 */
export function driveMonitor(
  monitor: Monitor,
  clockMs: () => number,
  schedule: (delayMs: number, run: () => void) => () => void,
  onError: (error: unknown) => void,
): () => void {
  let stopped = false
  let cancel = () => {}
  const run = async () => {
    let pauseMs = 1
    try {
      await monitor.tick()
    } catch (error) {
      onError(error)
      pauseMs = 1000
    }
    if (!stopped) cancel = schedule(Math.max(pauseMs, monitor.nextWakeMs() - clockMs()), run)
  }
  cancel = schedule(0, run)
  return () => {
    stopped = true
    cancel()
  }
}
