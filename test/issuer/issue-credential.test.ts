import { sql } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { type IssueRequest, type IssuerStore, issueCredential, revokeCredential } from '../../src/issuer/index.ts'
import {
  AssayError,
  COMPUTE,
  CREDENTIAL_TYP,
  claimOf,
  claimSchema,
  nameSources,
  parseCredential,
  REPUTATION,
  statedClaims,
  UPTIME,
  verifyJws,
  zCredential,
} from '../../src/protocol/index.ts'
import { createIssuerStore } from '../../src/storage/issuer-store.ts'
import { issuedCredentials, statusEntries, statusLists } from '../../src/storage/schema/issuer.ts'
import { describeOnEachDatabase } from '../shared/databases.ts'
import { issueRequest, issuerOf, JOBS, NOW, person, randomBytes, settings } from './fixture.ts'

const rounded = statedClaims(COMPUTE, {
  ramMiB: { value: 15_360n, source: 'selfReported' },
  gops: { value: 1200n, source: 'measured' },
  cores: { value: 8n, source: 'selfReported' },
})

describeOnEachDatabase('issueCredential', (openDatabase) => {
  let opened: ReturnType<typeof openDatabase> | undefined
  const open = () => (opened ??= openDatabase())
  const setUp = async (issuer = issuerOf('issuer')) => {
    const database = await open()
    return { issuer, database, store: createIssuerStore(database), randomBytes }
  }

  it('signs a VC 2.0 as vc+jwt that carries the circuit’s signature, with its claims on the grid', async () => {
    const effects = await setUp()
    const request = issueRequest(effects.issuer, 'a machine')
    const issued = await issueCredential(effects, request)
    const { header, payload } = await verifyJws(issued.jwt, {
      typ: CREDENTIAL_TYP,
      publicKey: person('issuer').publicKey,
    })
    expect(header).toEqual({ alg: 'EdDSA', typ: 'vc+jwt', kid: effects.issuer.kid })
    expect(zCredential.safeParse(payload).success).toBe(true)
    expect(parseCredential(payload)).toMatchObject({
      id: issued.id,
      issuer: effects.issuer.did,
      holder: request.holder,
      schema: COMPUTE,
      subject: request.subject,
      device: request.device,
      binding: request.binding,
      issuedAt: NOW,
      expiresAt: NOW + settings.lifetimeSeconds,
      statusIndex: issued.statusIndex,
      list: issued.list,
      statusListUrl: `https://issuer.example/v1/status-lists/${issued.list}`,
      ...rounded,
      key: effects.issuer.publicKey,
    })
    expect(issued).toMatchObject({ expiresAt: NOW + settings.lifetimeSeconds, retry: false })
    expect(payload.evidence).toEqual([{ type: 'Test', description: 'A test.' }])
  })

  it('claims no better source than its cap, and says so in the evidence', async () => {
    const effects = await setUp(issuerOf('issuer', { schemas: { [COMPUTE]: { ...settings, sourceCap: 1 } } }))
    const { jwt } = await issueCredential(effects, issueRequest(effects.issuer, 'a capped machine'))
    const { payload } = await verifyJws(jwt, { typ: CREDENTIAL_TYP, publicKey: person('issuer').publicKey })
    const capped = parseCredential(payload)
    expect(nameSources(COMPUTE, capped.sources)).toEqual({ ramMiB: 'selfReported', cores: 'selfReported' })
    // throughput is measured or not stated at all
    expect(claimOf(capped, 'gops')).toBe(0n)
    expect(payload.evidence).toContainEqual({
      type: 'SourceCap',
      description: 'This issuer claims no better source than selfReported.',
    })
  })

  it('keeps the status index across renewals, also when many are asked for at once', async () => {
    const effects = await setUp()
    const renewals = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        issueCredential(effects, issueRequest(effects.issuer, 'renewed', { now: NOW + i })),
      ),
    )
    const later = await issueCredential(effects, issueRequest(effects.issuer, 'renewed', { now: NOW + 1000 }))
    const places = new Set([...renewals, later].map(({ list, statusIndex }) => `${list}#${statusIndex}`))
    expect(places.size).toBe(1)
    expect(new Set(renewals.map(({ id }) => id)).size).toBe(6)
  })

  it('gives other bindings, schemas and issuers places of their own', async () => {
    const effects = await setUp()
    const other = await setUp(issuerOf('another issuer'))
    const issued = [
      await issueCredential(effects, issueRequest(effects.issuer, 'first')),
      await issueCredential(effects, issueRequest(effects.issuer, 'second')),
      await issueCredential(effects, issueRequest(effects.issuer, 'first', { schema: REPUTATION, ...score })),
      await issueCredential(other, issueRequest(other.issuer, 'first')),
    ]
    expect(new Set(issued.map(({ list, statusIndex }) => `${list}#${statusIndex}`)).size).toBe(4)
    expect(issued[0]!.list).toBe(issued[1]!.list)
    expect(new Set(issued.map(({ list }) => list)).size).toBe(3)
  })

  it('answers an exact retry with the stored credential, also when both come at once', async () => {
    const effects = await setUp()
    const request = issueRequest(effects.issuer, 'retried')
    const answers = await Promise.all([1, 2, 3].map(() => issueCredential(effects, request)))
    const again = await issueCredential(effects, { ...request, now: NOW + 5000 })
    expect(new Set([...answers, again].map(({ jwt }) => jwt)).size).toBe(1)
    expect(answers.filter(({ retry }) => !retry)).toHaveLength(1)
    expect(again.retry).toBe(true)
    const { db } = effects.database
    expect(await db.$count(issuedCredentials, sql`${issuedCredentials.requestId} = ${request.requestId}`)).toBe(1)
  })

  it('refuses a request id that was used for another request', async () => {
    const effects = await setUp()
    const request = issueRequest(effects.issuer, 'retried otherwise')
    await issueCredential(effects, request)
    await expect(issueCredential(effects, { ...request, requestHash: 'another' })).rejects.toMatchObject({
      code: 'conflict',
      message: 'This request id was used for another request',
    })
    const { holder } = issueRequest(effects.issuer, 'someone else')
    await expect(issueCredential(effects, { ...request, holder, requestHash: 'another' })).resolves.toMatchObject({
      retry: false,
    })
  })

  it('issues nothing under a revoked index', async () => {
    const effects = await setUp()
    const request = issueRequest(effects.issuer, 'revoked')
    const { id } = await issueCredential(effects, request)
    const revocation = { issuer: effects.issuer.did, credentialId: id, reason: 'test', by: person('operator').did }
    await revokeCredential(effects.store, revocation, NOW)
    await expect(issueCredential(effects, issueRequest(effects.issuer, 'revoked'))).rejects.toMatchObject({
      code: 'revoked',
      message: 'The issuer revoked its credentials of this schema for this device and holder',
    })
  })

  it('issues nothing that is revoked while it is being signed', async () => {
    const effects = await setUp()
    const { id } = await issueCredential(effects, issueRequest(effects.issuer, 'revoked meanwhile'))
    const sign = async (message: Uint8Array) => {
      const revocation = { issuer: effects.issuer.did, credentialId: id, reason: 'test', by: person('operator').did }
      await revokeCredential(effects.store, revocation, NOW)
      return effects.issuer.sign(message)
    }
    const request = issueRequest(effects.issuer, 'revoked meanwhile')
    const racing = issueCredential({ ...effects, issuer: { ...effects.issuer, sign } }, request)
    await expect(racing).rejects.toMatchObject({ code: 'revoked' })
    const { db } = effects.database
    expect(await db.$count(issuedCredentials, sql`${issuedCredentials.requestId} = ${request.requestId}`)).toBe(0)
  })

  it.each<[string, Partial<IssueRequest>, { code: string; message: string }]>([
    ['too few claims', { claims: [1n] }, { code: 'malformed', message: 'A credential has 8 claims, got 1' }],
    [
      'a value without a source',
      { sources: [0, 0, 0, 0, 0, 0, 0, 0] },
      { code: 'malformed', message: 'The claim ramMiB has a value and no source' },
    ],
    [
      'a source that the schema does not have for the claim',
      { sources: [3, 2, 0, 1, 0, 0, 0, 0] },
      { code: 'malformed', message: expect.stringContaining("can't be") },
    ],
    [
      'a claim of more than 64 bits',
      { claims: [2n ** 64n, 0n, 0n, 1n, 0n, 0n, 0n, 0n] },
      { code: 'malformed', message: `Claim ramMiB can't be ${2n ** 64n}` },
    ],
    [
      'a value in an unused slot',
      { claims: [1024n, 0n, 0n, 1n, 0n, 0n, 0n, 7n] },
      { code: 'malformed', message: expect.stringMatching(/7|unused/) },
    ],
  ])('refuses %s', async (_, change, refusal) => {
    const effects = await setUp()
    await expect(issueCredential(effects, issueRequest(effects.issuer, 'malformed', change))).rejects.toMatchObject(
      refusal,
    )
  })

  it('refuses a schema that it does not issue', async () => {
    const effects = await setUp(issuerOf('issuer', { schemas: { [COMPUTE]: settings } }))
    await expect(issueCredential(effects, issueRequest(effects.issuer, 'm', { schema: UPTIME }))).rejects.toMatchObject(
      {
        code: 'unknownSchema',
        message: `This issuer issues no credentials of ${UPTIME} (${claimSchema(UPTIME).title})`,
      },
    )
  })

  it('fills a list to the last index, then opens a second one', async () => {
    const issuer = issuerOf('issuer of full lists')
    const effects = await setUp(issuer)
    const jobs = { schema: JOBS, ...statedClaims(JOBS, { epoch: observed(1n), completed: observed(2n) }) }
    const first = await issueCredential(effects, issueRequest(issuer, 'the first', jobs))
    const { db } = effects.database
    const free = (first.statusIndex + 777) % 131_072
    await db.execute(sql`
      insert into ${statusEntries} (list, index, issuer, schema, holder, subject, binding, model, variant, members)
      select ${first.list}::bigint, n, ${issuer.did}::text, ${JOBS}::text, 'did:key:h', n, n, 0, 0, '[]' from generate_series(0, 131071) n
      where n <> ${first.statusIndex}::bigint and n <> ${free}::bigint`)
    const last = await issueCredential(effects, issueRequest(issuer, 'the last', jobs))
    expect(last).toMatchObject({ list: first.list, statusIndex: free })
    const next = await Promise.all(
      ['next', 'and next'].map((name) => issueCredential(effects, issueRequest(issuer, name, jobs))),
    )
    expect(next[0]!.list).not.toBe(first.list)
    expect(next[1]!.list).toBe(next[0]!.list)
    const lists = await db.select().from(statusLists).where(sql`${statusLists.issuer} = ${issuer.did}`)
    expect(lists.map(({ list, ordinal, full }) => ({ list, ordinal, full }))).toEqual([
      { list: first.list, ordinal: 0, full: true },
      { list: next[0]!.list, ordinal: 1, full: false },
    ])
    const renewed = await issueCredential(effects, issueRequest(issuer, 'the first', jobs))
    expect(renewed).toMatchObject({ list: first.list, statusIndex: first.statusIndex })
  })

  it('draws another place when the one it drew is taken while it signs', async () => {
    const effects = await setUp(issuerOf('contended issuer'))
    // The first drawn place is the same for both; randomness differs afterwards.
    const drawSame = () => {
      let calls = 0
      return (length: number) => (++calls <= 24 ? new Uint8Array(length).fill(7) : randomBytes(length))
    }
    const [a, b] = await Promise.all(
      ['a', 'b'].map((name) => {
        return issueCredential({ ...effects, randomBytes: drawSame() }, issueRequest(effects.issuer, name))
      }),
    )
    expect(a!.list).toBe(b!.list)
    expect(a!.statusIndex).not.toBe(b!.statusIndex)
  })

  describe('keeps all of an issue or nothing', () => {
    it('when what goes with it throws', async () => {
      const effects = await setUp()
      const request = issueRequest(effects.issuer, 'undone')
      const { db } = effects.database
      const before = await counts()
      const failing = issueCredential(effects, request, async (tx) => {
        await tx.insertDevice({
          ...{ device: request.device, binding: request.binding, agentKey: 'undone', generation: 0, firstEpoch: 1 },
          ...{ inheritedSilence: 0, source: 2, boundAt: NOW, seenAt: NOW },
        })
        throw new AssayError('deviceBound', 'no')
      })
      await expect(failing).rejects.toMatchObject({ code: 'deviceBound', message: 'no' })
      expect(await counts()).toEqual(before)
      expect(await effects.store.transaction((tx) => tx.lockDevice(request.device))).toBeUndefined()

      async function counts() {
        return [await db.$count(statusEntries), await db.$count(issuedCredentials)]
      }
    })

    it('and acknowledges nothing before it is committed', async () => {
      const effects = await setUp()
      const events: string[] = []
      const store: IssuerStore = {
        async transaction(work) {
          const result = await effects.store.transaction(work)
          events.push('committed')
          return result
        },
      }
      const sign = async (message: Uint8Array) => {
        events.push('signed')
        return effects.issuer.sign(message)
      }
      const issuer = { ...effects.issuer, sign }
      await issueCredential({ ...effects, issuer, store }, issueRequest(issuer, 'in order'))
      events.push('acknowledged')
      expect(events).toEqual(['committed', 'signed', 'committed', 'acknowledged'])
    })

    it('and hands out no credential whose commit failed', async () => {
      const effects = await setUp()
      let transactions = 0
      const store: IssuerStore = {
        transaction: (work) =>
          effects.store.transaction(async (tx) => {
            const result = await work(tx)
            if (++transactions === 2) throw new Error('the connection is gone')
            return result
          }),
      }
      const request = issueRequest(effects.issuer, 'lost')
      await expect(issueCredential({ ...effects, store }, request)).rejects.toThrow('the connection is gone')
      const { did } = effects.issuer
      const found = effects.store.transaction((tx) => tx.findIssuedByRequest(did, request.holder, request.requestId))
      expect(await found).toBeUndefined()
    })
  })
})

const observed = (value: bigint) => ({ value, source: 'measured' as const })
const score = statedClaims(REPUTATION, { score: observed(500n) })
