import { bytesToHex } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  closeEpoch,
  type HeartbeatReceipt,
  receiptsRoot,
  shareMicro,
  signHeartbeatMessage,
  trailingUptime,
  uptimeClaims,
  verifyReceipt,
  zHeartbeatReceipt,
} from '../../../src/evidence/index.ts'
import { roundClaims, SOURCE_LEVEL, UPTIME } from '../../../src/protocol/index.ts'
import { agentKey, createWorld, monitorDid, monitorKey } from './world.ts'

let up: HeartbeatReceipt
let down: HeartbeatReceipt
beforeAll(async () => {
  const world = createWorld()
  await world.connect()
  await world.run(3)
  world.disconnect()
  await world.run(3)
  up = world.store.receipts.find(({ ok }) => ok)!
  down = world.store.receipts.find(({ ok }) => !ok)!
})

const at = (slot: number, isUp: boolean): HeartbeatReceipt => ({ ...(isUp ? up : down), slot })
const refused = (code: string, message: string) => expect.objectContaining({ code, message })

describe('closing an epoch', () => {
  test('counts what is known: unknown slots count neither way', () => {
    const known = fc.array(fc.constantFrom('up', 'down', 'unknown'), { minLength: 20, maxLength: 20 })
    fc.assert(
      fc.property(known, fc.nat({ max: 1_000_000 }), (found, epoch) => {
        const receipts = found.flatMap((what, i) => (what === 'unknown' ? [] : [at(epoch * 20 + i, what === 'up')]))
        const upSlots = found.filter((what) => what === 'up').length
        const downSlots = found.filter((what) => what === 'down').length
        if (upSlots + downSlots === 0) return
        const uptimeMicro = Number((BigInt(upSlots) * 1_000_000n) / BigInt(upSlots + downSlots))
        expect(closeEpoch(receipts, 20)).toEqual({ epoch, upSlots, downSlots, uptimeMicro })
      }),
    )
  })

  test('shares are raw and rounded down: a perfect day is a million', () => {
    expect(shareMicro(1440, 0)).toBe(1_000_000)
    expect(shareMicro(1439, 1)).toBe(999_305)
    expect(shareMicro(0, 7)).toBe(0)
  })

  test('an epoch of which nothing is known can not be certified', () => {
    expect(() => closeEpoch([], 20)).toThrow(
      refused('evidenceRejected', 'No slot of the epoch is known, so it has no uptime'),
    )
  })

  test('receipts of two epochs, devices, monitors, or twice of a slot are refused', () => {
    const mixed = 'The receipts are not of one device, monitor and epoch'
    for (const other of [
      at(120, true),
      { ...at(101, true), device: '5' },
      { ...at(101, true), monitor: 'did:web:b.example' },
    ]) {
      expect(() => closeEpoch([at(100, true), other], 20)).toThrow(refused('evidenceRejected', mixed))
    }
    expect(() => closeEpoch([at(100, true), at(100, false)], 20)).toThrow(
      refused('conflict', 'Two receipts are of the same slot'),
    )
  })
})

describe('uptime claims', () => {
  const day = (epoch: number, upSlots: number, downSlots: number) => ({ epoch, upSlots, downSlots })

  test('the trailing share is over the known slots of 30 epochs, the last included', () => {
    const history = [day(69, 0, 1000), day(70, 0, 0), day(71, 100, 300), day(100, 300, 100), day(101, 0, 1000)]
    expect(trailingUptime(history, 100)).toBe(500_000)
    expect(() => trailingUptime([day(1, 5, 5)], 100)).toThrow(
      refused('evidenceRejected', 'No slot of the trailing epochs is known'),
    )
  })

  test('are the eight of the schema, and round on its grid', () => {
    const evidence = {
      closed: day(100, 1430, 10),
      history: [day(99, 1440, 0), day(100, 1, 1)],
      firstEpoch: 90,
      monitors: 1,
    }
    const { claims, sources } = uptimeClaims({ ...evidence, inheritedSilence: 30 })
    expect(claims).toEqual([100n, 1430n, 10n, 993_055n, 996_527n, 90n, 1n, 30n])
    expect(sources).toEqual(Array(8).fill(SOURCE_LEVEL.measured))
    expect(roundClaims(UPTIME, claims)).toEqual([100n, 1430n, 10n, 993_000n, 996_500n, 90n, 1n, 30n])
  })
})

describe('receipts', () => {
  test('verify under the monitor that they name, and are what the schema says', () => {
    for (const receipt of [up, down]) {
      expect(zHeartbeatReceipt.parse(receipt)).toEqual(receipt)
      expect(() => verifyReceipt(receipt, monitorKey.publicKey)).not.toThrow()
      expect(() => verifyReceipt(receipt, agentKey.publicKey)).toThrow(
        refused('signatureInvalid', `The receipt of slot ${receipt.slot} is not signed by its monitor`),
      )
      expect(receipt.monitor).toBe(monitorDid)
    }
  })

  test('a monitor that signs UP without a true reply is found out', async () => {
    if (!up.ok) throw new Error('unreachable')
    const { signature, ...body } = { ...up, slot: up.slot + 1, reply: { ...up.reply, slot: up.slot + 1 } }
    const { signature: _, ...forgedBody } = { ...up, reply: { ...up.reply, signature } }
    for (const [slot, lie] of [
      [up.slot, forgedBody],
      [up.slot + 1, { ...body, challengeHash: body.challengeHash.replace(/^./, (c) => (c === 'A' ? 'B' : 'A')) }],
    ] as const) {
      const receipt = zHeartbeatReceipt.parse(await signHeartbeatMessage(lie, monitorKey.sign))
      expect(() => verifyReceipt(receipt, monitorKey.publicKey)).toThrow(
        refused('evidenceRejected', `The receipt of slot ${slot} says UP without a reply that shows it`),
      )
    }
  })

  test('are anchored under one root, whatever order they come in, and by every bit', () => {
    const receipts = [at(100, true), at(101, false), at(102, true)]
    const root = bytesToHex(receiptsRoot(receipts))
    expect(bytesToHex(receiptsRoot([...receipts].reverse()))).toBe(root)
    expect(bytesToHex(receiptsRoot(receipts.slice(1)))).not.toBe(root)
    expect(bytesToHex(receiptsRoot([at(100, true), at(101, true), at(102, true)]))).not.toBe(root)
  })
})
