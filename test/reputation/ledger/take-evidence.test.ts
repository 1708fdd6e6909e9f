import { afterAll, describe, expect, it } from 'vitest'
import {
  CREDENTIAL_TYP,
  claimOf,
  deviceBinding,
  endOfStep,
  keyThumbprint,
  openProofRequest,
  type PresentationJson,
  parseCredential,
  roundUpToStep,
  sourceDevice,
  UPTIME,
  verifyJws,
} from '../../../src/protocol/index.ts'
import {
  fullScore,
  type JoinProposal,
  proposeRequest,
  reputationClaims,
  takeEvidence,
  uptimePolicy,
  verifyScoreSummary,
  zEvidenceAnswer,
} from '../../../src/reputation/index.ts'
import { openDatabase } from '../../../src/storage/open-database.ts'
import { createProofRequest } from '../../../src/verifier/index.ts'
import { describeOnEachDatabase, freshFolder } from '../../shared/databases.ts'
import { party, secretOf, signPresentation, testPresentation } from '../../shared/proof-fixture.ts'
import { spawnScript } from '../../shared/spawn-script.ts'
import {
  by,
  compute,
  EPOCH,
  FIRST_JOIN,
  LATER_JOIN,
  ledgerOn,
  NOW,
  REGISTRY,
  registry,
  reputation,
  resolveKeys,
  STEP,
  storedLedger,
  type TestLedger,
  uptime,
  uptimeProposal,
} from './world.ts'

const OTHER_JOIN: JoinProposal = { joinEpoch: EPOCH - 2, inheritedSilence: 0 }

const session = keyThumbprint(party('alice').publicKey)

/** Asks for one epoch of uptime beside hardware, and answers with real proofs. */
async function prove(service: TestLedger, epoch: number, join?: JoinProposal): Promise<PresentationJson> {
  const request = await openProofRequest(await proposeRequest(service, uptimeProposal(epoch, join)), resolveKeys)
  return testPresentation({
    request,
    holder: 'alice',
    credentials: [compute('alice'), uptime('alice', epoch)],
    registry,
  })
}

const wish = {
  holder: party('alice at reputation').did,
  binding: String(deviceBinding(secretOf('alice'), sourceDevice(reputation.did))),
}

