import { beforeAll, describe, expect, it } from 'vitest'
import {
  AssayError,
  audienceField,
  BASE_FIELD_ORDER,
  devicePseudonym,
  type ErrorCode,
  ed25519FromDidKey,
  encodeProofRequest,
  errorCodes,
  FIELD_ORDER,
  jwkOf,
  keyThumbprint,
  type PresentationJson,
  type ProofRequest,
  PUBLIC_SIGNALS,
  presentationHash,
  proofRequestJson,
  pseudonym,
  refusalOf,
  signJws,
  toBase64url,
  toField,
} from '../../src/protocol/index.ts'
import { type VerificationResult, type Verifier, verifyPresentation } from '../../src/verifier/index.ts'
import { digest, party, secretOf, signPresentation, testPresentation } from '../shared/proof-fixture.ts'
import {
  compute,
  dapp,
  INTERVAL,
  NOW,
  REGISTRY,
  ramPolicy,
  registry,
  requestOf,
  STEP,
  uptime,
  uptimePolicy,
  verifierOf,
} from './scenario.ts'

const audience = { did: dapp.did }
const resolveKeys = async (did: string) => [ed25519FromDidKey(did)]
/** The first point of the twist outside the subgroup that pairing.test.ts finds: its abscissa is 2 + u. */
const STRANGER = [
  ['2', '1'],
  [
    '7292567877523311580221095596750716176434782432868683424513645834767876293070',
    '19659275751359636165940301690575149581329631496732780143538578556285923319774',
  ],
]
const OTHER_DEVICE = toField('machine:another')

let request: ProofRequest
let presentation: PresentationJson
let pairRequest: ProofRequest
let pair: PresentationJson

beforeAll(async () => {
  request = await requestOf('base')
  presentation = await testPresentation({ request, holder: 'alice', credentials: [compute('alice')], registry })
  pairRequest = await requestOf('pair', { policies: [ramPolicy, uptimePolicy], sameDevice: true })
  const credentials = [compute('alice'), uptime('alice')]
  pair = await testPresentation({ request: pairRequest, holder: 'alice', credentials, registry })
})

type Changes = Partial<Verifier<undefined>>

/** What a fresh verifier, to which `asked` was issued, says to a presentation. */
async function verdict(json: unknown, changes: Changes = {}, asked: readonly ProofRequest[] = [request]) {
  return verifyPresentation({ presentation: json, audience }, await verifierOf(asked, changes))
}

function expectRefusal(
  result: VerificationResult,
  code: ErrorCode,
  detail: object = {},
  message: string = errorCodes[code],
) {
  expect(result).toEqual({ ok: false, code, detail, message })
}

/** The presentation with changes, signed again by its holder: what a cheating holder can send. */
function resigned(change: (copy: PresentationJson) => void, from = presentation): Promise<PresentationJson> {
  const copy = structuredClone(from)
  change(copy)
  return signPresentation(copy, 'alice')
}

type SignalName = (typeof PUBLIC_SIGNALS)[number]

function setSignal(copy: PresentationJson, name: SignalName, value: bigint, proof = 0): void {
  copy.proofs[proof]!.signals[PUBLIC_SIGNALS.indexOf(name)] = String(value)
}

/** A proof of the same statement, made without its witness: A and B negated. */
function malleate({ proofs: [entry] }: PresentationJson): void {
  const negated = (value: string) => String((BASE_FIELD_ORDER - BigInt(value)) % BASE_FIELD_ORDER)
  const { a, b } = entry!.proof
  entry!.proof = { ...entry!.proof, a: [a[0], negated(a[1])], b: [b[0], [negated(b[1][0]), negated(b[1][1])]] }
}

