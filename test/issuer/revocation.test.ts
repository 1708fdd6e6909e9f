import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Issuer,
  issueCredential,
  listStatusLists,
  openStatusList,
  publishStatusList,
  readStatusList,
  revokeCredential,
  signStatusListCredential,
  zRevocationRequest,
  zStatusListCredential,
} from '../../src/issuer/index.ts'
import {
  CREDENTIAL_TYP,
  decodeStatusList,
  emptyStatusList,
  encodeStatusList,
  isRevoked,
  jcsHash,
  revokeIndex,
  statusRoot,
  UPTIME,
  verifyJws,
} from '../../src/protocol/index.ts'
import { assertThreshold } from '../../src/registry/assert-threshold.ts'
import { zStatusUpdate } from '../../src/registry/status-update.ts'
import { createIssuerStore } from '../../src/storage/issuer-store.ts'
import { describeOnEachDatabase } from '../shared/databases.ts'
import { issueRequest, issuerOf, NOW, person, randomBytes, resolveKeys } from './fixture.ts'

const operator = person('operator').did
const registryId = jcsHash('a registry')
const request = (list: number) => ({ list, registryId, ttlSeconds: 300 })

describeOnEachDatabase('revocation', (openDatabase, kind) => {
  let opened: ReturnType<typeof openDatabase> | undefined
  const open = () => (opened ??= openDatabase())
  const setUp = async (name: string) => {
    const issuer = issuerOf(`${name} ${kind}`)
    const store = createIssuerStore(await open())
    const issue = (machine: string) => issueCredential({ issuer, store, randomBytes }, issueRequest(issuer, machine))
    const revoke = (credentialId: string, reason = 'a test', now = NOW) =>
      revokeCredential(store, { issuer: issuer.did, credentialId, reason, by: operator }, now)
    return { issuer, store, issue, revoke }
  }

  it('sets the bit of every credential under the index, keeps why and who, and is idempotent', async () => {
    const { issuer, store, issue, revoke } = await setUp('revoking')
    const [first, renewed, other] = [await issue('m'), await issue('m'), await issue('other')]
    const revoked = await revoke(first.id, '  the device was sold  ')
    expect(revoked).toEqual({
      ...{ issuer: issuer.did, schema: expect.any(String), list: first.list, index: first.statusIndex },
      ...{ reason: 'the device was sold', by: operator, revokedAt: NOW, already: false },
    })
    expect(await revoke(renewed.id, 'again', NOW + 5)).toEqual({ ...revoked, already: true })
    const { update } = await publishStatusList({ issuer, store }, request(first.list), NOW)
    const bits = decodeStatusList(update.encodedList)
    expect(isRevoked(bits, renewed.statusIndex)).toBe(true)
    expect(isRevoked(bits, other.statusIndex)).toBe(false)
  })

  it('is refused for unknown credentials, those of others, and without a reason', async () => {
    const { store, issue, revoke } = await setUp('refusing')
    const { id } = await issue('m')
    const notFound = { code: 'notFound', message: 'This issuer has issued no credential of this id' }
    await expect(revoke('urn:uuid:nothing')).rejects.toMatchObject(notFound)
    const others = { issuer: issuerOf('another').did, credentialId: id, reason: 'x', by: operator }
    await expect(revokeCredential(store, others, NOW)).rejects.toMatchObject(notFound)
    for (const reason of ['', '   ', 'x'.repeat(501)]) {
      await expect(revoke(id, reason)).rejects.toMatchObject({
        code: 'malformed',
        message: expect.stringContaining('The revocation is malformed'),
      })
    }
    expect(zRevocationRequest.safeParse({ reason: 'x', more: 1 }).success).toBe(false)
  })

  it('loses none of many at once, with lists published meanwhile', async () => {
    const { issuer, store, issue, revoke } = await setUp('many')
    const issued = []
    for (let i = 0; i < 12; i += 1) issued.push(await issue(`m${i}`))
    const { list } = issued[0]!
    const work = issued.flatMap(({ id }) => [
      revoke(id).then(() => undefined),
      publishStatusList({ issuer, store }, request(list), NOW).then(({ update }) => update),
    ])
    const updates = (await Promise.all(work)).filter((update) => update !== undefined)
    updates.push((await publishStatusList({ issuer, store }, request(list), NOW)).update)
    updates.sort((a, b) => a.seq - b.seq)
    const bitsOf = ({ encodedList }: { encodedList: string }) => decodeStatusList(encodedList)
    for (const [i, update] of updates.entries()) {
      const before = updates[i - 1]
      if (before === undefined) continue
      if (before.seq === update.seq) expect(update).toEqual(before)
      else expect(bitsOf(before).some((byte, at) => (byte & ~bitsOf(update)[at]!) !== 0)).toBe(false)
    }
    const last = bitsOf(updates.at(-1)!)
    expect(issued.every(({ statusIndex }) => isRevoked(last, statusIndex))).toBe(true)
    expect(last.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0)).toBe(12)
  })

  it('is published with a sequence number that grows with the bits and not otherwise', async () => {
    const { issuer, store, issue, revoke } = await setUp('publishing')
    const { id, list } = await issue('m')
    expect(await readStatusList(store, list)).toMatchObject({ seq: 0, encodedList: undefined })
    const first = await publishStatusList({ issuer, store }, request(list), NOW)
    const again = await publishStatusList({ issuer, store }, request(list), NOW + 300)
    expect(first.update.seq).toBe(1)
    expect(again.update).toEqual(first.update)
    await revoke(id)
    const next = await publishStatusList({ issuer, store }, request(list), NOW + 600)
    expect(next.update.seq).toBe(2)
    expect(await readStatusList(store, list)).toEqual({
      ...{ list, issuer: issuer.did, schema: next.update.schema, seq: 2, encodedList: next.update.encodedList },
    })
  })

  it('gives the registry an update that its own schema and signature rule take', async () => {
    const { issuer, store, issue } = await setUp('updating')
    const { list } = await issue('m')
    const { update } = await publishStatusList({ issuer, store }, request(list), NOW)
    expect(zStatusUpdate.parse(update)).toEqual(update)
    await assertThreshold(update, update.signatures, [issuer.did], 1, resolveKeys)
    await expect(
      assertThreshold({ ...update, seq: 2 }, update.signatures, [issuer.did], 1, resolveKeys),
    ).rejects.toMatchObject({ code: 'notEnoughSignatures' })
  })

  it('gives everyone else a BitstringStatusListCredential as vc+jwt', async () => {
    const { issuer, store, issue } = await setUp('serving')
    const { list } = await issue('m')
    const published = await publishStatusList({ issuer, store }, request(list), NOW)
    const [publicKey] = await resolveKeys(issuer.did)
    const { header, payload } = await verifyJws(published.jwt, { typ: CREDENTIAL_TYP, publicKey: publicKey! })
    expect(header).toMatchObject({ typ: 'vc+jwt', kid: issuer.kid })
    const url = `https://issuer.example/v1/status-lists/${list}`
    expect(zStatusListCredential.parse(payload)).toEqual({
      ...{ iss: issuer.did, sub: `${url}#list`, iat: NOW, exp: NOW + 600 },
      '@context': ['https://www.w3.org/ns/credentials/v2'],
      id: url,
      type: ['VerifiableCredential', 'BitstringStatusListCredential'],
      issuer: issuer.did,
      validFrom: new Date(NOW * 1000).toISOString().replace('.000', ''),
      validUntil: new Date((NOW + 600) * 1000).toISOString().replace('.000', ''),
      credentialSubject: {
        id: `${url}#list`,
        type: 'BitstringStatusList',
        statusPurpose: 'revocation',
        encodedList: published.update.encodedList,
        ttl: 300_000,
      },
    })
    const served = await signStatusListCredential(issuer, await readStatusList(store, list), NOW, 300)
    expect(served).toBe(published.jwt)
  })

  it('knows its lists, and no others', async () => {
    const { issuer, store, issue } = await setUp('listing')
    const list = await openStatusList(store, issuer.did, UPTIME)
    expect(await openStatusList(store, issuer.did, UPTIME)).toBe(list)
    const { list: second } = await issue('m')
    expect((await listStatusLists(store, issuer.did)).map((state) => state.list)).toEqual([list, second])
    expect((await listStatusLists(store)).length).toBeGreaterThanOrEqual(2)
    const another: Issuer = issuerOf('another')
    const notFound = (number: number) => ({ code: 'notFound', message: `There is no status list ${number} here` })
    await expect(publishStatusList({ issuer: another, store }, request(list), NOW)).rejects.toMatchObject(
      notFound(list),
    )
    await expect(readStatusList(store, 999_999)).rejects.toMatchObject(notFound(999_999))
    await expect(signStatusListCredential(issuer, await readStatusList(store, list), NOW, 300)).rejects.toMatchObject({
      code: 'notFound',
      message: 'This issuer has published no status list of this number',
    })
  })

  it('agrees with the Poseidon root, bit for bit', async () => {
    const { issuer, store, issue, revoke } = await setUp('rooted')
    const issued = []
    for (let i = 0; i < 5; i += 1) issued.push(await issue(`m${i}`))
    const { list } = issued[0]!
    for (const { id } of issued.slice(0, 3)) await revoke(id)
    const { update } = await publishStatusList({ issuer, store }, request(list), NOW)
    const expected = issued
      .slice(0, 3)
      .reduce((bits, { statusIndex }) => revokeIndex(bits, statusIndex), emptyStatusList())
    const bits = decodeStatusList(update.encodedList)
    expect(bits).toEqual(expected)
    expect(statusRoot(bits)).toBe(statusRoot(expected))
    expect(statusRoot(bits)).not.toBe(statusRoot(emptyStatusList()))
  })
})

describe('W3C Bitstring Status List 1.0', () => {
  const vector = JSON.parse(readFileSync(new URL('../vectors/w3c-bitstring-status-list.json', import.meta.url), 'utf8'))
  const { encodedList } = vector.credentialSubject

  it('its example is read as what it is', () => {
    const bits = decodeStatusList(encodedList)
    expect(bits).toEqual(emptyStatusList())
    expect(bits.length * 8).toBe(vector.bits)
    expect(statusRoot(bits)).toBe(statusRoot(emptyStatusList()))
  })

  it('our lists unpack elsewhere to the same bits, index 0 being the left-most', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 131_071 }), { maxLength: 50 }), (indices) => {
        const encoded = encodeStatusList(indices.reduce(revokeIndex, emptyStatusList()))
        expect(encoded[0]).toBe(encodedList[0])
        const bits = gunzipSync(Buffer.from(encoded.slice(1), 'base64url'))
        const set = indices.every((index) => ((bits[index >> 3]! >> (7 - (index % 8))) & 1) === 1)
        const total = bits.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0)
        expect(bits.length).toBe(16_384)
        expect(set && total === indices.length).toBe(true)
      }),
      { numRuns: 20 },
    )
  })
})
