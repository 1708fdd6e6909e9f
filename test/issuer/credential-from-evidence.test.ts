import { beforeAll, describe, expect, it } from 'vitest'
import { hardwareClaims, receiptsRoot, slotsOfEpoch } from '../../src/evidence/index.ts'
import {
  credentialFromHeartbeats,
  credentialFromInspection,
  credentialFromMeasurement,
  findDevices,
  type IssuedCredential,
  issueClaims,
  issueFromEvidence,
  revokeCredential,
  takeCommitment,
  takeOpenings,
} from '../../src/issuer/index.ts'
import {
  COMPUTE,
  CREDENTIAL_TYP,
  claimOf,
  claimSchema,
  HARDWARE,
  nameClaims,
  nameSources,
  parseCredential,
  REPUTATION,
  sourceDevice,
  sourceOf,
  statedClaims,
  UPTIME,
  verifyJws,
} from '../../src/protocol/index.ts'
import { createChallengeStore, createHeartbeatStore } from '../../src/storage/evidence-store.ts'
import { createIssuerStore } from '../../src/storage/issuer-store.ts'
import { issuedCredentials, statusEntries } from '../../src/storage/schema/issuer.ts'
import { describeOnEachDatabase } from '../shared/databases.ts'
import {
  answerOf,
  challengeFor,
  consentOf,
  DAY,
  EPOCH,
  gpuOf,
  holder,
  issueRequest,
  issuerOf,
  JOBS,
  type Machine,
  machine,
  NOW,
  passChallenge,
  person,
  randomBytes,
  receiptsOf,
  releaseOf,
  requestOf,
  resolveKeys,
} from './fixture.ts'

const issuer = issuerOf('issuer')
const uptimeIssuer = issuerOf('uptime issuer')
const monitor = person('monitor')
const settings = { slotSeconds: DAY / 20, slotsPerEpoch: 20, replyWindowMs: 2000 }

/** Claims that a service observed itself: source `measured`, where the schema has a claim. */
function measured(schema: string, values: bigint[]) {
  const { claims } = claimSchema(schema)
  const stated = claims.flatMap((definition, slot) => {
    return definition === null ? [] : [[definition.name, { value: values[slot]!, source: 'measured' }] as const]
  })
  return statedClaims(schema, Object.fromEntries(stated))
}

async function payloadOf({ jwt }: IssuedCredential, by = issuer) {
  const [publicKey] = await resolveKeys(by.did)
  const { payload } = await verifyJws(jwt, { typ: CREDENTIAL_TYP, publicKey: publicKey! })
  return { credential: parseCredential(payload), notes: payload.evidence as { type: string; description: string }[] }
}

