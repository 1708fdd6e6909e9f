import { afterAll, beforeAll, expect, it } from 'vitest'
import { closeProver } from '../../src/holder/prove.ts'
import {
  audienceField,
  devicePseudonym,
  PROOF_REQUEST_TYP,
  type PresentationJson,
  pseudonym,
  signJws,
  toBase64url,
} from '../../src/protocol/index.ts'
import { proofRequests } from '../../src/storage/schema/verifier.ts'
import { digest } from '../shared/proof-fixture.ts'
import { startTestService, type TestService } from '../shared/test-service.ts'
import { clock, dappAt, holderAt, ledgerSettings } from './ledger-world.ts'

let running: TestService
let alice: Awaited<ReturnType<typeof holderAt>>
/** A presentation to dapp one. */
let shared: PresentationJson
beforeAll(async () => {
  running = await startTestService(ledgerSettings)
  alice = await holderAt(running, 'alice')
  await alice.issueCompute()
})
afterAll(async () => {
  await running.stop()
  await closeProver()
})

it("verifies for a dapp by the dapp's own request, once, and answers a retry alike", async () => {
  const dapp = await dappAt(running, 'one')
  const { client } = dapp
  const replay = { key: 'pseudonym' as const, period: 'spring' }
  const request = await dapp.request({ replay, nonce: 'shared' })
  const presentation = await alice.answer(request)
  shared = presentation
  const answer = await client.verifyPresentation(request, presentation)
  const audience = audienceField(dapp.did)
  const secret = alice.keys.secret()
  expect(answer).toEqual({
    ok: true,
    pseudonym: String(pseudonym(secret, audience)),
    devicePseudonyms: [String(devicePseudonym(secret, audience, alice.device))],
    signals: [expect.objectContaining({ audience: String(audience), pseudonym: String(pseudonym(secret, audience)) })],
  })
  expect(await client.verifyPresentation(request, presentation)).toEqual(answer)

  const refused = async (jwt: string, json: unknown, code: string) => {
    expect(await client.verifyPresentation(jwt, json)).toMatchObject({ ok: false, code, message: expect.any(String) })
  }
  const [first] = presentation.proofs
  const tampered = { ...presentation, proofs: [{ ...first!, signals: first!.signals.with(5, '7') }] }
  await refused(request, tampered, 'nonceUsed')
  await refused(await dapp.request(), presentation, 'nonceUnknown')
  await refused(request, { ...presentation, proofs: [] }, 'malformed')
  await refused(request, 'nonsense', 'malformed')
  await refused('nonsense', presentation, 'malformed')

  // the dapp's replay rule holds over its requests …
  const second = await dapp.request({ replay })
  const another = await alice.answer(second)
  await refused(second, { ...another, control: presentation.control }, 'notRecipient')
  await refused(second, another, 'replayed')

  // … and neither its nonces nor its replay keys bind another dapp
  const other = await dappAt(running, 'two')
  const theirs = await other.request({ replay, nonce: 'shared' })
  await refused(theirs, presentation, 'wrongAudience')
  const theirAnswer = await client.verifyPresentation(theirs, await alice.answer(theirs))
  expect(theirAnswer.ok).toBe(true)
  expect(theirAnswer.pseudonym).not.toBe(answer.pseudonym)
})

it('takes no request that its audience did not sign, or whose time is over', async () => {
  const [dapp, other] = [await dappAt(running, 'one'), await dappAt(running, 'two')]
  const before = await running.service.database.db.$count(proofRequests)
  const ask = (request: string) => dapp.client.verifyPresentation(request, { type: 'AssayPresentation' })
  const [header, payload, signature] = (await dapp.request()).split('.')
  const foreign = JSON.parse(Buffer.from(payload!, 'base64url').toString())
  const forged = Buffer.from(JSON.stringify({ ...foreign, audience: { did: other.did } })).toString('base64url')
  expect(await ask(`${header}.${forged}.${signature}`)).toMatchObject({ ok: false, code: 'signatureInvalid' })

  const signedByOther = await signJws({
    header: { typ: PROOF_REQUEST_TYP, kid: other.kid },
    payload: { ...foreign, iss: other.did },
    sign: other.sign,
  })
  expect(await ask(signedByOther)).toEqual({
    ok: false,
    code: 'audienceNotSigned',
    message: `The proof request for ${dapp.did} is signed by ${other.did}`,
  })

  // the nonce is the only part that no proof is bound to by itself
  const late = await dapp.request({ now: clock() - 5000, nonce: 'expiring' })
  const current = { ...shared, nonce: toBase64url(digest('expiring')) }
  expect(await dapp.client.verifyPresentation(late, current)).toMatchObject({ ok: false, code: 'nonceExpired' })
  expect(await running.service.database.db.$count(proofRequests)).toBe(before)
})

it("does not use up the reputation service's own nonces", async () => {
  const request = await alice.client.proposeRequest({
    kind: 'hardware',
    hardware: { schema: 'urn:assay:schema:compute:1' },
  })
  expect(await alice.client.verifyPresentation(request, {})).toEqual({
    ok: false,
    code: 'wrongAudience',
    message: 'The request is for the reputation service itself: its answer goes to /v1/reputation/evidence',
  })
})

it('refuses a body with unknown members, and one that is too large', async () => {
  const post = (body: unknown) =>
    fetch(`${running.url}/v1/presentations/verify`, { method: 'POST', body: JSON.stringify(body) })
  const unknown = await post({ request: 'x', presentation: {}, extra: 1 })
  expect([unknown.status, ((await unknown.json()) as { code: string }).code]).toEqual([400, 'malformed'])
  const large = await post({ request: 'x', presentation: 'x'.repeat(70_000) })
  expect([large.status, ((await large.json()) as { code: string }).code]).toEqual([413, 'bodyTooLarge'])
})
