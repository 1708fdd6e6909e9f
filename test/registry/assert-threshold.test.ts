import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AssayError } from '../../src/protocol/errors.ts'
import { assertThreshold, type DocumentSignature, signDocument } from '../../src/registry/index.ts'
import { makeSigner, makeSigners, resolveKeys } from './world.ts'

const document = { type: 'Test', value: 1 }
const signers = makeSigners('signer', 6)
const stranger = makeSigner('stranger')
const own = await Promise.all(signers.map((signer) => signDocument(document, signer)))
const ofOther = await Promise.all(signers.map((signer) => signDocument({ ...document, value: 2 }, signer)))
const foreign = await signDocument(document, stranger)

const check = (signatures: unknown[], count: number, threshold: number) =>
  assertThreshold(
    document,
    signatures,
    signers.slice(0, count).map(({ did }) => did),
    threshold,
    resolveKeys,
  )

const tooFew = (threshold: number, count: number, valid: number) =>
  new AssayError('notEnoughSignatures', `Needs valid signatures by ${threshold} of ${count}, has ${valid}`, {
    valid,
    threshold,
  })

describe('protocol, registry: one function checks k-of-n signatures', () => {
  it('takes any k distinct signers out of n and no fewer, whatever noise is among the signatures', async () => {
    const noise = fc.constantFrom<unknown>(
      foreign,
      { ...own[0], signer: signers[1]!.did },
      { signer: signers[0]!.did, value: 'AAAA' },
      { signer: 'nobody', value: own[0]!.value },
      null,
      'text',
      ...ofOther,
    )
    const scenario = fc.integer({ min: 1, max: 6 }).chain((n) =>
      fc.record({
        n: fc.constant(n),
        k: fc.integer({ min: 1, max: n }),
        who: fc.array(fc.integer({ min: 0, max: n - 1 }), { maxLength: 8 }),
        junk: fc.array(noise, { maxLength: 4 }),
      }),
    )
    await fc.assert(
      fc.asyncProperty(scenario, async ({ n, k, who, junk }) => {
        const signatures = [...junk, ...who.map((i) => own[i])]
        const distinct = new Set(who).size
        if (distinct >= k) await check(signatures, n, k)
        else await expect(check(signatures, n, k)).rejects.toEqual(tooFew(k, n, distinct))
      }),
      { numRuns: 60 },
    )
  })

  it('takes two of three, in any order', async () => {
    await check([own[2], own[0]], 3, 2)
    await expect(check([own[1]], 3, 2)).rejects.toEqual(tooFew(2, 3, 1))
  })

  it('counts a signer who signs twice once', async () => {
    await expect(check([own[0], own[0], own[0]], 3, 2)).rejects.toEqual(tooFew(2, 3, 1))
  })

  it('does not count who is no signer', async () => {
    await expect(check([foreign, own[0]], 3, 2)).rejects.toEqual(tooFew(2, 3, 1))
    await expect(check([own[4], own[0]], 3, 2)).rejects.toEqual(tooFew(2, 3, 1))
  })

  it.each<[string, Partial<DocumentSignature> & Record<string, unknown>]>([
    ['too short', { value: own[1]!.value.slice(0, -2) }],
    ['not base64url', { value: `${own[1]!.value.slice(0, -1)}=` }],
    ['zero', { value: 'A'.repeat(86) }],
    ['with a field too many', { ...own[1], extra: 1 }],
  ])('does not count a signature that is %s, and does not fail on it', async (_, change) => {
    await expect(check([{ ...own[1], ...change }, own[0]], 3, 2)).rejects.toEqual(tooFew(2, 3, 1))
    await check([{ ...own[1], ...change }, own[0], own[2]], 3, 2)
  })

  it('does not count a signer whose DID does not resolve, but passes other failures on', async () => {
    const dids = signers.slice(0, 3).map(({ did }) => did)
    const broken = (error: Error) => async (did: string) => {
      if (did === dids[0]) throw error
      return resolveKeys(did)
    }
    const unresolvable = broken(new AssayError('didUnresolvable'))
    await assertThreshold(document, own, dids, 2, unresolvable)
    await expect(assertThreshold(document, own, dids, 3, unresolvable)).rejects.toEqual(tooFew(3, 3, 2))
    const crash = new TypeError('crash')
    await expect(assertThreshold(document, own, dids, 1, broken(crash))).rejects.toBe(crash)
  })

  it('counts a key that two signers share once', async () => {
    const [first, second] = [signers[0]!.did, signers[1]!.did]
    const shared = async () => resolveKeys(first)
    const twice = [own[0], { signer: second, value: own[0]!.value }]
    await expect(assertThreshold(document, twice, [first, second], 2, shared)).rejects.toEqual(tooFew(2, 2, 1))
  })

  it('signs the document without its signatures, so signers may come one after another', async () => {
    const signed = { ...document, signatures: [own[0]] }
    expect(await signDocument(signed, signers[1]!)).toEqual(own[1])
  })

  it('refuses a threshold that nobody would have to meet', async () => {
    await expect(check([], 3, 0)).rejects.toEqual(new RangeError('A threshold is a positive integer'))
  })
})