describeOnEachDatabase('credentials from evidence', (open) => {
  let effects: Parameters<typeof issueFromEvidence>[0]
  let heartbeats: ReturnType<typeof createHeartbeatStore>
  let database: Awaited<ReturnType<typeof open>>

  beforeAll(async () => {
    database = await open()
    heartbeats = createHeartbeatStore(database.db)
    const store = createIssuerStore(database)
    const challenges = createChallengeStore(database.db)
    effects = {
      issuer,
      store,
      randomBytes,
      resolveKeys,
      challenges,
      uptime: heartbeats,
      settings,
      monitor: monitor.did,
    }
  })

  /** Measures a machine for a holder: a fresh real challenge, then the credential. */
  async function measure(who: string, what: Machine, now = NOW, release?: unknown, within = effects) {
    const request = await requestOf(holder(who), what, within.issuer, now)
    const challenge = await passChallenge(what, { now })
    const epoch = Math.floor(now / DAY)
    return credentialFromMeasurement(within, request, { report: what.report, challenge, epoch, release })
  }
  const recordOf = (device: bigint) => effects.store.transaction((tx) => tx.lockDevice(device))

  describe('inspection', () => {
    it('gives self-reported claims, which are called so, and leaves the register alone', async () => {
      const what = machine('inspected')
      const request = await requestOf(holder('h'), what, issuer)
      const { credential, notes } = await payloadOf(
        await credentialFromInspection(effects, request, what.report, { schema: COMPUTE }),
      )
      expect(credential.schema).toBe(COMPUTE)
      expect(nameClaims(COMPUTE, credential.claims)).toMatchObject({ ramMiB: '15360', cores: '8', gops: '0' })
      expect(nameSources(COMPUTE, credential.sources)).toEqual({ ramMiB: 'selfReported', cores: 'selfReported' })
      expect(notes).toEqual([
        {
          type: 'SelfReportedInspection',
          description:
            "Claims of source selfReported are what the machine's own agent stated. Nobody measured or attested them.",
        },
      ])
      expect(await recordOf(what.device)).toBeUndefined()
    })

    it('gives hardware/1 for the GPUs of each model, of the weakest one’s values', async () => {
      const gpus = [
        gpuOf(1),
        gpuOf(2, { powerLimitW: 350 }),
        gpuOf(3, { name: 'Some other card', computeCapability: 75 }),
      ]
      const what = machine('rig', 'rig', gpus)
      const ask = async (model: bigint) => {
        const request = await requestOf(holder('h'), what, issuer)
        return payloadOf(await credentialFromInspection(effects, request, what.report, { schema: HARDWARE, model }))
      }
      const { credential } = await ask(hardwareClaims(what.report)[0]!.model)
      expect(nameClaims(HARDWARE, credential.claims)).toMatchObject({
        gpuCount: '2',
        powerLimitW: '350',
        vramMiB: '23552',
      })
      expect(new Set(credential.sources)).toEqual(new Set([0, 1]))
      const { credential: unknown } = await ask(0n)
      expect(nameClaims(HARDWARE, unknown.claims)).toMatchObject({ model: '0', gpuCount: '1' })
      expect(unknown.statusIndex).not.toBe(credential.statusIndex)
      await expect(ask(4711n)).rejects.toMatchObject({ code: 'evidenceRejected' })
    })

    it('is refused where the operator issues nothing on self-reports alone', async () => {
      const strict = { ...effects, issuer: issuerOf('issuer', { allowSelfReported: false }) }
      const what = machine('inspected')
      const request = await requestOf(holder('h'), what, issuer)
      const asked = credentialFromInspection(strict, request, what.report, { schema: COMPUTE })
      await expect(asked).rejects.toMatchObject({ code: 'selfReportedRefused' })
      await expect(measure('h', machine('measured strictly'), NOW, undefined, strict)).resolves.toMatchObject({
        retry: false,
      })
    })

    it('refuses a report of another device, and one without the agent’s consent', async () => {
      const what = machine('inspected')
      const request = await requestOf(holder('h'), what, issuer)
      await expect(
        credentialFromInspection(effects, request, machine('another').report, { schema: COMPUTE }),
      ).rejects.toMatchObject({
        code: 'evidenceRejected',
        message: 'The evidence is about another device than the request',
      })
      const other = await requestOf(holder('someone'), what, issuer)
      await expect(
        credentialFromInspection(effects, { ...request, consent: other.consent }, what.report, { schema: COMPUTE }),
      ).rejects.toMatchObject({
        code: 'unauthorized',
        message: 'The agent consents to another holder than the request names',
      })
    })

    it('leaves out the GPU that the catalogue contradicts, and no other', async () => {
      const what = machine('rig with a fake', 'rig with a fake', [gpuOf(4), gpuOf(5, { memoryMiB: 81_920 })])
      const { model, members } = hardwareClaims(what.report)[0]!
      expect(members).toEqual([gpuOf(4).member])
      const request = await requestOf(holder('h'), what, issuer)
      const issued = await credentialFromInspection(effects, request, what.report, { schema: HARDWARE, model })
      expect(claimOf((await payloadOf(issued)).credential, 'gpuCount')).toBe(1n)
    })
  })

  describe('measurement', () => {
    it('gives compute/1 with the proved lower bound, says what was measured, and registers the device', async () => {
      const what = machine('measured')
      const { credential, notes } = await payloadOf(await measure('h', what))
      // 2·2·64³ operations in 2 ms
      expect(nameClaims(COMPUTE, credential.claims)).toMatchObject({ ramMiB: '15360', gops: '0', cores: '8' })
      const sources = { gops: 'measured', ramMiB: 'selfReported', cores: 'selfReported' }
      expect(nameSources(COMPUTE, credential.sources)).toEqual(sources)
      expect(notes.map(({ type }) => type)).toEqual(['TimedMatrixChallenge', 'SelfReportedInspection'])
      expect(notes[0]!.description).toContain('at least 524 million integer operations a second')
      expect(notes[0]!.description).toContain('not a GPU')
      expect(await recordOf(what.device)).toEqual({
        device: what.device,
        binding: holder('h').for(issuer, what.device).binding,
        agentKey: what.agent.hex,
        ...{ generation: 0, firstEpoch: EPOCH, inheritedSilence: 0, source: 2, boundAt: NOW, seenAt: NOW },
      })
    })

    it('registers the machine’s GPUs as its members, and says nothing of them', async () => {
      const what = machine('rig to measure', 'rig to measure', [gpuOf(6), gpuOf(7, { memoryMiB: 81_920 })])
      const { credential } = await payloadOf(await measure('h', what))
      expect(credential.schema).toBe(COMPUTE)
      const { did } = holder('h').for(issuer, what.device)
      const { devices } = await findDevices(effects.store, {
        issuer: issuer.did,
        holder: did,
        members: [gpuOf(6).member],
      })
      expect(devices).toEqual([
        { device: String(what.device), generation: 0, members: [{ id: gpuOf(6).member }], seenAt: NOW },
      ])
      const stranger = { issuer: issuer.did, holder: holder('s').for(issuer, what.device).did, members: [] }
      expect(await findDevices(effects.store, stranger)).toEqual({ devices: [] })
    })

    it('revokes what named a GPU that went to another machine', async () => {
      const before = machine('old rig', 'old rig', [gpuOf(8), gpuOf(9)])
      await measure('h', before)
      const { model } = hardwareClaims(before.report)[0]!
      const part = { schema: HARDWARE, model } as const
      const named = await credentialFromInspection(
        effects,
        await requestOf(holder('h'), before, issuer),
        before.report,
        part,
      )
      await measure('h', machine('new rig', 'new rig', [gpuOf(8)]), NOW + 1)
      const entry = await effects.store.transaction((tx) =>
        tx.lockStatusPlace({ list: named.list, index: named.statusIndex }),
      )
      expect(entry?.revocation).toMatchObject({ by: issuer.did, reason: expect.stringContaining(gpuOf(8).member) })
      // the old rig goes on with what it has left, under another index
      const left = machine('old rig', 'old rig', [gpuOf(9)])
      const renewed = await credentialFromInspection(
        effects,
        await requestOf(holder('h'), left, issuer),
        left.report,
        part,
      )
      expect(renewed.statusIndex).not.toBe(named.statusIndex)
    })

    it('takes a release once', async () => {
      const sold = machine('sold twice')
      await measure('seller', sold, NOW - 9 * DAY)
      const seller = holder('seller').for(issuer, sold.device)
      const buyer = holder('buyer').for(issuer, sold.device)
      const there = { issuer: issuer.did, device: sold.device, from: seller.binding, to: buyer.binding }
      const release = await releaseOf(seller, there, NOW)
      const taken = machine('sold twice', "the buyer's own")
      await measure('buyer', taken, NOW, release)
      const back = { ...there, from: buyer.binding, to: seller.binding }
      const returned = machine('sold twice', "the seller's other")
      await measure('seller', returned, NOW + 60, await releaseOf(buyer, back, NOW + 60))
      // older than the binding that it would end, and used
      await expect(measure('buyer', taken, NOW + 120, release)).rejects.toMatchObject({ code: 'deviceBound' })
    })

    it('is refused to a holder whose credential was revoked for cause, until that is lifted', async () => {
      const what = machine('barred')
      const { id } = await measure('h', what)
      const by = person('operator').did
      await revokeCredential(
        effects.store,
        { issuer: issuer.did, credentialId: id, reason: 'a lie', by, cause: true },
        NOW,
      )
      await expect(measure('h', what, NOW + 1)).rejects.toMatchObject({ code: 'deviceRevoked' })
      expect(await effects.store.transaction((tx) => tx.liftBars(what.device))).toBe(1)
      // the index stays revoked
      await expect(measure('h', what, NOW + 2)).rejects.toMatchObject({ code: 'revoked' })
    })

    it('ends older generations of the agent key', async () => {
      const old = machine('rented out')
      await measure('h', old)
      const renewed = machine('rented out', 'rented out, second key', [], 1)
      await measure('h', renewed, NOW + 1)
      expect(await recordOf(old.device)).toMatchObject({
        generation: 1,
        agentKey: renewed.agent.hex,
        firstEpoch: EPOCH,
      })
      await expect(measure('h', old, NOW + 2)).rejects.toMatchObject({
        code: 'generationStale',
        detail: { generation: 1 },
      })
    })

    it('refuses a failed challenge, naming what failed', async () => {
      const what = machine('liar')
      const request = await requestOf(holder('h'), what, issuer)
      const challenge = await passChallenge(what, { lie: true })
      await expect(
        credentialFromMeasurement(effects, request, { report: what.report, challenge, epoch: EPOCH }),
      ).rejects.toMatchObject({
        code: 'challengeFailed',
        message: expect.stringMatching(
          /^The challenge was failed: The opened row \d+ of layer \d is not the product that was asked for$/,
        ),
      })
    })

    it('refuses a challenge of another device, of another agent key, or not answered to the end', async () => {
      const what = machine('measured badly')
      const request = await requestOf(holder('h'), what, issuer)
      const claim = (challenge: Awaited<ReturnType<typeof passChallenge>>) =>
        credentialFromMeasurement(effects, request, { report: what.report, challenge, epoch: EPOCH })
      const refusal = {
        code: 'evidenceRejected',
        message: 'The challenge was passed for another device or by another agent key',
      }
      await expect(claim(await passChallenge(machine('another')))).rejects.toMatchObject(refusal)
      const passed = await passChallenge({ ...what, agent: person('another') })
      await expect(claim(passed)).rejects.toMatchObject(refusal)
      const { result: _, ...open_ } = await passChallenge(what)
      const unfinished = { ...open_, status: 'committed' as const }
      await expect(
        credentialFromMeasurement(effects, request, { report: what.report, challenge: unfinished, epoch: EPOCH }),
      ).rejects.toMatchObject({ code: 'evidenceRejected', message: 'The challenge has not been answered to the end' })
    })

    it('counts for an hour, to the second', async () => {
      const what = machine('measured long ago')
      const challenge = await passChallenge(what)
      const claim = async (now: number) => {
        const request = await requestOf(holder('h'), what, issuer, now)
        return credentialFromMeasurement(effects, request, { report: what.report, challenge, epoch: EPOCH })
      }
      await expect(claim(NOW + 3601)).rejects.toMatchObject({
        code: 'expired',
        message: 'The measurement is older than 3600 seconds: measure again',
      })
      await expect(claim(NOW + 3600)).resolves.toMatchObject({ retry: false })
    })

    it('gives a device to exactly one of two holders who race for it', async () => {
      const what = machine('raced for')
      const results = await Promise.allSettled(['a', 'b', 'c'].map((name) => measure(name, what)))
      const won = results.filter(({ status }) => status === 'fulfilled')
      expect(won).toHaveLength(1)
      for (const result of results) {
        if (result.status === 'rejected') {
          expect(result.reason).toMatchObject({
            code: 'deviceBound',
            message:
              'The device is bound to another holder: let its holder release it, or come back with evidence after the delay',
            detail: { availableAt: NOW + 7 * DAY },
          })
        }
      }
      const { credential } = await payloadOf((won[0] as PromiseFulfilledResult<IssuedCredential>).value)
      expect((await recordOf(what.device))?.binding).toBe(credential.binding)
    })

    it('gives an agent key to one device only', async () => {
      await measure('h', machine('one', 'shared'))
      await expect(measure('h', machine('two', 'shared'))).rejects.toMatchObject({
        code: 'conflict',
        message: 'The agent key serves another device: each device has an agent key of its own',
      })
      expect(await recordOf(machine('two').device)).toBeUndefined()
    })

    it('rebinds on the old holder’s release, with inherited silence', async () => {
      const what = machine('sold')
      await measure('seller', what, NOW - 9 * DAY)
      const seller = holder('seller').for(issuer, what.device)
      const buyer = holder('buyer').for(issuer, what.device)
      const sold = machine('sold', "the buyer's")
      const scope = { issuer: issuer.did, device: what.device, from: seller.binding, to: buyer.binding }
      await expect(measure('buyer', sold, NOW, await releaseOf(person('a thief'), scope))).rejects.toMatchObject({
        code: 'deviceBound',
      })
      await measure('buyer', sold, NOW, await releaseOf(seller, scope))
      expect(await recordOf(what.device)).toMatchObject({
        binding: buyer.binding,
        agentKey: sold.agent.hex,
        firstEpoch: EPOCH + 1,
        inheritedSilence: 30,
        boundAt: NOW,
      })
      await expect(measure('seller', what, NOW + 1)).rejects.toMatchObject({ code: 'deviceBound' })
    })

    it('rebinds on a release by the agent key on record', async () => {
      const what = machine('handed over')
      await measure('a', what, NOW - DAY)
      const scope = {
        ...{ issuer: issuer.did, device: what.device },
        from: holder('a').for(issuer, what.device).binding,
        to: holder('b').for(issuer, what.device).binding,
      }
      await measure('b', what, NOW, await releaseOf(what.agent, scope, NOW, 'agent'))
      expect((await recordOf(what.device))?.binding).toBe(scope.to)
    })

    it('takes no measurement twice: what was measured before the present binding moves the device no further', async () => {
      const what = machine('passed around')
      const challenge = await passChallenge(what, { now: NOW })
      const epoch = EPOCH
      const bind = async (who: string, from: string | undefined, now: number) => {
        const request = await requestOf(holder(who), what, issuer, now)
        const scope = { issuer: issuer.did, device: what.device, to: request.binding }
        const of = from && holder(from).for(issuer, what.device).binding
        const release = of ? await releaseOf(what.agent, { ...scope, from: of }, now, 'agent') : undefined
        return credentialFromMeasurement(effects, request, { report: what.report, challenge, epoch, release })
      }
      await bind('one', undefined, NOW)
      await bind('one', undefined, NOW + 1)
      await expect(bind('two', 'one', NOW + 2)).rejects.toMatchObject({
        code: 'evidenceRejected',
        message: 'The measurement must be younger than the binding that it would end',
      })
      expect(await recordOf(what.device)).toMatchObject({ binding: holder('one').for(issuer, what.device).binding })
    })

    it('rebinds after seven days of the old holder’s silence, the wish being kept through the refusal', async () => {
      const what = machine('abandoned')
      const found = machine('abandoned', "the finder's")
      await measure('lost', what, NOW - 20 * DAY)
      await expect(measure('finder', found, NOW - 8 * DAY)).rejects.toMatchObject({
        code: 'deviceBound',
        detail: { availableAt: NOW - DAY },
      })
      await expect(measure('finder', found, NOW - DAY - 1)).rejects.toMatchObject({ code: 'deviceBound' })
      await measure('finder', found, NOW - DAY)
      expect(await recordOf(what.device)).toMatchObject({
        binding: holder('finder').for(issuer, what.device).binding,
        firstEpoch: Math.floor((NOW - DAY) / DAY) + 1,
        inheritedSilence: 30,
      })
    })

    it('does not rebind while the holder is alive', async () => {
      const what = machine('in use')
      const coveted = machine('in use', "the coveter's")
      await measure('owner', what, NOW - 20 * DAY)
      await expect(measure('coveter', coveted, NOW - 8 * DAY)).rejects.toMatchObject({ code: 'deviceBound' })
      await measure('owner', what, NOW - 2 * DAY)
      await expect(measure('coveter', coveted, NOW)).rejects.toMatchObject({
        code: 'deviceBound',
        detail: { availableAt: NOW + 7 * DAY },
      })
    })

    it('keeps neither device nor index when the credential can’t be issued', async () => {
      const what = machine('half done')
      const request = await requestOf(holder('h'), what, issuer)
      const challenge = await passChallenge(what)
      let transactions = 0
      const store: typeof effects.store = {
        transaction: (work) =>
          effects.store.transaction(async (tx) => {
            const result = await work(tx)
            if (++transactions === 2) throw new Error('killed')
            return result
          }),
      }
      const before = [await database.db.$count(statusEntries), await database.db.$count(issuedCredentials)]
      await expect(
        credentialFromMeasurement({ ...effects, store }, request, { report: what.report, challenge, epoch: EPOCH }),
      ).rejects.toThrow('killed')
      expect([await database.db.$count(statusEntries), await database.db.$count(issuedCredentials)]).toEqual(before)
      expect(await recordOf(what.device)).toBeUndefined()
    })
  })

  describe('heartbeats', () => {
    const what = machine('watched')
    const ups = [...Array<boolean>(17).fill(true), false, false]
    const uptimeFor = async (name: string, device: Machine, epoch: number, now = (epoch + 1) * DAY + 1) => {
      const request = await requestOf(holder(name), device, uptimeIssuer, now)
      return credentialFromHeartbeats({ ...effects, issuer: uptimeIssuer }, request, epoch)
    }
    const keep = async (device: Machine, epoch: number, seen: readonly boolean[]) => {
      const receipts = await receiptsOf(device, monitor, settings, epoch, seen)
      for (const receipt of receipts) await heartbeats.addReceipt(receipt)
      return receipts
    }

    beforeAll(async () => {
      await measure('h', what)
    })

    it('give uptime/1 for a closed epoch, with the first epoch and inherited silence of the register', async () => {
      const receipts = await keep(what, EPOCH, ups)
      await keep(what, EPOCH + 1, Array(20).fill(true))
      const first = await payloadOf(await uptimeFor('h', what, EPOCH), uptimeIssuer)
      expect(first.credential).toMatchObject({ schema: UPTIME, holder: holder('h').for(uptimeIssuer, what.device).did })
      expect(first.credential.claims.map(Number)).toEqual([EPOCH, 10, 10, 894_700, 894_700, EPOCH, 1, 0])
      expect(first.notes).toHaveLength(1)
      expect(first.notes[0]!.description).toContain('not that the machine did any work')
      expect(first.notes[0]!.description).toContain(Buffer.from(receiptsRoot(receipts)).toString('hex'))
      const second = await payloadOf(await uptimeFor('h', what, EPOCH + 1), uptimeIssuer)
      expect(second.credential.claims.map(Number)).toEqual([EPOCH + 1, 20, 0, 1_000_000, 948_700, EPOCH, 1, 0])
      expect(second.credential.statusIndex).toBe(first.credential.statusIndex)
      expect((await recordOf(what.device))?.seenAt).toBe((EPOCH + 2) * DAY + 1)
    })

    it('are refused while the epoch is open', async () => {
      await expect(uptimeFor('h', what, EPOCH, (EPOCH + 1) * DAY)).rejects.toMatchObject({
        code: 'epochOpen',
        message: `Epoch ${EPOCH} closes in 1 s`,
      })
    })

    it('are refused for a device that is not registered', async () => {
      await expect(uptimeFor('h', machine('never measured'), EPOCH)).rejects.toMatchObject({
        code: 'deviceUnknown',
        message: 'The device is not in the register: have it measured first',
      })
    })

    it('are refused to another holder, and under another agent’s key', async () => {
      await expect(uptimeFor('someone', what, EPOCH)).rejects.toMatchObject({
        code: 'deviceBound',
        message: 'The device is bound to another holder',
      })
      await expect(uptimeFor('h', machine('watched', 'another'), EPOCH)).rejects.toMatchObject({
        code: 'generationStale',
        message: 'The device is registered with another agent key, of generation 0',
      })
    })

    it('are refused when nothing is known of the epoch', async () => {
      await expect(uptimeFor('h', what, EPOCH + 5)).rejects.toMatchObject({
        code: 'evidenceRejected',
        message: 'No slot of the epoch is known, so it has no uptime',
      })
    })

    it('do not count another monitor’s receipts', async () => {
      for (const receipt of await receiptsOf(what, person('stranger'), settings, EPOCH + 5, Array(20).fill(true))) {
        await heartbeats.addReceipt(receipt)
      }
      await expect(uptimeFor('h', what, EPOCH + 5)).rejects.toMatchObject({ code: 'evidenceRejected' })
    })

    it('of a former holder are never the next one’s, though the agent key stays', async () => {
      const moved = machine('moved')
      await measure('first', moved, EPOCH * DAY)
      await keep(moved, EPOCH, Array(20).fill(true))
      await keep(moved, EPOCH + 1, Array(20).fill(true))
      const at = (EPOCH + 1) * DAY + 100
      const scope = {
        ...{ issuer: issuer.did, device: moved.device },
        from: holder('first').for(issuer, moved.device).binding,
        to: holder('next').for(issuer, moved.device).binding,
      }
      await measure('next', moved, at, await releaseOf(moved.agent, scope, at, 'agent'))
      await keep(moved, EPOCH + 2, [...Array<boolean>(10).fill(false), ...Array<boolean>(10).fill(true)])
      for (const epoch of [EPOCH, EPOCH + 1]) {
        await expect(uptimeFor('next', moved, epoch, (EPOCH + 3) * DAY + 1)).rejects.toMatchObject({
          code: 'deviceBound',
          message: 'The device was not bound to this holder in that epoch',
          detail: { firstEpoch: EPOCH + 2 },
        })
      }
      const { credential } = await payloadOf(await uptimeFor('next', moved, EPOCH + 2), uptimeIssuer)
      expect(credential.claims.map(Number)).toEqual([EPOCH + 2, 10, 10, 500_000, 500_000, EPOCH + 2, 1, 30])
      await expect(uptimeFor('first', moved, EPOCH)).rejects.toMatchObject({ code: 'deviceBound' })
    })

    it('stay the holder’s when it changes the agent key: a bad stretch is not dropped with the key', async () => {
      const old = machine('rekeyed')
      await measure('h', old, EPOCH * DAY)
      await keep(old, EPOCH - 1, Array(20).fill(false))
      await keep(old, EPOCH, Array(10).fill(false))
      const present = machine('rekeyed', 'rekeyed with another', [], 1)
      await measure('h', present, EPOCH * DAY + DAY / 2)
      const { firstSlot } = slotsOfEpoch(settings, EPOCH)
      const later = await receiptsOf(present, monitor, settings, EPOCH, Array(20).fill(true))
      for (const receipt of later.filter(({ slot }) => slot >= firstSlot + 10)) await heartbeats.addReceipt(receipt)
      const { credential } = await payloadOf(await uptimeFor('h', present, EPOCH), uptimeIssuer)
      expect(credential.claims.map(Number)).toEqual([EPOCH, 10, 10, 500_000, 500_000, EPOCH, 1, 0])
    })

    it('are refused when the device changes hands while they are counted', async () => {
      const snatched = machine('snatched')
      await measure('first', snatched, EPOCH * DAY)
      await keep(snatched, EPOCH, Array(20).fill(true))
      const request = await requestOf(holder('first'), snatched, uptimeIssuer, (EPOCH + 1) * DAY + 1)
      const uptime: typeof effects.uptime = {
        ...heartbeats,
        async countEpochs(range) {
          const current = (await recordOf(snatched.device))!
          await effects.store.transaction((tx) => tx.updateDevice({ ...current, binding: 5n }))
          return heartbeats.countEpochs(range)
        },
      }
      await expect(
        credentialFromHeartbeats({ ...effects, issuer: uptimeIssuer, uptime }, request, EPOCH),
      ).rejects.toMatchObject({ code: 'deviceBound', message: 'The device is bound to another holder' })
    })

    it('are refused when the record changes while they are counted', async () => {
      const upgraded = machine('upgraded')
      await measure('h', upgraded, EPOCH * DAY)
      await keep(upgraded, EPOCH, Array(20).fill(true))
      const request = await requestOf(holder('h'), upgraded, uptimeIssuer, (EPOCH + 1) * DAY + 1)
      const uptime: typeof effects.uptime = {
        ...heartbeats,
        async countEpochs(range) {
          const current = (await recordOf(upgraded.device))!
          await effects.store.transaction((tx) => tx.updateDevice({ ...current, inheritedSilence: 30 }))
          return heartbeats.countEpochs(range)
        },
      }
      await expect(
        credentialFromHeartbeats({ ...effects, issuer: uptimeIssuer, uptime }, request, EPOCH),
      ).rejects.toMatchObject({
        code: 'conflict',
        message: "The device's record changed while its uptime was counted: ask again",
      })
      const { credential } = await payloadOf(await uptimeFor('h', upgraded, EPOCH), uptimeIssuer)
      expect(claimOf(credential, 'inheritedSilence')).toBe(30n)
    })
  })

  describe('claims of a trusted service', () => {
    it('are issued for the source, as a device', async () => {
      const { device: _, ...request } = issueRequest(issuer, 'scored', {
        schema: REPUTATION,
        ...measured(REPUTATION, [1n, 612n, 500n, 700n, 50n, 3n, 4n, 20n]),
      })
      const { credential } = await payloadOf(await issueClaims(effects, request))
      expect(credential).toMatchObject({
        device: sourceDevice(issuer.did),
        claims: [1n, 612n, 500n, 700n, 48n, 3n, 4n, 20n],
      })
      const jobs = { ...request, requestId: 'jobs', schema: JOBS, ...measured(JOBS, [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n]) }
      expect((await payloadOf(await issueClaims(effects, jobs))).credential.schema).toBe(JOBS)
    })

    it.each([HARDWARE, COMPUTE, UPTIME])('are never %s', async (schema) => {
      await expect(issueClaims(effects, issueRequest(issuer, 'scored', { schema }))).rejects.toMatchObject({
        code: 'evidenceRejected',
        message: `${schema} is issued on evidence from the device only`,
      })
    })
  })

  describe('the request over REST', () => {
    const what = machine('over REST')
    const who = holder('h').for(issuer, what.device)
    const signed = (requestId: string) => ({ holder: who.did, requestId, now: NOW })
    const bodyOf = async (evidence: unknown, change = {}) => {
      const { device } = what
      const { binding, subject } = who
      const consent = await consentOf(what.agent, { issuer: issuer.did, holder: who.did, device, binding })
      const numbers = { subject: String(subject), device: String(device), binding: String(binding) }
      const schema = (evidence as { type: string }).type === 'heartbeats' ? UPTIME : COMPUTE
      return { schema, ...numbers, consent, evidence, ...change }
    }

    it('leads from inspection through measurement to uptime', async () => {
      const inspection = await bodyOf({ type: 'inspection', report: what.report })
      const inspected = await issueFromEvidence(effects, inspection, signed('1'))
      const { state, key } = challengeFor(what)
      await effects.challenges.add(state)
      const answer = await answerOf(what, state)
      const { samples } = await takeCommitment(effects.challenges, answer.commitment, NOW * 1000, randomBytes)
      await takeOpenings(effects.challenges, answer.open(samples), NOW * 1000 + 1, async () => key)
      const evidence = { type: 'challenge', report: what.report, challengeId: state.challenge.id }
      const measured = await issueFromEvidence(effects, await bodyOf(evidence), signed('2'))
      expect(measured.statusIndex).toBe(inspected.statusIndex)
      expect(sourceOf((await payloadOf(measured)).credential, 'gops')).toBe(2)
      expect(await recordOf(what.device)).toMatchObject({ firstEpoch: EPOCH })
      await expect(issueFromEvidence(effects, inspection, signed('1'))).resolves.toEqual({ ...inspected, retry: true })
      await expect(
        issueFromEvidence(effects, await bodyOf({ type: 'heartbeats', epoch: EPOCH - 1 }), signed('3')),
      ).rejects.toMatchObject({ code: 'deviceBound' })
    })

    it('does not take a device whose agent answers heartbeats, though its holder asks for nothing', async () => {
      const alive = machine('answering by itself')
      await measure('owner', alive, NOW)
      const thief = { ...alive, agent: person('thief agent') }
      const ask = async (now: number) => {
        const { state, key } = challengeFor(thief, now)
        await effects.challenges.add(state)
        const answer = await answerOf(thief, state)
        const { samples } = await takeCommitment(effects.challenges, answer.commitment, now * 1000, randomBytes)
        await takeOpenings(effects.challenges, answer.open(samples), now * 1000 + 1, async () => key)
        const {
          requestId: _,
          requestHash: __,
          now: ___,
          ...request
        } = await requestOf(holder('thief'), thief, issuer, now)
        const evidence = { type: 'challenge', report: thief.report, challengeId: state.challenge.id }
        const { holder: did, subject, device, binding, consent } = request
        const numbers = { subject: String(subject), device: String(device), binding: String(binding) }
        return issueFromEvidence(effects, { schema: COMPUTE, ...numbers, consent, evidence }, { holder: did, now })
      }
      await expect(ask(NOW + 1)).rejects.toMatchObject({ detail: { availableAt: NOW + 1 + 7 * DAY } })
      for (const receipt of await receiptsOf(alive, monitor, settings, EPOCH + 3, [true])) {
        await heartbeats.addReceipt(receipt)
      }
      const later = NOW + 8 * DAY
      await expect(ask(later)).rejects.toMatchObject({ code: 'deviceBound', detail: { availableAt: later + 7 * DAY } })
      await ask(later + 7 * DAY)
      expect((await recordOf(alive.device))?.agentKey).toBe(thief.agent.hex)
    })

    it('gets the stored answer when it is repeated, however late', async () => {
      const body = await bodyOf({ type: 'inspection', report: what.report })
      const first = await issueFromEvidence(effects, body, { holder: who.did, now: NOW })
      const late = { holder: who.did, now: NOW + DAY }
      expect(await issueFromEvidence(effects, body, late)).toEqual({ ...first, retry: true })
      const otherBody = await bodyOf({ type: 'inspection', report: what.report })
      await expect(issueFromEvidence(effects, otherBody, late)).rejects.toMatchObject({ code: 'expired' })
      await expect(issueFromEvidence(effects, otherBody, signed('1'))).rejects.toMatchObject({ code: 'conflict' })
    })

    it('is refused for another schema, another issuer, an unknown challenge, unknown fields', async () => {
      const inspection = { type: 'inspection', report: what.report }
      const other = await bodyOf(inspection, { schema: UPTIME })
      await expect(issueFromEvidence(effects, other, signed('4'))).rejects.toMatchObject({
        code: 'evidenceRejected',
        message: `Evidence of this kind can't show what ${UPTIME} states`,
      })
      const elsewhere = { ...effects, issuer: uptimeIssuer }
      await expect(issueFromEvidence(elsewhere, await bodyOf(inspection), signed('4'))).rejects.toMatchObject({
        code: 'unauthorized',
        message: 'The agent consents to another issuer than the request names',
      })
      const evidence = { type: 'challenge', report: what.report, challengeId: 'A'.repeat(22) }
      await expect(issueFromEvidence(effects, await bodyOf(evidence), signed('5'))).rejects.toMatchObject({
        code: 'challengeUnknown',
        message: 'No challenge of this id was passed here',
      })
      await expect(
        issueFromEvidence(effects, await bodyOf(inspection, { more: 1 }), signed('6')),
      ).rejects.toMatchObject({
        code: 'malformed',
        message: expect.stringContaining('Unrecognized key: "more"'),
      })
      await expect(issueFromEvidence(effects, undefined, signed('7'))).rejects.toMatchObject({ code: 'malformed' })
    })

    it('is refused when someone else signed it than the agent consents to', async () => {
      const body = await bodyOf({ type: 'inspection', report: what.report })
      const { did } = person('someone else')
      await expect(issueFromEvidence(effects, body, { ...signed('8'), holder: did })).rejects.toMatchObject({
        code: 'unauthorized',
      })
    })
  })
})
