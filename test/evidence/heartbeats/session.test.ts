import { bytesToHex } from '@noble/hashes/utils.js'
import { describe, expect, test } from 'vitest'
import {
  closeEpoch,
  driveMonitor,
  type HeartbeatChallenge,
  type HeartbeatReply,
  signHeartbeatMessage,
  slotAt,
} from '../../../src/evidence/index.ts'
import { didKeyFromEd25519, jcsHash, toBase64url } from '../../../src/protocol/index.ts'
import { agentKey, createWorld, DEVICE, keyPair, monitorDid, monitorKey, START_S, settings } from './world.ts'

const firstSlot = START_S / settings.slotSeconds + 1
const slots = (world: ReturnType<typeof createWorld>) =>
  world.store.receipts.map(({ slot, ok, reason }) => [slot - firstSlot, ok ? 'up' : reason])

/** A connected world that stands at a challenge, with the agent's true reply to it held back. */
async function challenged() {
  const world = createWorld()
  await world.connect()
  const frame = await world.nextChallenge()
  await world.agent.receive(frame)
  const reply: HeartbeatReply = JSON.parse(world.wire!.toMonitor.pop()!)
  const send = (changes: Partial<HeartbeatReply> = {}) =>
    world.wire!.session.receive(JSON.stringify({ ...reply, ...changes }))
  return { world, frame, challenge: JSON.parse(frame) as HeartbeatChallenge, reply, send }
}

