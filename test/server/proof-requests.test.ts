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

const measured = { source: 'measured' }
const hardware = { schema: COMPUTE, ranges: { gops: measured, ramMiB: { min: '8192', ...measured } } }

it("signs a request for the reputation service's audience, with the policies that the proposal stands for", async () => {
  const epoch = currentEpoch() - 2
  const uptime = { epoch, rungMicro: 999_900 }
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
      { claims: { gops: measured, ramMiB: { min: 8192n, ...measured } } },
      { claims: { epoch: { min: BigInt(epoch), max: BigInt(epoch) }, uptimeMicro: { min: 999_900n } } },
    ],
  })
  const again = await propose({ kind: 'uptime', hardware, uptime })
  expect((await openProofRequest(again.json.request!, resolveKeys)).nonce).not.toBe(request.nonce)
})

it.each([
  ['an epoch that is still open', (e: number) => ({ uptime: { epoch: e, rungMicro: 500_000 } }), 409, 'epochOpen'],
  ['a rung that is none', (e: number) => ({ uptime: { epoch: e - 2, rungMicro: 600_000 } }), 400, 'malformed'],
  ['a first epoch', (e: number) => ({ uptime: { epoch: e - 2, rungMicro: 500_000, firstEpoch: e } }), 400, 'malformed'],
  ['an epoch ≥ 2^32', () => ({ uptime: { epoch: 2 ** 32, rungMicro: 500_000 } }), 400, 'malformed'],
  [
    'joining with an epoch long past',
    (e: number) => ({ uptime: { epoch: e - 9, rungMicro: 500_000 }, join: { joinEpoch: e - 9, inheritedSilence: 0 } }),
    422,
    'joinInvalid',
  ],
  [
    'an inherited silence of seven epochs',
    (e: number) => ({ uptime: { epoch: e - 2, rungMicro: 500_000 }, join: { joinEpoch: e, inheritedSilence: 7 } }),
    400,
    'malformed',
  ],
])('refuses %s', async (_, proposal, status, code) => {
  const answer = await propose({ kind: 'uptime', hardware, ...proposal(currentEpoch()) })
  expect(answer).toMatchObject({ status, json: { code } })
})

it.each([
  ["another service's audience", { audience: { did: 'did:example:dapp' } }],
  ['a self-reported device', { hardware: { ...hardware, ranges: { gops: { source: 'selfReported' } } } }],
  [
    'hardware that names no throughput',
    { hardware: { ...hardware, ranges: { ramMiB: { min: '8192', ...measured } } } },
  ],
  ['a bound without a source', { hardware: { ...hardware, ranges: { gops: { min: '10' } } } }],
  ['an upper bound', { hardware: { ...hardware, ranges: { gops: measured, ramMiB: { max: '8192', ...measured } } } }],
  [
    'a number ≥ 2^64',
    { hardware: { ...hardware, ranges: { gops: measured, ramMiB: { min: '18446744073709551616', ...measured } } } },
  ],
])('refuses %s', async (_, changes) => {
  expect(await propose({ kind: 'hardware', hardware, ...changes })).toMatchObject({
    status: 400,
    json: { code: 'malformed' },
  })
})

it('refuses a bound off the grid', async () => {
  const ranges = { gops: measured, ramMiB: { min: '8193', ...measured } }
  const answer = await propose({ kind: 'hardware', hardware: { ...hardware, ranges } })
  expect(answer).toMatchObject({ status: 422, json: { code: 'policyOffGrid' } })
})
