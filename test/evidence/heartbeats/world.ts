import { ed25519 } from '@noble/curves/ed25519.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import {
  type AgentEvent,
  createHeartbeatAgent,
  createMonitor,
  type EnrolledDevice,
  type HeartbeatAgent,
  type HeartbeatReceipt,
  type HeartbeatSettings,
  type HeartbeatStore,
  type Monitor,
  type MonitorSession,
  verifyReceipt,
  zHeartbeatReceipt,
} from '../../../src/evidence/index.ts'
import { didKeyFromEd25519 } from '../../../src/protocol/index.ts'
import { seededRandom } from '../random.ts'

export function keyPair(byte: number) {
  const secret = new Uint8Array(32).fill(byte)
  const publicKey = ed25519.getPublicKey(secret)
  return { publicKey, sign: async (message: Uint8Array) => ed25519.sign(message, secret) }
}

export const monitorKey = keyPair(1)
export const agentKey = keyPair(2)
export const monitorDid = didKeyFromEd25519(monitorKey.publicKey)
export const DEVICE = 777n
export const START_S = 1_800_000_000
export const settings: HeartbeatSettings = { slotSeconds: 10, slotsPerEpoch: 20, replyWindowMs: 500 }

/** The store interface in memory. */
export function memoryStore(enrolled: EnrolledDevice[]): HeartbeatStore & { receipts: HeartbeatReceipt[] } {
  const receipts: HeartbeatReceipt[] = []
  const inOrder = () => [...receipts].sort((a, b) => a.slot - b.slot)
  return {
    receipts,
    listEnrolled: async () => enrolled,
    findEnrolled: async (device) => enrolled.find((entry) => entry.device === device),
    addReceipt: async (receipt) => {
      const key = ({ device, slot, monitor }: HeartbeatReceipt) => `${device} ${slot} ${monitor}`
      if (receipts.some((kept) => key(kept) === key(receipt))) return false
      receipts.push(zHeartbeatReceipt.parse(JSON.parse(JSON.stringify(receipt))))
      return true
    },
    listReceipts: async (device, first, last) =>
      inOrder().filter((receipt) => receipt.device === device && receipt.slot >= first && receipt.slot <= last),
    firstSeenSlot: async (device) => inOrder().find((receipt) => receipt.device === device && receipt.ok)?.slot,
  }
}

export interface Wire {
  /** What the monitor sent, and the agent has yet to get. */
  toAgent: string[]
  toMonitor: string[]
  closedBy?: { code: string; message: string }
  session: MonitorSession
}

/** A monitor and an agent in one process, under a clock that moves only when told to. */
export function createWorld(since = START_S - 1000, seed = 'world') {
  let nowMs = START_S * 1000
  const clockMs = () => nowMs
  const store = memoryStore([{ device: String(DEVICE), agentKey: bytesToHex(agentKey.publicKey), since }])
  const newMonitor = (): Monitor =>
    createMonitor({ did: monitorDid, sign: monitorKey.sign, settings, store, clockMs, randomBytes: seededRandom(seed) })
  const newAgent = (): HeartbeatAgent =>
    createHeartbeatAgent({
      device: DEVICE,
      agentKey: agentKey.publicKey,
      sign: agentKey.sign,
      monitor: { did: monitorDid, publicKey: monitorKey.publicKey },
      clockMs,
      randomBytes: seededRandom('agent'),
      telemetry: async () => ({
        members: [],
        uptimeSeconds: 5,
        loadAverage: 0.5,
        gpuTemperatureC: null,
        gpuPowerW: null,
      }),
    })
  const world = {
    store,
    clockMs,
    monitor: newMonitor(),
    agent: newAgent(),
    events: [] as AgentEvent[],
    wire: undefined as Wire | undefined,
    newMonitor,
    newAgent,
    setTime: (ms: number) => {
      nowMs = ms
    },
    /** Opens a connection on the monitor's side only. */
    open: async (): Promise<Wire> => {
      const wire: Partial<Wire> = { toAgent: [], toMonitor: [] }
      wire.session = await world.monitor.connect({
        send: (text) => wire.toAgent!.push(text),
        close: (code, message) => {
          wire.closedBy = { code, message }
        },
      })
      return wire as Wire
    },
    /** Connects the agent and lets both sides talk. */
    connect: async () => {
      const wire = await world.open()
      world.wire = wire
      world.agent.connected({ send: (text) => wire.toMonitor.push(text), close: () => undefined })
      await world.deliver()
    },
    disconnect: () => {
      world.wire?.session.closed()
      world.wire = undefined
      return world.agent.disconnected()
    },
    /** Carries all frames over, until neither side says more. */
    deliver: async () => {
      const { wire } = world
      while (wire !== undefined && (wire.toAgent.length > 0 || wire.toMonitor.length > 0)) {
        const toAgent = wire.toAgent.shift()
        if (toAgent !== undefined) world.events.push(await world.agent.receive(toAgent))
        const toMonitor = wire.toMonitor.shift()
        if (toMonitor !== undefined) await wire.session.receive(toMonitor)
      }
    },
    /** Moves time to the next thing that the monitor has to do, not beyond `untilMs`, and does it. */
    step: async (untilMs: number) => {
      nowMs = Math.max(nowMs, Math.min(untilMs, world.monitor.nextWakeMs()))
      await world.monitor.tick()
    },
    /** Runs monitor and agent for so many slots. */
    run: async (slots: number) => {
      const untilMs = nowMs + slots * settings.slotSeconds * 1000
      while (nowMs < untilMs) {
        await world.step(untilMs)
        await world.deliver()
      }
    },
    /** Moves to the moment of the next challenge and gives the frame, undelivered. */
    nextChallenge: async (): Promise<string> => {
      for (;;) {
        await world.step(Number.MAX_SAFE_INTEGER)
        const at = world.wire!.toAgent.findIndex((text) => text.includes('"heartbeat-challenge"'))
        if (at >= 0) return world.wire!.toAgent.splice(at, 1)[0]!
        await world.deliver()
      }
    },
    /** Lets the reply window pass. */
    expire: async () => {
      nowMs += settings.replyWindowMs + 1
      await world.monitor.tick()
    },
    verifyAll: () => {
      for (const receipt of store.receipts) verifyReceipt(receipt, monitorKey.publicKey)
    },
  }
  return world
}