describe('HB-1: a monitor and an agent', () => {
  test('an agent that answers is up in every whole slot, once, at moments that differ', async () => {
    const world = createWorld()
    await world.connect()
    expect(world.agent.state()).toBe('ready')
    const moments: number[] = []
    for (let i = 0; i < 20; i++) {
      const frame = await world.nextChallenge()
      const slot = slotAt(settings, world.clockMs())
      moments.push(world.clockMs() - slot * 10_000)
      world.events.push(await world.agent.receive(frame))
      await world.deliver()
    }
    world.verifyAll()
    expect(slots(world)).toEqual(Array.from({ length: 20 }, (_, i) => [i, 'up']))
    expect(new Set(moments).size).toBe(20)
    expect(Math.max(...moments)).toBeLessThanOrEqual(9500)
    expect(world.events.filter(({ kind }) => kind === 'receipt')).toHaveLength(20)
    expect(await world.store.firstSeenSlot(String(DEVICE))).toBe(firstSlot)
  })

  test('the round trip is measured', async () => {
    const { world, send } = await challenged()
    world.setTime(world.clockMs() + 123)
    await send()
    expect(world.store.receipts).toMatchObject([{ ok: true, rttMs: 123, slot: firstSlot }])
  })

  test('an outage shows as down slots, and ends when the agent is back', async () => {
    const world = createWorld()
    await world.connect()
    await world.run(4)
    expect(world.disconnect()).toBeGreaterThan(0)
    await world.run(3)
    await world.connect()
    await world.run(4)
    world.verifyAll()
    const found = slots(world).map(([, what]) => what)
    expect(found).toEqual(['up', 'up', 'up', 'absent', 'absent', 'absent', 'up', 'up', 'up', 'up'])
    const { upSlots, downSlots } = closeEpoch(
      world.store.receipts.filter(({ slot }) => slot < firstSlot + 10),
      1_000_000,
    )
    expect([upSlots, downSlots]).toEqual([7, 3])
  })

  test('a device is down from its enrolment on, though its agent never came', async () => {
    const world = createWorld(START_S + 25)
    await world.run(5)
    expect(slots(world)).toEqual([
      [2, 'absent'],
      [3, 'absent'],
    ])
  })

  test('slots in which the monitor did not run have no receipt: neither up nor down', async () => {
    const world = createWorld()
    await world.connect()
    await world.run(3)
    // the monitor stops, and starts again in the middle of slot 5
    world.disconnect()
    world.setTime((firstSlot + 5) * 10_000 + 4000)
    world.monitor = world.newMonitor()
    await world.connect()
    await world.run(3)
    const whole = slots(world).filter(([slot]) => Number(slot) < 8)
    expect(whole).toEqual([
      [0, 'up'],
      [1, 'up'],
      [6, 'up'],
      [7, 'up'],
    ])
  })

  test('a monitor that was held up past its moments or replies stays silent about them', async () => {
    const { world } = await challenged()
    world.setTime(world.clockMs() + 10_000 * 3)
    await world.monitor.tick()
    expect(world.store.receipts).toEqual([])
  })

  test('driveMonitor ticks when something is due, survives a failing store, and stops', async () => {
    const delays: number[] = []
    const errors: unknown[] = []
    let runs: (() => void)[] = []
    let ticks = 0
    const monitor = {
      connect: () => Promise.reject(new Error('not used here')),
      nextWakeMs: () => 5000,
      tick: async () => {
        if (ticks++ === 1) throw new Error('store')
      },
    }
    const schedule = (delayMs: number, run: () => void) => {
      delays.push(delayMs)
      runs.push(run)
      return () => {
        runs = []
      }
    }
    const stop = driveMonitor(
      monitor,
      () => 4900,
      schedule,
      (error) => errors.push(error),
    )
    for (let i = 0; i < 3; i++) {
      runs.shift()!()
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(delays).toEqual([0, 100, 1000, 100])
    expect(errors).toEqual([new Error('store')])
    stop()
    expect(runs).toEqual([])
  })
})

describe('HB-1: replies that do not count', () => {
  const invalid = [[0, 'invalid']]
  const silent = [[0, 'silent']]
  const forged = toBase64url(new Uint8Array(64).fill(1))

  test.each<[string, Partial<HeartbeatReply>, unknown[]]>([
    ['a forged signature', { signature: forged }, invalid],
    [
      'other telemetry than was signed',
      { telemetry: { members: [], uptimeSeconds: 9, loadAverage: 0, gpuTemperatureC: 1, gpuPowerW: 2 } },
      invalid,
    ],
    ['another slot', { slot: firstSlot + 1 }, invalid],
    ['another device', { device: '5' }, invalid],
    ['another challenge', { challengeHash: toBase64url(new Uint8Array(32)) }, silent],
  ])('%s: no UP', async (_case, changes, expected) => {
    const { world, send } = await challenged()
    await send(changes)
    await world.expire()
    expect(slots(world)).toEqual(expected)
    world.verifyAll()
  })

  test('a late reply comes too late, by a millisecond', async () => {
    const late = await challenged()
    late.world.setTime(late.world.clockMs() + 501)
    await late.send()
    await late.world.monitor.tick()
    expect(slots(late.world)).toEqual(silent)
    const onTime = await challenged()
    onTime.world.setTime(onTime.world.clockMs() + 500)
    await onTime.send()
    expect(slots(onTime.world)).toEqual([[0, 'up']])
  })

  test('a reply replayed in the same slot adds nothing, in the next slot it is no answer', async () => {
    const { world, send } = await challenged()
    await send()
    await send()
    expect(slots(world)).toEqual([[0, 'up']])
    await world.nextChallenge()
    await send()
    await world.expire()
    expect(slots(world)).toEqual([
      [0, 'up'],
      [1, 'silent'],
    ])
  })

  test('one receipt a slot and monitor: what is kept first stays', async () => {
    const { world, send } = await challenged()
    await send({ signature: forged })
    await send()
    expect(slots(world)).toEqual(invalid)
    const [kept] = world.store.receipts
    expect(await world.store.addReceipt({ ...kept!, slot: kept!.slot })).toBe(false)
  })
})

describe('HB-1: what a monitor lets in', () => {
  async function hello(changes: object = {}, key = agentKey) {
    const world = createWorld()
    const wire = await world.open()
    const { nonce } = JSON.parse(wire.toAgent[0]!)
    const fields = { monitor: monitorDid, nonce, device: String(DEVICE), agentKey: bytesToHex(key.publicKey) }
    const body = { type: 'heartbeat-hello', ...fields, ...changes }
    await wire.session.receive(JSON.stringify(await signHeartbeatMessage(body, key.sign)))
    return { world, wire }
  }
  const notSigned = {
    code: 'signatureInvalid',
    message: 'The hello is not signed for this connection by the agent key that it names',
  }
  const notEnrolled = {
    code: 'deviceUnknown',
    message: 'The device is not enrolled under this agent key, or a newer generation of the key ended it',
  }

  test('the agent key of an enrolled device', async () => {
    const { wire } = await hello()
    expect(JSON.parse(wire.toAgent[1]!)).toEqual({ type: 'heartbeat-ready', device: '777' })
    expect(wire.closedBy).toBeUndefined()
  })

  test.each([
    ["another connection's nonce", { nonce: '00'.repeat(32) }, agentKey, notSigned],
    ['another monitor', { monitor: 'did:web:other.example' }, agentKey, notSigned],
    ['a key that did not sign', { agentKey: bytesToHex(keyPair(3).publicKey) }, agentKey, notSigned],
    ['another key for the device', {}, keyPair(3), notEnrolled],
    ['a device that is not enrolled', { device: '778' }, agentKey, notEnrolled],
  ])('not a hello with %s', async (_case, changes, key, closedBy) => {
    const { wire } = await hello(changes, key)
    expect(wire.closedBy).toEqual(closedBy)
    expect(wire.toAgent).toHaveLength(1)
  })

  test('not a reply before the hello, a second hello, nor anything else', async () => {
    const { reply } = await challenged()
    const world = createWorld()
    const closing = async (text: string, helloFirst = false) => {
      if (helloFirst) await world.connect()
      const wire = helloFirst ? world.wire! : await world.open()
      await wire.session.receive(text)
      return wire.closedBy?.code
    }
    expect(await closing(JSON.stringify(reply))).toBe('unauthorized')
    const again = await signHeartbeatMessage(
      {
        type: 'heartbeat-hello',
        monitor: monitorDid,
        nonce: '00'.repeat(32),
        device: '777',
        agentKey: '00'.repeat(32),
      },
      agentKey.sign,
    )
    expect(await closing(JSON.stringify(again), true)).toBe('conflict')
    expect(await closing('not JSON')).toBe('malformed')
    expect(await closing('{"type":"heartbeat-other"}')).toBe('malformed')
    expect(await closing(JSON.stringify({ ...reply, more: 1 }))).toBe('malformed')
    expect(await closing(' '.repeat(8193))).toBe('bodyTooLarge')
  })

  test('a new connection of the agent takes the place of the old one', async () => {
    const world = createWorld()
    await world.connect()
    const old = world.wire!
    await world.connect()
    expect(old.closedBy).toEqual({ code: 'conflict', message: 'The agent has connected again' })
    old.session.closed()
    await world.run(3)
    expect(slots(world).map(([, what]) => what)).not.toContain('absent')
  })
})

describe('HB-1: what an agent answers', () => {
  const strangers = keyPair(4)
  const challenge = async (world: ReturnType<typeof createWorld>, changes: object = {}, key = monitorKey) => {
    const slot = slotAt(settings, world.clockMs())
    const body = {
      type: 'heartbeat-challenge',
      monitor: monitorDid,
      device: '777',
      slot,
      nonce: '11'.repeat(32),
      ...changes,
    }
    return JSON.stringify(await signHeartbeatMessage(body, key.sign))
  }
  const connected = async () => {
    const world = createWorld()
    await world.connect()
    return world
  }
  const stranger = {
    code: 'signatureInvalid',
    message: 'The message is not signed by the monitor that this agent knows',
  }
  const now = START_S / settings.slotSeconds

  test.each<[string, object, typeof monitorKey, object]>([
    ['signed by another', {}, strangers, stranger],
    ['of another monitor', { monitor: didKeyFromEd25519(strangers.publicKey) }, strangers, stranger],
    [
      'for another device',
      { device: '5' },
      monitorKey,
      { code: 'deviceMismatch', message: 'The challenge is for another device' },
    ],
    [
      'for a slot gone by',
      { slot: now - 2 },
      monitorKey,
      { code: 'challengeLate', message: `The challenge is for slot ${now - 2}, and now is slot ${now}` },
    ],
    [
      'for a slot to come',
      { slot: now + 2 },
      monitorKey,
      { code: 'challengeLate', message: `The challenge is for slot ${now + 2}, and now is slot ${now}` },
    ],
  ])('not a challenge %s', async (_case, changes, key, error) => {
    const world = await connected()
    await expect(world.agent.receive(await challenge(world, changes, key))).rejects.toMatchObject(error)
    expect(world.wire!.toMonitor).toEqual([])
  })

  test('a slot only once, also under another nonce or an older slot', async () => {
    const world = await connected()
    expect(await world.agent.receive(await challenge(world))).toEqual({ kind: 'answered', slot: now })
    for (const changes of [{ nonce: '22'.repeat(32) }, { slot: now - 1 }]) {
      const slot = 'slot' in changes ? changes.slot : now
      await expect(world.agent.receive(await challenge(world, changes))).rejects.toMatchObject({
        code: 'conflict',
        message: `Slot ${slot} has been answered, or is older than one that was`,
      })
    }
    expect(world.wire!.toMonitor).toHaveLength(1)
  })

  test('what it signs is bound to the very challenge', async () => {
    const world = await connected()
    const frame = await challenge(world)
    await world.agent.receive(frame)
    expect(JSON.parse(world.wire!.toMonitor[0]!).challengeHash).toBe(jcsHash(JSON.parse(frame)))
  })

  test('no greeting by a stranger, and none twice', async () => {
    const world = createWorld()
    const wire = await world.open()
    world.agent.connected({ send: (text) => wire.toMonitor.push(text), close: () => undefined })
    const welcome = { type: 'heartbeat-welcome', monitor: monitorDid, nonce: '33'.repeat(32), settings }
    const forged = JSON.stringify(await signHeartbeatMessage(welcome, strangers.sign))
    await expect(world.agent.receive(forged)).rejects.toMatchObject(stranger)
    await expect(world.agent.receive(await challenge(world))).rejects.toMatchObject({
      code: 'conflict',
      message: 'The monitor has not greeted this connection',
    })
    expect(wire.toMonitor).toEqual([])
    expect(await world.agent.receive(wire.toAgent[0]!)).toEqual({ kind: 'greeted', settings })
    await expect(world.agent.receive(wire.toAgent[0]!)).rejects.toMatchObject({
      code: 'conflict',
      message: 'The monitor has greeted this connection already',
    })
  })

  test('no receipt that its monitor did not sign', async () => {
    const { world, send } = await challenged()
    await send()
    const result = JSON.parse(world.wire!.toAgent.at(-1)!)
    const forged = JSON.stringify({ ...result, receipt: { ...result.receipt, slot: result.receipt.slot + 1 } })
    await expect(world.agent.receive(forged)).rejects.toMatchObject(stranger)
    expect(await world.agent.receive(JSON.stringify(result))).toMatchObject({ kind: 'receipt' })
  })

  test('waits longer after each failed attempt, and starts over once it was let in', async () => {
    const world = createWorld()
    const waits = [world.agent.disconnected(), world.agent.disconnected(), world.agent.disconnected()]
    expect(waits.map((wait, i) => wait >= 500 * 2 ** i && wait <= 1000 * 2 ** i)).toEqual([true, true, true])
    await world.connect()
    expect(world.disconnect()).toBeLessThanOrEqual(1000)
    expect(world.agent.state()).toBe('disconnected')
  })
})
