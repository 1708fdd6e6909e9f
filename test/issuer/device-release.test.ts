import { describe, expect, it } from 'vitest'
import { releases, verifyDeviceRelease } from '../../src/issuer/device-release.ts'
import { zSignedRelease } from '../../src/issuer/index.ts'
import { ed25519FromDidKey } from '../../src/protocol/index.ts'
import { DAY, EPOCH, machine, NOW, person, releaseOf, resolveKeys } from './fixture.ts'

const issuer = person('issuer').did
const old = person('the old holder')
const { device, agent } = machine('a machine')
const scope = { issuer, device, from: 100n, to: 200n }
const record = {
  ...{ device, binding: 100n, agentKey: agent.hex, generation: 0, firstEpoch: EPOCH - 9, inheritedSilence: 0 },
  ...{ source: 2, boundAt: NOW - 9 * DAY, seenAt: NOW - DAY },
}
const verify = (input: unknown) => verifyDeviceRelease(input, issuer, NOW, resolveKeys)

describe('verifyDeviceRelease', () => {
  it('takes the release of the recorded holder’s DID', async () => {
    const release = await releaseOf(old, scope)
    expect(zSignedRelease.safeParse(release).success).toBe(true)
    expect(releases(await verify(release), record, 200n, old.did)).toBe(true)
  })

  it('takes the release of the recorded agent key', async () => {
    const release = await verify(await releaseOf(agent, scope, NOW, 'agent'))
    expect(releases(release, record, 200n, undefined)).toBe(true)
    expect(releases(release, { ...record, agentKey: person('another').hex }, 200n, undefined)).toBe(false)
  })

  it('takes no release of a DID that the issuer knows nobody by', async () => {
    const release = await verify(await releaseOf(person('another'), scope))
    expect(releases(release, record, 200n, old.did)).toBe(false)
    expect(releases(release, record, 200n, undefined)).toBe(false)
  })

  it.each([
    ['to another binding', { ...scope, to: 201n }],
    ['from another binding', { ...scope, from: 101n }],
    ['of another device', { ...scope, device: device + 1n }],
  ])('takes no release %s', async (_, other) => {
    expect(releases(await verify(await releaseOf(old, other)), record, 200n, old.did)).toBe(false)
  })

  it('takes no release from before the device came to its holder: it may have been used once already', async () => {
    const boundAt = NOW - 3 * DAY
    for (const [issuedAt, taken] of [
      [boundAt, false],
      [boundAt + 1, true],
    ] as const) {
      const release = await verify(await releaseOf(old, scope, issuedAt))
      expect(releases(release, { ...record, boundAt }, 200n, old.did)).toBe(taken)
    }
  })

  it.each([NOW - 7 * DAY - 1, NOW + 121])('refuses one issued at %i as expired', async (issuedAt) => {
    await expect(verify(await releaseOf(old, scope, issuedAt))).rejects.toMatchObject({
      code: 'expired',
      message: 'The device release must be younger than 7 days',
    })
  })

  it('refuses one for another issuer', async () => {
    await expect(verify(await releaseOf(old, { ...scope, issuer: old.did }))).rejects.toMatchObject({
      code: 'unauthorized',
      message: 'The device release is made for another issuer',
    })
  })

  it('refuses one that its signer did not sign', async () => {
    await expect(verify(await releaseOf(person('another'), scope, NOW, old.did))).rejects.toMatchObject({
      code: 'signatureInvalid',
      message: `The signature of ${old.did} on the device release does not verify`,
    })
  })

  it('says when the signer’s DID does not resolve', async () => {
    await expect(verify(await releaseOf(old, scope, NOW, 'did:web:nowhere.example'))).rejects.toMatchObject({
      code: 'didUnresolvable',
    })
    expect(() => ed25519FromDidKey('did:web:nowhere.example')).toThrow('is not an Ed25519 did:key')
  })

  it('refuses what is no release', async () => {
    await expect(verify({ release: {} })).rejects.toMatchObject({
      code: 'malformed',
      message: expect.stringContaining('The device release is malformed'),
    })
  })
})