describeOnEachDatabase('taking evidence', (open) => {
  it('takes a presentation once, answers retries alike, and refuses all else with its code', async () => {
    const database = await open()
    const service = await ledgerOn(database, 'evidence')
    const other = await ledgerOn(await open(), 'another process')
    other.at = service.at
    const presentation = await prove(service, EPOCH - 3, FIRST_JOIN)
    const take = (changes: Partial<Parameters<typeof takeEvidence>[1]> = {}, by = service) => {
      return takeEvidence(by, { presentation, session, ...changes })
    }

    // what is refused leaves nothing behind
    await expect(take({ session: 'someone else' })).rejects.toMatchObject({
      code: 'notRecipient',
      message: 'The delivery is not signed by the session key that presents',
    })
    const known = await service.verifier.roots()
    const urgent = { ...known, roots: [...known.roots, { ...known.roots[0]!, sub: 1, root: 1n }] }
    const elsewhere = { ...service.verifier, roots: async () => urgent }
    await expect(take({}, { ...service, verifier: elsewhere })).rejects.toMatchObject({ code: 'rootSuperseded' })
    // the root of the interval before still counts, and yet no device joins: nothing confirms the clock
    const before = { ...known, roots: known.roots.map((root) => ({ ...root, number: root.number - 1 })) }
    const unconfirmed = { ...service.verifier, roots: async () => before, limits: { skewSeconds: 30 } }
    await expect(take({}, { ...service, verifier: unconfirmed })).rejects.toMatchObject({
      code: 'registryStale',
      message: "No device joins while the service's clock and the newest root's differ",
    })
    const stranger = party('another service')
    await expect(take({}, { ...service, ...stranger })).rejects.toMatchObject({ code: 'wrongAudience' })
    const late = { ...service.verifier, clock: () => NOW + 10_000 }
    await expect(take({}, { ...service, verifier: late })).rejects.toMatchObject({ code: 'nonceExpired' })
    const pseudonym = BigInt(presentation.proofs[0]!.signals[0]!)
    expect((await storedLedger(service, pseudonym)).entries).toEqual([])

    // the same twice at once, at two processes
    const [first, second] = await Promise.all([take(), take({}, other)])
    expect([first.retry, second.retry].sort()).toEqual([false, true])
    expect(second.answer).toEqual(first.answer)
    expect(zEvidenceAnswer.parse(first.answer)).toEqual(first.answer)
    expect(first.answer).toMatchObject({
      pseudonym: String(pseudonym),
      score: { t: NOW, firstEpoch: EPOCH - 3, joinEpoch: EPOCH - 3 },
    })
    const ledger = await storedLedger(service, pseudonym)
    expect(ledger.entries.map(({ kind }) => kind).sort()).toEqual(['hardware', 'join', 'uptime'])
    const { signature, ...summary } = first.answer.score
    expect(await verifyScoreSummary(first.answer.score, by)).toEqual(summary)
    expect(summary.score).toBe(fullScore(ledger, NOW).score)
    expect(summary.evidenceHours).toBeGreaterThan(0)

    // retries get it unchanged, even when the request has long expired, and whatever they ask for
    service.at.now = NOW + 100_000
    expect(await take({ credential: wish }, other)).toEqual({ retry: true, answer: first.answer })
    await expect(take({ session: 'someone else' })).rejects.toMatchObject({ code: 'notRecipient' })
    service.at.now = NOW

    // anything else under that nonce
    const resigned = await signPresentation(
      { ...presentation, recipient: keyThumbprint(party('mallory').publicKey) },
      'mallory',
    )
    await expect(take({ presentation: resigned })).rejects.toMatchObject({ code: 'nonceUsed' })

    // the same epoch again, and another joining, under nonces of their own
    await expect(take({ presentation: await prove(service, EPOCH - 3, FIRST_JOIN) })).rejects.toMatchObject({
      code: 'replayed',
      message: 'This pseudonym or device has been accepted for this purpose and period already.',
    })
    await expect(take({ presentation: await prove(service, EPOCH - 2, OTHER_JOIN) })).rejects.toMatchObject({
      code: 'firstEpochFixed',
      detail: FIRST_JOIN,
    })

    // a policy that is not in the list, though the service itself issued it
    const alone = createProofRequest(
      {
        audience: { did: service.did },
        purpose: 'reputation/uptime',
        policies: [uptimePolicy({ epoch: EPOCH - 2, rungMicro: 990_000 })],
        circuit: service.verifier.key.circuit,
        registry: REGISTRY,
      },
      { now: NOW, stepSeconds: STEP, randomBytes: service.randomBytes },
    )
    await service.verifier.store.issue(alone)
    const answer = { request: alone, holder: 'alice', credentials: [uptime('alice', EPOCH - 2)], registry }
    await expect(take({ presentation: await testPresentation(answer) })).rejects.toMatchObject({
      code: 'policyNotAccepted',
      message: "Uptime counts only beside a proof of the same device's hardware",
    })
    expect(alone.policies[0]!.schema).toBe(UPTIME)
    expect(await storedLedger(service, pseudonym)).toEqual(ledger)

    // the score as a credential, once, however often the answer is asked for
    const asking = { presentation: await prove(service, EPOCH - 2), credential: wish }
    const issued = await take(asking)
    const again = await take(asking, other)
    expect(again).toEqual({ retry: true, answer: issued.answer })
    const { payload } = await verifyJws(issued.answer.credential!, {
      typ: CREDENTIAL_TYP,
      publicKey: party('reputation').publicKey,
    })
    const credential = parseCredential(payload)
    expect(credential).toMatchObject({
      issuer: reputation.did,
      holder: wish.holder,
      subject: pseudonym,
      device: sourceDevice(reputation.did),
      binding: BigInt(wish.binding),
      issuedAt: NOW + 1,
      expiresAt: roundUpToStep(NOW + 1 + 7 * 86_400, STEP),
    })
    const { claims, sources } = reputationClaims(fullScore(await storedLedger(service, pseudonym), NOW + 1))
    expect(credential).toMatchObject({ claims, sources })
    expect(Number(claimOf(credential, 'score'))).toBe(issued.answer.score.score)
  })

  it('signs requests for its own audience, for what can be accepted', async () => {
    const service = await ledgerOn(await open(), 'proposals')
    const request = await openProofRequest(await proposeRequest(service, uptimeProposal(EPOCH - 3)), resolveKeys)
    expect(request).toMatchObject({
      audience: { did: service.did },
      purpose: 'reputation/uptime',
      replay: { key: 'devicePseudonym', period: `epoch/${EPOCH - 3}` },
      sameDevice: true,
      now: endOfStep(NOW + 300, STEP),
      expiresAt: NOW + 300,
    })
    expect(await service.verifier.store.find(service.did, request.nonce)).toEqual({ request })
    await expect(proposeRequest(service, uptimeProposal(EPOCH))).rejects.toMatchObject({ code: 'epochOpen' })
    const joining = await openProofRequest(
      await proposeRequest(service, uptimeProposal(EPOCH - 3, LATER_JOIN)),
      resolveKeys,
    )
    expect(joining.purpose).toBe(`reputation/join/${EPOCH + 1}`)
    for (const joinEpoch of [EPOCH - 4, EPOCH + 2]) {
      await expect(proposeRequest(service, uptimeProposal(EPOCH - 1, { joinEpoch }))).rejects.toMatchObject({
        code: 'joinInvalid',
        detail: { earliest: EPOCH - 3, latest: EPOCH + 1 },
      })
    }
    const counts = { completed: 1, failed: 0, disputed: 0, ratingSum: null, ratingCount: 0 }
    const week = Math.floor(EPOCH / 7)
    const jobs = { marketplace: 'market', week, firstWeek: week, counts }
    await expect(proposeRequest(service, { kind: 'jobs', jobs })).rejects.toMatchObject({
      code: 'epochOpen',
      message: 'The week has not closed yet',
    })
  })
})