describe('an accepted presentation', () => {
  it('says who presented, under the pseudonym for this audience', async () => {
    const field = audienceField(dapp.did)
    const result = await verdict(presentation)
    expect(result).toMatchObject({
      ok: true,
      retry: false,
      answer: null,
      request,
      pseudonym: pseudonym(secretOf('alice'), field),
      devicePseudonyms: [devicePseudonym(secretOf('alice'), field, compute('alice').device)],
      recipient: presentation.recipient,
      presentationHash: presentationHash(presentation),
    })
    expect(result.ok && Object.values(result.signals[0]!).map(String)).toEqual(presentation.proofs[0]!.signals)
  })

  it('may hold several proofs', async () => {
    const result = await verdict(pair, {}, [pairRequest])
    expect(result).toMatchObject({ ok: true, request: pairRequest })
    expect(result.ok && new Set(result.devicePseudonyms).size).toBe(1)
    expect(result.ok && result.signals).toHaveLength(2)
  })

  it("carries the caller's own work, whose answer a retry gets, even after the request has expired", async () => {
    const verifier = await verifierOf([request])
    let ran = 0
    const input = {
      presentation,
      audience,
      work: async (_: undefined, presented: { pseudonym: bigint }) => {
        ran += 1
        return { for: String(presented.pseudonym) }
      },
    }
    const first = await verifyPresentation(input, verifier)
    const answer = { for: presentation.proofs[0]!.signals[0] }
    expect(first).toMatchObject({ ok: true, retry: false, answer })
    expect(await verifyPresentation(input, verifier)).toEqual({ ...first, retry: true })
    const later = { ...verifier, clock: () => NOW + 1_000_000, roots: () => Promise.reject(new Error('not needed')) }
    expect(await verifyPresentation(input, later)).toEqual({ ...first, retry: true })
    expect(ran).toBe(1)
  })

  it('is accepted once when it arrives many times at once', async () => {
    const verifier = await verifierOf([request])
    const all = await Promise.all(
      Array.from({ length: 4 }, () => verifyPresentation({ presentation, audience }, verifier)),
    )
    expect(all.map((result) => result.ok && result.retry).sort()).toEqual([false, true, true, true])
  })
})

describe('1 shape', () => {
  const malformed: [string, (copy: PresentationJson) => unknown][] = [
    ['no object', () => 'x'],
    ['an unknown member', (copy) => ({ ...copy, extra: 1 })],
    ['another version', (copy) => ({ ...copy, version: 2 })],
    ['no proof', (copy) => ({ ...copy, proofs: [] })],
    ['five proofs', (copy) => ({ ...copy, proofs: Array(5).fill(copy.proofs[0]) })],
    ['a nonce of 31 bytes', (copy) => ({ ...copy, nonce: toBase64url(new Uint8Array(31)) })],
  ]
  it("declined: the holder's refusal in place of a presentation", async () => {
    expectRefusal(await verdict(refusalOf({ nonce: toBase64url(new Uint8Array(32)) })), 'declined')
  })

  it.each(malformed)('malformed: %s', async (_, change) => {
    const result = await verdict(change(presentation))
    expectRefusal(result, 'malformed', {}, expect.stringContaining('The presentation is malformed: ') as never)
  })

  type Entry = PresentationJson['proofs'][number]
  const plus = (text: string, order: bigint) => String(BigInt(text) + order)
  const withSignal =
    (i: number, of: (text: string) => unknown) =>
    ({ proof, signals }: Entry) => {
      return { proof, signals: (signals as unknown[]).with(i, of(signals[i]!)) }
    }
  const withPoint =
    (name: 'a' | 'b' | 'c', of: (point: string[]) => unknown) =>
    ({ proof, signals }: Entry) => {
      return { proof: { ...proof, [name]: of(proof[name] as string[]) }, signals }
    }
  const send = (change: (entry: Entry) => unknown) => {
    return resigned((copy) => {
      copy.proofs = [change(copy.proofs[0]!) as Entry]
    })
  }

  it.each([
    ['a signal of p', withSignal(0, () => String(FIELD_ORDER))],
    ['a signal plus p', withSignal(3, (text) => plus(text, FIELD_ORDER))],
    ['a signal with a leading zero', withSignal(3, (text) => `0${text}`)],
    ['a signal as a number', withSignal(5, Number)],
    ['six signals', ({ proof, signals }: Entry) => ({ proof, signals: signals.slice(1) })],
    ['eight signals', ({ proof, signals }: Entry) => ({ proof, signals: [...signals, '0'] })],
    ['a coordinate of q', withPoint('a', ([, y]) => [String(BASE_FIELD_ORDER), y])],
    ['a coordinate plus q', withPoint('a', ([x, y]) => [plus(x!, BASE_FIELD_ORDER), y])],
    ['a projective point', withPoint('a', (point) => [...point, '1'])],
    ['a missing point', ({ proof: { c: _, ...rest }, signals }: Entry) => ({ proof: rest, signals })],
  ])('proofMalformed: %s', async (_, change) => {
    const sentence = expect.stringContaining('The presentation is malformed: ') as unknown as string
    expectRefusal(await verdict(await send(change)), 'proofMalformed', {}, sentence)
  })

  const zero = ['0', '0']
  it.each([
    ['A off the curve', withPoint('a', () => ['1', '3'])],
    ['A at infinity', withPoint('a', () => zero)],
    ['C off the curve', withPoint('c', () => ['1', '3'])],
    ['C at infinity', withPoint('c', () => zero)],
    ['B off the curve', withPoint('b', ([x, y]) => [y, x])],
    ['B at infinity', withPoint('b', () => [zero, zero])],
    ['B outside the subgroup', withPoint('b', () => STRANGER)],
  ])('proofMalformed: %s', async (_, change) => {
    const sentence = 'A point of the proof is not on its curve or outside the subgroup'
    expectRefusal(await verdict(await send(change)), 'proofMalformed', { proof: 0 }, sentence)
  })
})

