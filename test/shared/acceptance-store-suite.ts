import { expect, it } from 'vitest'
import { COMPUTE, type ProofRequest, toBase64url, UPTIME } from '../../src/protocol/index.ts'
import { type Acceptance, type AcceptanceStore, audienceName, createProofRequest } from '../../src/verifier/index.ts'
import { digest, party } from './proof-fixture.ts'

const NOW = 1_800_000_000
let drawn = 0

function newRequest(changes: { context?: string; now?: number } = {}): ProofRequest {
  const { context, now = NOW } = changes
  const options = {
    audience: { did: party('a dapp').did, ...(context === undefined ? {} : { context }) },
    purpose: 'test',
    policies: [
      { schema: COMPUTE, claims: { gops: { min: '10' } } },
      { schema: UPTIME, claims: { epoch: { min: '5', max: '18446744073709551615' } } },
    ],
    circuit: 'c'.repeat(64),
    registry: toBase64url(digest('a registry')),
  }
  drawn += 1
  return createProofRequest(options, {
    now,
    stepSeconds: 3600,
    randomBytes: () => digest(`nonce ${process.pid} ${drawn}`),
  })
}

/** An acceptance of a request that replays nothing: its purpose is as unique as its nonce. */
function acceptanceOf(request: ProofRequest, changes: Partial<Acceptance> = {}): Acceptance {
  return {
    audience: audienceName(request.audience),
    nonce: request.nonce,
    recipient: 'recipient',
    presentationHash: 'hash',
    purpose: request.nonce,
    acceptedAt: NOW,
    ...changes,
  }
}