describe('the ledger of a service that is killed', () => {
  const folder = freshFolder()
  afterAll(async () => (await folder).remove())

  it('has all that was acknowledged, and answers it again alike', async () => {
    const { target } = await folder
    const before = await openDatabase(target)
    // the names of the test above: its proofs are made already
    const service = await ledgerOn(before, 'evidence')
    const presentations = [await prove(service, EPOCH - 3, FIRST_JOIN)]
    await prove(service, EPOCH - 3, FIRST_JOIN)
    await prove(service, EPOCH - 2, OTHER_JOIN)
    service.randomBytes(32)
    presentations.push(await prove(service, EPOCH - 2))
    await before.close()

    const script = new URL('evidence-taker.ts', import.meta.url)
    const { child, lines, kill } = spawnScript(script, target.dataFolder, session)
    child.stdin!.end(`${JSON.stringify(presentations)}\n`)
    const acknowledged = [(await lines.next()).value as string]
    await kill('SIGKILL')
    for await (const line of lines) acknowledged.push(line)
    expect(acknowledged[0]).toContain('"pseudonym"')

    const database = await openDatabase(target)
    const restarted = await ledgerOn(database, 'restarted')
    for (const [i, presentation] of presentations.entries()) {
      const { retry, answer } = await takeEvidence(restarted, { presentation, session })
      if (i >= acknowledged.length) continue
      expect(retry).toBe(true)
      expect(JSON.stringify(answer)).toBe(acknowledged[i])
    }
    const ledger = await storedLedger(restarted, BigInt(presentations[0]!.proofs[0]!.signals[0]!))
    expect(ledger.entries.filter(({ kind }) => kind === 'uptime')).toHaveLength(2)
    await database.close()
  })
})
