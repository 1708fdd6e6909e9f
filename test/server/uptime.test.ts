import { describe, expect, it } from 'vitest'
import { epochAt } from '../../src/evidence/index.ts'
import { UPTIME } from '../../src/protocol/index.ts'
import { freshDatabase, kinds } from '../shared/databases.ts'
import { nowSeconds, problemOf, send } from '../shared/http.ts'
import { runTestAgent } from '../shared/test-agent.ts'
import { createTestProvider, credentialOf } from '../shared/test-provider.ts'
import { startTestService } from '../shared/test-service.ts'
import { until } from '../shared/until.ts'

/** Slots of two seconds, and so many of them in an epoch that one began just now and ends half an hour from now. */
const slotSeconds = 2
const lengths = Array.from({ length: 100 }, (_, i) => 900 + i)
const age = (slotsPerEpoch: number) => Math.floor(nowSeconds() / slotSeconds) % slotsPerEpoch
const slotsPerEpoch = lengths.reduce((best, length) => (age(length) < age(best) ? length : best))

// slots are waited for in real time: both databases at once
describe.concurrent('HB-1 over a real WebSocket', () => {
  it.each(kinds)('shows an outage, and gives uptime for the closed epoch (%s)', async (kind) => {
    const database = await freshDatabase(kind)
    let aheadMs = 0
    const clock = () => Math.floor((Date.now() + aheadMs) / 1000)
    // roots an hour apart: for a witness, half an hour that passes at once is a clock that was moved
    const settings = { slotSeconds, slotsPerEpoch, replyWindowMs: 1500, intervalSeconds: 3600 }
    const options = { database: database.target, clockMs: () => Date.now() + aheadMs }
    const { url, service, stop } = await startTestService(settings, options)
    const provider = await createTestProvider(url, { clock })
    const epoch = epochAt(settings, clock())
    const early = await provider.askUptime(epoch - 2)
    expect(problemOf(early)).toMatchObject({ status: 404, code: 'deviceUnknown' })
    const { credential: measured } = await provider.enroll()
    const open = await provider.askUptime(epoch)
    expect(problemOf(open)).toMatchObject({ status: 409, code: 'epochOpen', facts: { epoch } })

    const slots = async (outcome: string) => {
      const { text } = await send(`${url}/metrics`)
      return Number(
        new RegExp(`^assay_heartbeat_slots_total\\{outcome="${outcome}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0,
      )
    }
    const agent = runTestAgent(url, provider)
    await agent.next('ready')
    await until(async () => (await slots('up')) >= 3)
    await agent.stop()
    const absentBefore = await slots('absent')
    await until(async () => (await slots('absent')) > absentBefore)
    // the rest of the epoch passes at once; nobody watched it
    aheadMs = ((epoch + 1) * slotsPerEpoch * slotSeconds + 2) * 1000 - Date.now()
    const answer = await provider.askUptime(epoch)
    expect(answer.status, answer.text).toBe(201)

    const range = [epoch * slotsPerEpoch, (epoch + 1) * slotsPerEpoch - 1] as const
    const receipts = await service.heartbeats.listReceipts(String(provider.device), ...range)
    const up = receipts.filter(({ ok }) => ok)
    const down = receipts.filter(({ ok }) => !ok)
    expect(down.map(({ reason }) => reason)).toContain('absent')
    // the agent was shown the same receipts
    const heard = agent.events.flatMap((event) => (event.kind === 'receipt' ? [event.receipt] : []))
    expect(heard.length).toBeGreaterThan(0)
    for (const receipt of heard) expect(receipts).toContainEqual(receipt)

    const { credential, payload } = credentialOf(answer.json)
    const [at, upSlots, downSlots, share, , firstEpoch, monitors, silence] = credential.claims
    expect(credential.schema).toBe(UPTIME)
    expect([at, firstEpoch]).toEqual([BigInt(epoch), BigInt(epoch)])
    expect([monitors, silence]).toEqual([1n, 0n])
    expect(new Set(credential.sources)).toEqual(new Set([2]))
    // to the schema's grid of ten slots: up rounded down, down rounded up
    expect(upSlots).toBe(BigInt(Math.floor(up.length / 10) * 10))
    expect(downSlots).toBe(BigInt(Math.ceil(down.length / 10) * 10))
    expect(share).toBeLessThan(1_000_000n)
    expect(payload).toMatchObject({ evidence: [{ type: 'Heartbeats' }] })
    expect(credential.binding).toBe(measured.binding)
    expect(credential.holder).not.toBe(measured.holder)
    await stop()
    await database.remove()
  })
})