describe('2 circuit and key', () => {
  it('circuitMismatch: the presentation names another circuit', async () => {
    const circuit = 'f'.repeat(64)
    const { key } = await verifierOf([])
    const changed = await resigned((copy) => {
      copy.circuit = circuit
    })
    expectRefusal(await verdict(changed), 'circuitMismatch', { circuit, expected: key.circuit })
  })

  it('circuitMismatch: the request names another circuit', async () => {
    const circuit = 'f'.repeat(64)
    const { key } = await verifierOf([])
    const result = await verdict(presentation, {}, [{ ...request, circuit }])
    expectRefusal(result, 'circuitMismatch', { circuit, expected: key.circuit })
  })
})

describe('3 audience', () => {
  it('wrongAudience: a proof for another dapp', async () => {
    const elsewhere = await requestOf('elsewhere', { audience: { did: party('another dapp').did } })
    const credentials = [compute('alice')]
    const foreign = await testPresentation({ request: elsewhere, holder: 'alice', credentials, registry })
    expectRefusal(await verdict(foreign, {}, [request, elsewhere]), 'wrongAudience', { proof: 0 })
  })

  it('wrongAudience: the same DID under a context', async () => {
    const verifier = await verifierOf([request])
    const result = await verifyPresentation({ presentation, audience: { ...audience, context: 'spring' } }, verifier)
    expectRefusal(result, 'wrongAudience', { proof: 0 })
  })
})

