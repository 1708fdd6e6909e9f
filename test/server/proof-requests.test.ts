import { afterAll, beforeAll, expect, it } from 'vitest'
import { COMPUTE, openProofRequest } from '../../src/protocol/index.ts'
import { startTestService, type TestService } from '../shared/test-service.ts'
import { currentEpoch, ledgerSettings, resolveKeys } from './ledger-world.ts'

let running: TestService
beforeAll(async () => {
  running = await startTestService(ledgerSettings)
})
afterAll(() => running.stop())

async function propose(body: unknown) {
  const response = await fetch(`${running.url}/v1/proof-requests`, { method: 'POST', body: JSON.stringify(body) })
  return { status: response.status, json: (await response.json()) as Record<string, string> }
}

const hardware = { schema: COMPUTE, assurance: 2, ranges: { ramMiB: { min: '8192' } } }

it("signs a request for the reputation service's audience, with the policies that the proposal stands for", async () => {
  const epoch = currentEpoch() - 2
  const uptime = { epoch, rungMicro: 999_900, firstEpoch: epoch - 5 }
  const { status, json } = await propose({ kind: 'uptime', hardware, uptime })
  expect(status).toBe(201)
  const { did } = running.service.dids.reputation
  const request = await openProofRequest(json.request!, resolveKeys)
  expect(request).toMatchObject({
    audience: { did },
    purpose: 'reputation/uptime',
    sameDevice: true,
    replay: { key: 'devicePseudonym', period: `epoch/${epoch}` },
    registry: running.service.registry.registryId,
    policies: [
      { claims: { ramMiB: { min: 8192n }, assurance: { min: 2n } } },
      { claims: { epoch: { min: BigInt(epoch), max: BigInt(epoch) }, uptimeMicro: { min: 999_900n } } },
    ],
  })
  const again = await propose({ kind: 'uptime', hardware, uptime })
  expect((await openProofRequest(again.json.request!, resolveKeys)).nonce).not.toBe(request.nonce)
})

it.each([
  ['an epoch that is still open', (e: number) => ({ epoch: e, rungMicro: 500_000, firstEpoch: e }), 409, 'epochOpen'],
  ['a rung that is none', (e: number) => ({ epoch: e - 2, rungMicro: 600_000, firstEpoch: e - 2 }), 400, 'malformed'],
  [
    'a first epoch after the epoch',
    (e: number) => ({ epoch: e - 2, rungMicro: 500_000, firstEpoch: e }),
    400,
    'malformed',
  ],
  ['an epoch ≥ 2^32', () => ({ epoch: 2 ** 32, rungMicro: 500_000, firstEpoch: 1 }), 400, 'malformed'],
  [
    'a history before the ledger',
    (e: number) => ({ epoch: e - 2, rungMicro: 500_000, firstEpoch: 1 }),
    409,
    'conflict',
  ],
])('refuses %s', async (_, uptime, status, code) => {
  const answer = await propose({ kind: 'uptime', hardware, uptime: uptime(currentEpoch()) })
  expect(answer).toMatchObject({ status, json: { code } })
})

it.each([
  ["another service's audience", { audience: { did: 'did:example:dapp' } }],
  ['a self-reported device', { hardware: { ...hardware, assurance: 1 } }],
  ['an upper bound', { hardware: { ...hardware, ranges: { ramMiB: { max: '8192' } } } }],
  ['a number ≥ 2^64', { hardware: { ...hardware, ranges: { ramMiB: { min: '18446744073709551616' } } } }],
])('refuses %s', async (_, changes) => {
  expect(await propose({ kind: 'hardware', hardware, ...changes })).toMatchObject({
    status: 400,
    json: { code: 'malformed' },
  })
})

it('refuses a bound off the grid', async () => {
  const ranges = { ramMiB: { min: '8193' } }
  const answer = await propose({ kind: 'hardware', hardware: { ...hardware, ranges } })
  expect(answer).toMatchObject({ status: 422, json: { code: 'policyOffGrid' } })
})