/** The contract of `AcceptanceStore`, which each implementation keeps. `open` called again is a second process. */
export function acceptanceStoreSuite(open: () => Promise<AcceptanceStore<unknown>>): void {
  const nothing = async () => null

  it('finds what was issued, under its audience only', async () => {
    const store = await open()
    const request = newRequest({ context: 'spring' })
    await store.issue(request)
    await store.issue(request)
    const { did } = request.audience
    expect(await store.find(`${did}#spring`, request.nonce)).toEqual({ request })
    expect(await store.find(did, request.nonce)).toBeUndefined()
    expect(await store.find(`${did}#spring`, newRequest().nonce)).toBeUndefined()
  })

  it('refuses another request under a nonce, and keeps the first', async () => {
    const store = await open()
    const request = newRequest()
    await store.issue(request)
    await expect(store.issue({ ...request, purpose: 'another' })).rejects.toMatchObject({
      code: 'conflict',
      message: 'The nonce stands for another proof request',
    })
    expect(await store.find(audienceName(request.audience), request.nonce)).toEqual({ request })
  })

  it('accepts once; the very same again gets the stored answer, anything else is told that the nonce is used', async () => {
    const store = await open()
    const request = newRequest()
    await store.issue(request)
    const acceptance = acceptanceOf(request)
    const answer = { z: 1, a: ['é', null, 0.1], big: '18446744073709551615' }
    expect(await store.accept(acceptance, async () => answer)).toEqual({ outcome: 'accepted', answer })
    const never = async () => {
      throw new Error('work must not run again')
    }
    const again = await store.accept({ ...acceptance, acceptedAt: NOW + 9 }, never)
    expect(again).toEqual({ outcome: 'retry', answer })
    expect(JSON.stringify('answer' in again && again.answer)).toBe(JSON.stringify(answer))
    expect(await store.accept({ ...acceptance, recipient: 'other' }, never)).toEqual({ outcome: 'nonceUsed' })
    expect(await store.accept({ ...acceptance, presentationHash: 'other' }, never)).toEqual({ outcome: 'nonceUsed' })
    expect(await store.find(acceptance.audience, request.nonce)).toEqual({
      request,
      acceptance: { recipient: 'recipient', presentationHash: 'hash', answer },
    })
  })

  it('knows no nonce that was not issued for the audience', async () => {
    const store = await open()
    const request = newRequest()
    expect(await store.accept(acceptanceOf(request), nothing)).toEqual({ outcome: 'nonceUnknown' })
    await store.issue(request)
    const elsewhere = acceptanceOf(request, { audience: 'did:example:other' })
    expect(await store.accept(elsewhere, nothing)).toEqual({ outcome: 'nonceUnknown' })
  })

  it('takes a replay key once for an audience, purpose and period', async () => {
    const store = await open()
    const key = 21888242871839275222246405745257275088548364400416034343698204186575808495616n
    const accept = async (changes: Partial<Acceptance>, context?: string) => {
      const request = newRequest(context === undefined ? {} : { context })
      await store.issue(request)
      const replay = { period: 'p', keys: [key] }
      return (await store.accept(acceptanceOf(request, { purpose: 'once', replay, ...changes }), nothing)).outcome
    }
    expect(await accept({})).toBe('accepted')
    expect(await accept({})).toBe('replayed')
    expect(await accept({ purpose: 'twice' })).toBe('accepted')
    expect(await accept({ replay: { period: 'q', keys: [key] } })).toBe('accepted')
    expect(await accept({}, 'summer')).toBe('accepted')
    expect(await accept({ replay: { period: 'p', keys: [1n, 1n] } })).toBe('accepted')
    expect(await accept({ replay: { period: 'p', keys: [2n, key] } })).toBe('replayed')
    expect(await accept({ replay: { period: 'p', keys: [2n] } })).toBe('accepted')
    expect(await accept({ replay: { period: 'p', keys: [] } })).toBe('accepted')
  })

  it('does nothing when the work fails: nonce and replay key can be used again', async () => {
    const store = await open()
    const request = newRequest()
    await store.issue(request)
    const acceptance = acceptanceOf(request, { replay: { period: 'p', keys: [7n] } })
    const failure = new Error('the ledger is full')
    await expect(store.accept(acceptance, () => Promise.reject(failure))).rejects.toBe(failure)
    expect(await store.find(acceptance.audience, request.nonce)).toEqual({ request })
    expect(await store.accept(acceptance, nothing)).toEqual({ outcome: 'accepted', answer: null })
  })

  it('does not consume a nonce whose presentation is a replay', async () => {
    const store = await open()
    const [first, second] = [newRequest(), newRequest()]
    await store.issue(first)
    await store.issue(second)
    const shared = { purpose: first.nonce, replay: { period: 'p', keys: [7n] } }
    await store.accept(acceptanceOf(first, shared), nothing)
    expect(await store.accept(acceptanceOf(second, shared), nothing)).toEqual({ outcome: 'replayed' })
    expect(await store.find(audienceName(second.audience), second.nonce)).toEqual({ request: second })
  })

  it('accepts one of many identical presentations at once; the others get its answer', async () => {
    const [here, there] = [await open(), await open()]
    const request = newRequest()
    await here.issue(request)
    let worked = 0
    const work = async () => {
      worked += 1
      await new Promise((resolve) => setTimeout(resolve, 20))
      return { worked }
    }
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, i) => (i % 2 ? here : there).accept(acceptanceOf(request), work)),
    )
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['accepted', ...Array(7).fill('retry')])
    expect(outcomes.every((result) => 'answer' in result && JSON.stringify(result.answer) === '{"worked":1}')).toBe(
      true,
    )
    expect(worked).toBe(1)
  })

  it('accepts one of two different presentations of one nonce at once', async () => {
    const [here, there] = [await open(), await open()]
    const request = newRequest()
    await here.issue(request)
    const outcomes = await Promise.all([
      here.accept(acceptanceOf(request, { presentationHash: 'one' }), nothing),
      there.accept(acceptanceOf(request, { presentationHash: 'two' }), nothing),
    ])
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['accepted', 'nonceUsed'])
  })

  it('takes one of many presentations of one replay key at once, in whatever order they name their keys', async () => {
    const [here, there] = [await open(), await open()]
    const requests = Array.from({ length: 6 }, () => newRequest())
    for (const request of requests) await here.issue(request)
    const outcomes = await Promise.all(
      requests.map((request, i) => {
        const replay = { period: 'p', keys: i % 2 ? [10n, 9n, 8n] : [8n, 9n, 10n] }
        const acceptance = acceptanceOf(request, { purpose: requests[0]!.nonce, replay })
        return (i % 2 ? here : there).accept(acceptance, nothing)
      }),
    )
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['accepted', ...Array(5).fill('replayed')])
  })

  it('forgets requests that expired before a time, and no replay key', async () => {
    const store = await open()
    await store.prune({ unanswered: NOW + 1_000_000, answered: NOW + 1_000_000 })
    const [old, current] = [newRequest({ now: NOW - 1 }), newRequest()]
    await store.issue(old)
    await store.issue(current)
    const replay = { period: 'p', keys: [77n] }
    await store.accept(acceptanceOf(old, { purpose: 'pruned', replay }), nothing)
    expect(await store.prune({ unanswered: NOW, answered: current.expiresAt })).toBe(1)
    expect(await store.find(audienceName(old.audience), old.nonce)).toBeUndefined()
    expect(await store.find(audienceName(current.audience), current.nonce)).toEqual({ request: current })
    const outcome = await store.accept(acceptanceOf(current, { purpose: 'pruned', replay }), nothing)
    expect(outcome).toEqual({ outcome: 'replayed' })
  })

  it('forgets requests that nobody answered sooner than those that were', async () => {
    const store = await open()
    const [answered, unanswered] = [newRequest(), newRequest()]
    await store.issue(answered)
    await store.issue(unanswered)
    await store.accept(acceptanceOf(answered), nothing)
    await store.prune({ unanswered: NOW + 1_000_000, answered: NOW - 1_000_000 })
    expect(await store.find(audienceName(unanswered.audience), unanswered.nonce)).toBeUndefined()
    const kept = await store.find(audienceName(answered.audience), answered.nonce)
    expect(kept?.acceptance).toMatchObject({ answer: null })
  })
}