describe('4 nonce and challenge', () => {
  it('nonceUnknown', async () => expectRefusal(await verdict(presentation, {}, []), 'nonceUnknown'))

  it('nonceExpired: from a second after expiry plus skew', async () => {
    const last = request.expiresAt + 120
    expect(await verdict(presentation, { clock: () => last })).toMatchObject({ ok: true })
    const late = await verdict(presentation, { clock: () => last + 1 })
    expectRefusal(late, 'nonceExpired', { expiresAt: request.expiresAt, now: last + 1 })
    const strict = { limits: { skewSeconds: 0 }, clock: () => request.expiresAt + 1 }
    expectRefusal(await verdict(presentation, strict), 'nonceExpired', {
      expiresAt: request.expiresAt,
      now: request.expiresAt + 1,
    })
  })

  it('nonceUsed: another presentation under a nonce that was accepted, a malleated proof among them', async () => {
    const verifier = await verifierOf([request])
    await verifyPresentation({ presentation, audience }, verifier)
    const other = await resigned(malleate)
    expectRefusal(await verifyPresentation({ presentation: other, audience }, verifier), 'nonceUsed')
    expect(await verdict(other), 'on its own it verifies').toMatchObject({ ok: true })
  })

  it('nonceUsed: also when both arrive at once', async () => {
    const verifier = await verifierOf([request])
    const both = [presentation, await resigned(malleate)]
    const results = await Promise.all(
      both.map((json) => verifyPresentation({ presentation: json, audience }, verifier)),
    )
    expect(results.map((result) => (result.ok ? 'accepted' : result.code)).sort()).toEqual(['accepted', 'nonceUsed'])
  })

  it('challengeMismatch: a proof for another request of the same dapp', async () => {
    const second = await requestOf('second')
    const moved = await resigned((copy) => {
      copy.nonce = second.nonce
    })
    expectRefusal(await verdict(moved, {}, [request, second]), 'challengeMismatch', { proof: 0 })
  })

  it.each([
    ['purpose', { purpose: 'another' }],
    ['replay rule', { replay: { key: 'pseudonym', period: 'p' } }],
    ['expiry', { expiresAt: NOW + 301 }],
    ['same-device rule', { sameDevice: true }],
  ] as const)('challengeMismatch: a proof for the same request but its %s', async (_, changes) => {
    expectRefusal(await verdict(presentation, {}, [{ ...request, ...changes }]), 'challengeMismatch', { proof: 0 })
  })

  it('challengeMismatch: a proof that someone presents as its recipient', async () => {
    const thief = party('mallory')
    const recipient = keyThumbprint(thief.publicKey)
    const stolen = await signPresentation({ ...presentation, recipient }, 'mallory')
    expectRefusal(await verdict(stolen), 'challengeMismatch', { proof: 0 })
  })
})

describe('5 policy', () => {
  it('policyMismatch: proofs in another order than the policies', async () => {
    const swapped = await resigned((copy) => {
      copy.proofs.reverse()
    }, pair)
    expectRefusal(await verdict(swapped, {}, [pairRequest]), 'policyMismatch', { proof: 0 })
  })

  it('policyMismatch: fewer or more proofs than policies', async () => {
    const fewer = await resigned((copy) => {
      copy.proofs.pop()
    }, pair)
    const message = 'The request asks for 2 proofs, and the presentation holds 1'
    expectRefusal(await verdict(fewer, {}, [pairRequest]), 'policyMismatch', { expected: 2, proofs: 1 }, message)
    const more = await resigned((copy) => {
      copy.proofs.push(copy.proofs[0]!)
    })
    const sentence = 'The request asks for 1 proofs, and the presentation holds 2'
    expectRefusal(await verdict(more), 'policyMismatch', { expected: 1, proofs: 2 }, sentence)
  })
})

