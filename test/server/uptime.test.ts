import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { epochAt } from '../../src/evidence/index.ts'
import { UPTIME } from '../../src/protocol/index.ts'
import { freshDatabase, kinds } from '../shared/databases.ts'
import { nowSeconds, problemOf, send } from '../shared/http.ts'
import { runTestAgent } from '../shared/test-agent.ts'
import { createTestProvider, credentialOf } from '../shared/test-provider.ts'
import { startTestService } from '../shared/test-service.ts'

// an epoch is waited for in real time: both databases at once
describe.concurrent('HB-1 over a real WebSocket', () => {
  it.each(kinds)(
    'shows an outage, and gives uptime for the closed epoch (%s)',
    async (kind) => {
      const database = await freshDatabase(kind)
      const { url, service, stop } = await startTestService({}, { database: database.target })
      const { settings } = service
      const provider = await createTestProvider(url)
      const early = await provider.askUptime(epochAt(settings, nowSeconds()) - 2)
      expect(problemOf(early)).toMatchObject({ status: 404, code: 'deviceUnknown' })
      await untilEpochIsYoung(settings)
      const { credential: measured } = await provider.enroll()
      const epoch = epochAt(settings, nowSeconds())
      const open = await provider.askUptime(epoch)
      expect(problemOf(open)).toMatchObject({ status: 409, code: 'epochOpen', facts: { epoch } })

      const agent = runTestAgent(url, provider)
      await agent.next('ready')
      await untilSlot(settings, epoch, 12)
      await agent.stop()
      await untilSlot(settings, epoch, 22)
      const answer = await provider.askUptime(epoch)
      expect(answer.status).toBe(201)
      const { credential, payload } = credentialOf(answer.json)
      const receipts = agent.events.flatMap((event) => (event.kind === 'receipt' ? [event.receipt] : []))
      const up = receipts.filter(({ ok }) => ok).length
      expect(up).toBeGreaterThanOrEqual(4)
      const [at, upSlots, downSlots, share, , firstEpoch, monitors, silence] = credential.claims
      expect(credential.schema).toBe(UPTIME)
      expect([at, firstEpoch]).toEqual([BigInt(epoch), BigInt(epoch)])
      expect([monitors, silence]).toEqual([1n, 0n])
      expect(new Set(credential.sources)).toEqual(new Set([2]))
      // to the schema's grid of ten slots: up rounded down, down rounded up
      expect(upSlots).toBe(BigInt(up - (up % 10)))
      expect(downSlots).toBe(10n)
      expect(share).toBeLessThan(1_000_000n)
      expect(payload).toMatchObject({ evidence: [{ type: 'Heartbeats' }] })
      expect(credential.binding).toBe(measured.binding)
      expect(credential.holder).not.toBe(measured.holder)
      const metrics = await send(`${url}/metrics`)
      expect(metrics.text).toMatch(/assay_heartbeat_slots_total\{outcome="up"\} [1-9]/)
      expect(metrics.text).toMatch(/assay_heartbeat_slots_total\{outcome="absent"\} [1-9]/)
      await stop()
      await database.remove()
    },
    120_000,
  )
})

/** Waits for the next epoch when less than a quarter of this one is left for what a test does in it. */
async function untilEpochIsYoung(settings: { slotSeconds: number; slotsPerEpoch: number }): Promise<void> {
  const slot = Math.floor(nowSeconds() / settings.slotSeconds) % settings.slotsPerEpoch
  if (slot > 4) await sleep((settings.slotsPerEpoch - slot) * settings.slotSeconds * 1000)
}

async function untilSlot(
  { slotSeconds, slotsPerEpoch }: { slotSeconds: number; slotsPerEpoch: number },
  epoch: number,
  slot: number,
): Promise<void> {
  const atMs = (epoch * slotsPerEpoch + slot) * slotSeconds * 1000
  await sleep(Math.max(0, atMs - Date.now()))
}
