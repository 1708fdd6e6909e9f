import { WebSocket } from 'ws'
import { type AgentEvent, createHeartbeatAgent } from '../../src/evidence/index.ts'
import { type ErrorCode, ed25519FromDidKey } from '../../src/protocol/index.ts'
import { randomBytes } from './http.ts'
import type { TestProvider } from './test-provider.ts'

export interface TestAgent {
  events: AgentEvent[]
  /** Waits for the first event of a kind, or for so many of them. */
  next: (kind: AgentEvent['kind'], count?: number) => Promise<AgentEvent>
  /** Resolves with the close code and reason. */
  closed: Promise<{ code: number; reason: string }>
  stop: () => Promise<void>
}

/** A provider's agent on a real WebSocket: it answers every challenge until it is stopped. */
export function runTestAgent(
  url: string,
  { device, agentKey, description }: Pick<TestProvider, 'device' | 'agentKey' | 'description'>,
): TestAgent {
  const agent = createHeartbeatAgent({
    device,
    agentKey: agentKey.publicKey,
    sign: agentKey.sign,
    monitor: { did: description.monitor, publicKey: ed25519FromDidKey(description.monitor) },
    clockMs: Date.now,
    randomBytes,
    telemetry: async () => ({ members: [], uptimeSeconds: 1, loadAverage: 0, gpuTemperatureC: null, gpuPowerW: null }),
  })
  const events: AgentEvent[] = []
  const waiting = new Set<() => void>()
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/heartbeats`)
  const overSocket = {
    send: (text: string) => socket.send(text),
    close: (_code: ErrorCode, _message: string) => socket.close(),
  }
  socket.on('open', () => agent.connected(overSocket))
  socket.on('message', async (data) => {
    events.push(await agent.receive(data.toString()))
    for (const wake of waiting) wake()
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve, reject) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))
    socket.on('error', reject)
  })
  const next = async (kind: AgentEvent['kind'], count = 1) => {
    for (;;) {
      const found = events.filter((event) => event.kind === kind)[count - 1]
      if (found !== undefined) return found
      await new Promise<void>((resolve) => waiting.add(resolve))
    }
  }
  const stop = async () => {
    socket.close()
    await closed
  }
  return { events, next, closed, stop }
}