describe('6 time', () => {
  it("nowMismatch: a proof of another moment than the request's", async () => {
    const earlier = await resigned((copy) => setSignal(copy, 'now', BigInt(NOW - 1)))
    expectRefusal(await verdict(earlier), 'nowMismatch', { proof: 0 })
  })

  it('nowOffStep: the time is not the end of the step that holds the expiry', async () => {
    const odd = { ...request, now: request.now + 1 }
    const answer = await testPresentation({ request: odd, holder: 'alice', credentials: [compute('alice')], registry })
    const facts = { requestNow: odd.now, stepSeconds: STEP }
    expectRefusal(await verdict(answer, {}, [odd]), 'nowOffStep', facts)
    // a multiple of the step, but a later one
    const later = { ...request, now: request.now + STEP }
    const second = await testPresentation({
      request: later,
      holder: 'alice',
      credentials: [compute('alice')],
      registry,
    })
    expectRefusal(await verdict(second, {}, [later]), 'nowOffStep', { requestNow: later.now, stepSeconds: STEP })
  })

  it('clockSkew: the time lies more than two steps and the skew ahead', async () => {
    const earliest = request.now - 2 * STEP - 120
    const early = await verdict(presentation, { clock: () => earliest - 1 })
    expectRefusal(early, 'clockSkew', { requestNow: request.now, now: earliest - 1 })
  })

  it('requestTooLong: the request lives longer than a step', async () => {
    const earliest = request.expiresAt - STEP - 120
    const roots = async () => ({ ...known, roots: [{ ...current, number: Math.floor(earliest / INTERVAL) }] })
    expect(await verdict(presentation, { roots, clock: () => earliest })).toMatchObject({ ok: true })
    const facts = { expiresAt: request.expiresAt, now: earliest - 1, stepSeconds: STEP }
    expectRefusal(await verdict(presentation, { roots, clock: () => earliest - 1 }), 'requestTooLong', facts)
  })
})

const known = { registry: REGISTRY, intervalSeconds: INTERVAL, stepSeconds: STEP }
const current = { number: NOW / INTERVAL, sub: 0, root: registry.root }

describe('7 registry root', () => {
  const rootsOf = (...roots: (typeof current)[]): Changes => ({ roots: async () => ({ ...known, roots }) })

  it("rootUnknown: a registry of the holder's own making, or none", async () => {
    expectRefusal(await verdict(presentation, rootsOf({ ...current, root: 2n })), 'rootUnknown', { proof: 0 })
    expectRefusal(await verdict(presentation, rootsOf()), 'rootUnknown', { proof: 0 })
  })

  it('rootUnknown: roots of another registry than the request names', async () => {
    const other = toBase64url(digest('another registry'))
    const changes = { roots: async () => ({ ...known, registry: other, roots: [current] }) }
    const sentence = 'The request is for another registry than the one whose roots are known here'
    expectRefusal(
      await verdict(presentation, changes),
      'rootUnknown',
      { registry: REGISTRY, expected: other },
      sentence,
    )
  })

  it('rootSuperseded: once the interval after its own has passed, by the clock and not by what is known', async () => {
    const strict = { limits: { skewSeconds: 0 }, ...rootsOf(current) }
    const lastSecond = NOW + 2 * INTERVAL - 1
    const longer = await requestOf('longer', { lifetimeSeconds: 2 * INTERVAL })
    const answer = await testPresentation({
      request: longer,
      holder: 'alice',
      credentials: [compute('alice')],
      registry,
    })
    expect(await verdict(answer, { ...strict, clock: () => lastSecond }, [longer])).toMatchObject({ ok: true })
    const late = await verdict(answer, { ...strict, clock: () => lastSecond + 1 }, [longer])
    expectRefusal(late, 'rootSuperseded', { proof: 0 })
  })

  it('rootSuperseded: at once after an urgent root', async () => {
    const changes = rootsOf(current, { ...current, sub: 1, root: 2n })
    expectRefusal(await verdict(presentation, changes), 'rootSuperseded', { proof: 0 })
  })
})

