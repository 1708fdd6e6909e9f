import { afterAll, describe, expect, it } from 'vitest'
import { closeProver } from '../../src/holder/prove.ts'
import { COMPUTE, type DidSigner, REPUTATION, signRequest } from '../../src/protocol/index.ts'
import {
  verifyExplanation,
  verifyScoreSummary,
  zDirectoryPage,
  zEvidenceAnswer,
  zPseudonymSettings,
  zSignedVoidEpoch,
} from '../../src/reputation/index.ts'
import { type FreshDatabase, freshDatabase, kinds } from '../shared/databases.ts'
import { digest } from '../shared/proof-fixture.ts'
import { operatorSigner, startTestService, type TestService } from '../shared/test-service.ts'
import { untilAfter } from '../shared/until.ts'
import { clock, currentEpoch, dappAt, holderAt, ledgerSettings, resolveKeys } from './ledger-world.ts'

afterAll(closeProver)

describe.each(kinds)('the ledger over HTTP (%s)', (kind) => {
  let fresh: FreshDatabase
  let running: TestService
  afterAll(async () => {
    await running?.stop()
    await fresh?.remove()
  })

  async function get(path: string) {
    const response = await fetch(`${running.url}${path}`)
    return { status: response.status, json: (await response.json()) as Record<string, unknown> }
  }

  it('takes evidence, explains the score, and issues it as a credential that a dapp accepts', async () => {
    fresh = await freshDatabase(kind)
    running = await startTestService(ledgerSettings, { database: fresh.target })
    const [alice, mallory] = [await holderAt(running, 'alice'), await holderAt(running, 'mallory')]
    const { client, session, reputation } = alice
    const by = { signer: reputation, resolveKeys }
    const epoch = currentEpoch() - 2
    await alice.issueCompute()
    await alice.issueUptime(epoch)
    const proposal = {
      kind: 'uptime',
      hardware: {
        schema: COMPUTE,
        ranges: { gops: { source: 'measured' }, ramMiB: { min: '16384', source: 'selfReported' } },
      },
      uptime: { epoch, rungMicro: 999_900 },
      join: { joinEpoch: epoch, inheritedSilence: 0 },
    } as const
    const presentation = await alice.answer(await client.proposeRequest(proposal))

    await expect(mallory.client.submitEvidence(presentation, mallory.session, mallory.wish())).rejects.toMatchObject({
      code: 'notRecipient',
    })
    const unsigned = await fetch(`${running.url}/v1/reputation/evidence`, {
      method: 'POST',
      body: JSON.stringify({ presentation }),
    })
    expect([unsigned.status, await unsigned.json()]).toMatchObject([401, { code: 'unauthorized' }])

    const answer = await client.submitEvidence(presentation, session, alice.wish())
    expect(zEvidenceAnswer.parse(answer)).toEqual(answer)
    const { score, ...summary } = await verifyScoreSummary(answer.score, by)
    expect(score).toBeGreaterThan(0)
    expect(summary).toMatchObject({ pseudonym: answer.pseudonym, firstEpoch: epoch, joinEpoch: epoch })
    expect(await client.submitEvidence(presentation, session, alice.wish())).toEqual(answer)

    // signed answers are for moments that are over
    await untilAfter(summary.t)
    const explanation = await verifyExplanation(await client.score(answer.pseudonym), by)
    expect(explanation).toMatchObject({ score, pseudonym: answer.pseudonym })
    expect(explanation.limits.map(({ code }) => code)).toContain('young')
    const then = await verifyExplanation(await client.score(answer.pseudonym, summary.t), by)
    expect(then.ledgerRoot).toBe(explanation.ledgerRoot)
    await expect(client.score(answer.pseudonym, clock() + 1)).rejects.toMatchObject({ code: 'malformed' })
    expect(await client.history(answer.pseudonym, { from: clock() - 10 })).toMatchObject({
      pseudonym: answer.pseudonym,
      points: expect.arrayContaining([expect.objectContaining({ score })]),
    })

    await alice.hold(answer.credential!)
    const dapp = await dappAt(running, 'renter')
    const policies = [
      { schema: REPUTATION, claims: { score: { min: String(score) } } },
      { schema: COMPUTE, claims: { ramMiB: { min: '16384', source: 'selfReported' as const } } },
    ]
    const request = await dapp.request({ policies })
    const verified = await dapp.client.verifyPresentation(request, await alice.answer(request))
    expect(verified).toMatchObject({ ok: true })
    expect(verified.pseudonym).not.toBe(answer.pseudonym)

    // settings: by a key that presented, and by nobody else
    const { updateSettings } = client
    await expect(updateSettings(answer.pseudonym, { listed: true }, mallory.session)).rejects.toMatchObject({
      code: 'unauthorized',
      message: 'The session key has not presented for this pseudonym',
    })
    expect(await client.directory()).toEqual({ items: [], next: null })
    const [device] = explanation.devices
    await expect(updateSettings(answer.pseudonym, { retire: device!.devicePseudonym }, session)).rejects.toMatchObject({
      code: 'conflict',
      message: "A pseudonym's last device can't retire",
    })
    const settings = await updateSettings(answer.pseudonym, { listed: true }, session)
    expect(zPseudonymSettings.parse(settings)).toMatchObject({ listed: true, devices: [{ retiredAt: null }] })

    const query = { minScore: score, schema: COMPUTE, claim: 'ramMiB', min: 16_384n, limit: 1 }
    const page = zDirectoryPage.parse(await client.directory(query))
    expect(page).toMatchObject({
      items: [
        {
          pseudonym: answer.pseudonym,
          score,
          capabilities: [{ ranges: { gops: { source: 'measured' } }, scored: false }],
        },
      ],
      next: null,
    })
    expect(await client.directory({ ...query, min: 16_385n })).toEqual({ items: [], next: null })
    expect(await client.directory({ minScore: score + 1 })).toEqual({ items: [], next: null })
  })

  it('lets operators alone declare epochs void, in a signed list', async () => {
    const url = `${running.url}/v1/reputation/void-epochs`
    const epoch = currentEpoch() - 20
    const body = new TextEncoder().encode(JSON.stringify({ epoch, reason: 'the monitor was down' }))
    const declare = async (signer: DidSigner) => {
      const options = { now: clock(), randomBytes: () => digest(`jti ${kind} ${signer.did}`).slice(0, 16) }
      const authorization = await signRequest({ method: 'POST', url, body }, signer, options)
      const response = await fetch(url, { method: 'POST', body, headers: { authorization } })
      return { status: response.status, json: await response.json() }
    }
    const dapp = await dappAt(running, 'renter')
    expect(await declare(dapp)).toMatchObject({ status: 401, json: { code: 'unauthorized' } })
    const { status, json } = await declare(operatorSigner)
    expect(status).toBe(200)
    expect(zSignedVoidEpoch.parse(json)).toMatchObject({ epoch, reason: 'the monitor was down' })
    expect(await get('/v1/reputation/void-epochs')).toEqual({ status: 200, json: { voidEpochs: [json] } })
  })

  it.each([
    ['/v1/reputation/12345', 404, 'pseudonymUnknown'],
    ['/v1/reputation/12345/history', 404, 'pseudonymUnknown'],
    ['/v1/reputation/abc', 400, 'malformed'],
    ['/v1/reputation/007', 400, 'malformed'],
    [`/v1/reputation/${10n ** 77n}`, 400, 'malformed'],
    ['/v1/reputation/12345?at=99999999999', 400, 'malformed'],
    ['/v1/reputation/12345?at=1e3', 400, 'malformed'],
    ['/v1/reputation/12345?when=now', 400, 'malformed'],
    ['/v1/reputation/12345?target=1001', 400, 'malformed'],
    [`/v1/reputation/12345/history?to=99999999999`, 400, 'malformed'],
    ['/v1/reputation?minScore=1001', 400, 'malformed'],
    ['/v1/reputation?limit=0', 400, 'malformed'],
    ['/v1/reputation?limit=5&limit=6', 400, 'malformed'],
    ['/v1/reputation?cursor=AAAA', 400, 'malformed'],
    [`/v1/reputation?schema=${COMPUTE}&claim=ramMiB&min=18446744073709551616`, 400, 'malformed'],
    ['/v1/reputation?schema=urn:other', 400, 'malformed'],
  ])('refuses GET %s', async (path, status, code) => {
    expect(await get(path)).toMatchObject({ status, json: { code, requestId: expect.any(String) } })
  })
})
