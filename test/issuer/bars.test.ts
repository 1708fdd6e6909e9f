import { expect, it } from 'vitest'
import { issueCredential, revokeCredential } from '../../src/issuer/index.ts'
import { createIssuerStore } from '../../src/storage/issuer-store.ts'
import { describeOnEachDatabase } from '../shared/databases.ts'
import { holder, issueRequest, issuerOf, machine, NOW, person, randomBytes } from './fixture.ts'

const issuer = issuerOf('issuer')
const by = person('operator').did

describeOnEachDatabase('a revocation for cause', (openDatabase) => {
  let opened: ReturnType<typeof openDatabase> | undefined
  const open = () => (opened ??= openDatabase())
  const setUp = async (name: string, cause: boolean) => {
    const store = createIssuerStore(await open())
    const issue = (change = {}) => issueCredential({ issuer, store, randomBytes }, issueRequest(issuer, name, change))
    const { id } = await issue()
    await revokeCredential(store, { issuer: issuer.did, credentialId: id, reason: 'a lie', by, cause }, NOW)
    return { store, issue, ...issueRequest(issuer, name) }
  }
  const stranger = holder('a stranger').for(issuer, machine('a stranger').device)
  const elsewhere = { holder: stranger.did, subject: stranger.subject, binding: stranger.binding }

  it('bars the holder’s DID and its binding from the device, each by itself', async () => {
    const { issue, holder: did, binding } = await setUp('barred', true)
    const barred = { code: 'deviceRevoked' }
    await expect(issue()).rejects.toMatchObject(barred)
    await expect(issue({ ...elsewhere, binding })).rejects.toMatchObject(barred)
    await expect(issue({ ...elsewhere, holder: did })).rejects.toMatchObject(barred)
    await expect(issue(elsewhere)).resolves.toMatchObject({ retry: false })
  })

  it('bars nobody from another device', async () => {
    const { issue } = await setUp('barred for one', true)
    const { device } = machine('the other')
    const { binding } = holder('barred for one').for(issuer, device)
    await expect(issue({ device, binding })).resolves.toMatchObject({ retry: false })
  })

  it('lasts until the operator lifts it; what was revoked stays so', async () => {
    const { store, issue, device, binding } = await setUp('barred for now', true)
    expect(await store.transaction((tx) => tx.findBars(device))).toMatchObject([
      { device, binding, reason: 'a lie', by, barredAt: NOW },
    ])
    expect(await store.transaction((tx) => tx.liftBars(device))).toBe(1)
    expect(await store.transaction((tx) => tx.liftBars(device))).toBe(0)
    await expect(issue()).rejects.toMatchObject({ code: 'revoked' })
    await expect(issue({ ...elsewhere, binding })).resolves.toMatchObject({ retry: false })
  })

  it('is not any other revocation', async () => {
    const { store, issue, device } = await setUp('revoked without cause', false)
    expect(await store.transaction((tx) => tx.findBars(device))).toEqual([])
    await expect(issue()).rejects.toMatchObject({ code: 'revoked' })
    await expect(issue(elsewhere)).resolves.toMatchObject({ retry: false })
  })

  it('holds what is being signed while it happens', async () => {
    const { store, issue, ...request } = await setUp('barred meanwhile', false)
    const other = { ...request, ...elsewhere }
    const sign = async (message: Uint8Array) => {
      const { device, binding, holder: did } = other
      await store.transaction((tx) => tx.addBar({ device, binding, holder: did, reason: 'a lie', by, barredAt: NOW }))
      return issuer.sign(message)
    }
    const racing = issueCredential({ issuer: { ...issuer, sign }, store, randomBytes }, other)
    await expect(racing).rejects.toMatchObject({ code: 'deviceRevoked' })
  })
})