describe('8 the proof, and who presents it', () => {
  it.each(['pseudonym', 'devicePseudonym'] as const)('proofInvalid: another %s', async (name) => {
    const forged = await resigned((copy) => setSignal(copy, name, 1n))
    expectRefusal(await verdict(forged), 'proofInvalid', { proof: 0 })
  })

  it('proofInvalid: signals that say what the request wants, put on a proof for another request', async () => {
    const second = await requestOf('second')
    const credentials = [compute('alice')]
    const wanted = await testPresentation({ request: second, holder: 'alice', credentials, registry })
    const forged = await resigned((copy) => {
      copy.nonce = second.nonce
      copy.proofs[0]!.signals = wanted.proofs[0]!.signals
    })
    expectRefusal(await verdict(forged, {}, [second]), 'proofInvalid', { proof: 0 })
  })

  it('proofInvalid: a tampered point, in the second of two proofs', async () => {
    const tampered = await resigned((copy) => {
      copy.proofs[1]!.proof.c = copy.proofs[0]!.proof.c
    }, pair)
    expectRefusal(await verdict(tampered, {}, [pairRequest]), 'proofInvalid', { proof: 1 })
  })

  it('notRecipient: relayed by someone who lacks the session key', async () => {
    const relayed = await signPresentation(presentation, 'mallory')
    expectRefusal(await verdict(relayed), 'notRecipient', { cause: 'signatureInvalid' })
    const garbled = { ...presentation, control: 'x' }
    expectRefusal(await verdict(garbled), 'notRecipient', { cause: 'malformed' })
  })

  it("notRecipient: the recipient's signature for another presentation, nonce or purpose", async () => {
    const sentence = "The recipient's signature is for another presentation"
    const malleated = structuredClone(presentation)
    malleate(malleated)
    expectRefusal(await verdict(malleated), 'notRecipient', {}, sentence)

    const { publicKey, sign } = party('alice')
    const control = async (payload: object, typ = 'assay-recipient+jwt') => ({
      ...presentation,
      control: await signJws({ header: { typ, jwk: jwkOf(publicKey) }, payload, sign }),
    })
    const claims = { nonce: presentation.nonce, presentation: presentationHash(presentation) }
    expect(await verdict(await control(claims))).toMatchObject({ ok: true })
    const otherNonce = { ...claims, nonce: toBase64url(digest('another nonce')) }
    expectRefusal(await verdict(await control(otherNonce)), 'notRecipient', {}, sentence)
    expectRefusal(await verdict(await control({ ...claims, extra: 1 })), 'notRecipient', {}, sentence)
    expectRefusal(await verdict(await control(claims, 'other+jwt')), 'notRecipient', { cause: 'malformed' })
  })

  it('notRecipient: a retry without the session key gets no stored answer', async () => {
    const verifier = await verifierOf([request])
    await verifyPresentation({ presentation, audience }, verifier)
    const relayed = await signPresentation(presentation, 'mallory')
    const result = await verifyPresentation({ presentation: relayed, audience }, verifier)
    expectRefusal(result, 'notRecipient', { cause: 'signatureInvalid' })
  })

  it('pseudonymMismatch: proofs of two holders, who share a session key', async () => {
    const theirs = { request: pairRequest, holder: 'bob', credentials: [compute('bob'), uptime('bob')], registry }
    const bobs = await testPresentation({ ...theirs, session: 'alice' })
    const mixed = await resigned((copy) => {
      copy.proofs[1] = bobs.proofs[1]!
    }, pair)
    expectRefusal(await verdict(mixed, {}, [pairRequest]), 'pseudonymMismatch', { proof: 1 })
  })

  it('deviceMismatch: proofs about two devices, where the request asks for one', async () => {
    const credentials = [compute('alice'), uptime('alice', OTHER_DEVICE)]
    const two = await testPresentation({ request: pairRequest, holder: 'alice', credentials, registry })
    expectRefusal(await verdict(two, {}, [pairRequest]), 'deviceMismatch', { proof: 1 })
    const apart = await requestOf('pair', { policies: [ramPolicy, uptimePolicy] })
    const answer = await testPresentation({ request: apart, holder: 'alice', credentials, registry })
    expect(await verdict(answer, {}, [apart])).toMatchObject({ ok: true })
  })
})

