import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { signDocument, verifyDocument } from '../../src/identity/sign-document.ts'
import { ed25519FromDidKey } from '../../src/protocol/did.ts'
import { didSignerFromKey } from '../../src/protocol/did-signer.ts'
import type { ResolveKeys } from '../../src/protocol/effects.ts'
import { AssayError } from '../../src/protocol/errors.ts'

const alice = didSignerFromKey(new Uint8Array(32).fill(1))
const bob = didSignerFromKey(new Uint8Array(32).fill(2))
const resolveKeys: ResolveKeys = async (did) => [ed25519FromDidKey(did)]

describe('a signed document', () => {
  it('verifies, however its members are ordered', async () => {
    const signature = await signDocument({ type: 'a', list: [1, 'ü'] }, alice.did, alice.sign)
    expect(await verifyDocument({ list: [1, 'ü'], type: 'a' }, signature, resolveKeys)).toBe(true)
  })

  it('does not verify when anything differs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.jsonValue(), async (signed, other) => {
        const signature = await signDocument({ value: signed }, alice.did, alice.sign)
        const same = Object.is(JSON.stringify(signed), JSON.stringify(other))
        fc.pre(!same)
        expect(await verifyDocument({ value: signed }, signature, resolveKeys)).toBe(true)
        expect(await verifyDocument({ value: signed, more: other }, signature, resolveKeys)).toBe(false)
        expect(await verifyDocument({ value: signed }, { ...signature, signer: bob.did }, resolveKeys)).toBe(false)
      }),
      { numRuns: 25 },
    )
  })

  it('is not judged when the signer does not resolve, or the signature is none', async () => {
    const signature = await signDocument({}, alice.did, alice.sign)
    const failing: ResolveKeys = async () => {
      throw new AssayError('didUnresolvable')
    }
    await expect(verifyDocument({}, signature, failing)).rejects.toMatchObject({ code: 'didUnresolvable' })
    for (const value of [signature.value.slice(1), `${signature.value.slice(0, -1)}B`, `${signature.value}=`]) {
      await expect(verifyDocument({}, { ...signature, value }, resolveKeys)).rejects.toMatchObject({
        code: 'malformed',
        message: 'The signature is not a signer and 64 bytes',
      })
    }
  })
})