describe('9 nonce and replay', () => {
  const once = (key: 'pseudonym' | 'devicePseudonym') => ({ replay: { key, period: '2027-W03' } })
  async function present(name: string, key: 'pseudonym' | 'devicePseudonym', device?: bigint) {
    const asked = await requestOf(name, { policies: [uptimePolicy], ...once(key) })
    const credentials = [uptime('alice', device)]
    return { asked, json: await testPresentation({ request: asked, holder: 'alice', credentials, registry }) }
  }

  it('replayed: a pseudonym again in one period, under a fresh nonce and by whatever device', async () => {
    const first = await present('replay 1', 'pseudonym')
    const second = await present('replay 2', 'pseudonym', OTHER_DEVICE)
    const verifier = await verifierOf([first.asked, second.asked])
    expect(await verifyPresentation({ presentation: first.json, audience }, verifier)).toMatchObject({ ok: true })
    expectRefusal(await verifyPresentation({ presentation: second.json, audience }, verifier), 'replayed')
  })

  it('replayed: a device again in one period; another device of the holder is accepted', async () => {
    const first = await present('replay 3', 'devicePseudonym')
    const again = await present('replay 4', 'devicePseudonym')
    const other = await present('replay 5', 'devicePseudonym', OTHER_DEVICE)
    const verifier = await verifierOf([first.asked, again.asked, other.asked])
    expect(await verifyPresentation({ presentation: first.json, audience }, verifier)).toMatchObject({ ok: true })
    expectRefusal(await verifyPresentation({ presentation: again.json, audience }, verifier), 'replayed')
    expect(await verifyPresentation({ presentation: other.json, audience }, verifier)).toMatchObject({ ok: true })
  })
})

describe('a request that comes signed', () => {
  it('is verified for whichever audience signed it, and its nonce counts there', async () => {
    const verifier = await verifierOf([], { resolveKeys })
    const signedRequest = await encodeProofRequest(request, dapp.sign)
    expect(await verifyPresentation({ presentation, signedRequest }, verifier)).toMatchObject({
      ok: true,
      retry: false,
    })
    expect(await verifyPresentation({ presentation, signedRequest }, verifier)).toMatchObject({ ok: true, retry: true })
    const other = await resigned(malleate)
    expectRefusal(await verifyPresentation({ presentation: other, signedRequest }, verifier), 'nonceUsed')
  })

  it('nonceUnknown: the presentation answers another request', async () => {
    const verifier = await verifierOf([request], { resolveKeys })
    const signedRequest = await encodeProofRequest(await requestOf('second'), dapp.sign)
    expectRefusal(await verifyPresentation({ presentation, signedRequest }, verifier), 'nonceUnknown')
  })

  it('nonceUsed: its audience used the nonce for another request', async () => {
    const verifier = await verifierOf([{ ...request, purpose: 'another' }], { resolveKeys })
    const signedRequest = await encodeProofRequest(request, dapp.sign)
    expectRefusal(await verifyPresentation({ presentation, signedRequest }, verifier), 'nonceUsed')
  })

  it('takes nothing into the store before the proof has verified', async () => {
    const verifier = await verifierOf([], { resolveKeys })
    const signedRequest = await encodeProofRequest(request, dapp.sign)
    const forged = await resigned((copy) => setSignal(copy, 'pseudonym', 1n))
    const result = await verifyPresentation({ presentation: forged, signedRequest }, verifier)
    expectRefusal(result, 'proofInvalid', { proof: 0 })
    expect(await verifier.store.find(dapp.did, request.nonce)).toBeUndefined()
  })

  it('audienceNotSigned, signatureInvalid, malformed: the request itself is refused', async () => {
    const verifier = await verifierOf([], { resolveKeys })
    const stranger = party('a stranger')
    const harvest = await signJws({
      header: { typ: 'assay-proof-request+jwt', kid: stranger.did },
      payload: { iss: stranger.did, ...proofRequestJson(request) },
      sign: stranger.sign,
    })
    const sentence = `The proof request for ${dapp.did} is signed by ${stranger.did}`
    const detail = { signer: stranger.did }
    expectRefusal(
      await verifyPresentation({ presentation, signedRequest: harvest }, verifier),
      'audienceNotSigned',
      detail,
      sentence,
    )
    const forged = await encodeProofRequest(request, stranger.sign)
    expectRefusal(await verifyPresentation({ presentation, signedRequest: forged }, verifier), 'signatureInvalid')
    const result = await verifyPresentation({ presentation, signedRequest: 'x' }, verifier)
    expectRefusal(result, 'malformed', {}, 'The text is not a compact JWS signed with EdDSA')
  })
})

describe('what is no judgement on the presentation is thrown', () => {
  it('and leaves the nonce unused: roots that cannot be had, work that fails', async () => {
    const verifier = await verifierOf([request])
    const unavailable = new AssayError('unavailable', 'The registry cannot be reached')
    const cut = { ...verifier, roots: () => Promise.reject(unavailable) }
    await expect(verifyPresentation({ presentation, audience }, cut)).rejects.toBe(unavailable)
    const failure = new AssayError('firstEpochFixed')
    const work = () => Promise.reject(failure)
    await expect(verifyPresentation({ presentation, audience, work }, verifier)).rejects.toBe(failure)
    expect(await verifyPresentation({ presentation, audience }, verifier)).toMatchObject({ ok: true, retry: false })
  })

  it('a DID that does not resolve now, and a verifier without a resolver', async () => {
    const signedRequest = await encodeProofRequest(request, dapp.sign)
    const unresolvable = new AssayError('didUnresolvable', 'It does not resolve here')
    const without = await verifierOf([], { resolveKeys: () => Promise.reject(unresolvable) })
    await expect(verifyPresentation({ presentation, signedRequest }, without)).rejects.toBe(unresolvable)
    await expect(verifyPresentation({ presentation, signedRequest }, await verifierOf([]))).rejects.toMatchObject({
      code: 'internal',
      message: 'A signed request needs a DID resolver',
    })
  })
})

it('the checks come in their order: of a presentation that fails them all, each refusal names the next', async () => {
  const wrong = await signPresentation(structuredClone(pair), 'mallory')
  wrong.circuit = 'f'.repeat(64)
  wrong.nonce = toBase64url(digest('an unknown nonce'))
  const numbered = () => ['1', '2', '3', '4', '5', '6', '7'] as PresentationJson['proofs'][number]['signals']
  for (const { signals } of wrong.proofs) signals[6] = String(FIELD_ORDER)
  const right =
    (...names: SignalName[]) =>
    () => {
      for (const [i, { signals }] of pair.proofs.entries()) {
        for (const name of names) setSignal(wrong, name, BigInt(signals[PUBLIC_SIGNALS.indexOf(name)]!), i)
      }
    }
  const verifier = await verifierOf([pairRequest])
  let clock = NOW + 1_000_000
  const set = (changes: Partial<PresentationJson>) => () => Object.assign(wrong, changes)
  const setClock = (now: number) => () => {
    clock = now
  }
  const repairs: [ErrorCode, () => unknown][] = [
    ['proofMalformed', set({ proofs: pair.proofs.map(({ proof }) => ({ proof, signals: numbered() })) })],
    ['circuitMismatch', set({ circuit: pair.circuit })],
    ['wrongAudience', right('audience')],
    ['nonceUnknown', set({ nonce: pair.nonce })],
    ['nonceExpired', setClock(NOW - 1_000_000)],
    ['challengeMismatch', right('challenge')],
    ['policyMismatch', right('policy')],
    ['nowMismatch', right('now')],
    ['clockSkew', setClock(NOW - 3500)],
    ['requestTooLong', setClock(NOW)],
    ['rootUnknown', right('registryRoot')],
    ['proofInvalid', right('pseudonym', 'devicePseudonym')],
    ['notRecipient', async () => Object.assign(wrong, await signPresentation(wrong, 'alice'))],
  ]
  for (const [code, repair] of repairs) {
    const result = await verifyPresentation({ presentation: wrong, audience }, { ...verifier, clock: () => clock })
    expect(result.ok || result.code).toBe(code)
    await repair()
  }
  const result = await verifyPresentation({ presentation: wrong, audience }, { ...verifier, clock: () => clock })
  expect(result).toMatchObject({ ok: true })
})
