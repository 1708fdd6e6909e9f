import { describe, expect, it } from 'vitest'
import { rootConflict, verifyConflict } from '../../src/registry/index.ts'
import { genesis, makeRoot, NUMBER, resolveKeys, witnesses } from './world.ts'

const verify = (json: unknown) => verifyConflict(json, { genesis, resolveKeys })

describe('protocol, registry: evidence against witnesses', () => {
  it('convicts those who signed both of two different roots of one number', async () => {
    const a = await makeRoot(NUMBER, 1, { signers: [witnesses[0]!, witnesses[1]!] })
    const b = await makeRoot(NUMBER, 2, { signers: [witnesses[1]!, witnesses[2]!] })
    expect((await verify(rootConflict(a, b))).witnesses).toEqual([witnesses[1]!.did])
  })

  it('convicts nobody by roots of two numbers, or by one root with other signatures', async () => {
    const [a, b] = [await makeRoot(NUMBER, 1), await makeRoot(NUMBER + 1, 2)]
    await expect(verify(rootConflict(a, b))).rejects.toMatchObject({ code: 'registryInvalid' })
    const again = await makeRoot(NUMBER, 1, { signers: witnesses.slice(1) })
    await expect(verify(rootConflict(a, again))).rejects.toMatchObject({ code: 'registryInvalid' })
  })

  it('convicts nobody who did not sign both, with both keys', async () => {
    const a = await makeRoot(NUMBER, 1, { signers: [witnesses[0]!] })
    const b = await makeRoot(NUMBER, 2, { signers: [witnesses[1]!] })
    await expect(verify(rootConflict(a, b))).rejects.toMatchObject({ code: 'notEnoughSignatures' })
    const forged = { ...b, signatures: a.signatures }
    await expect(verify(rootConflict(a, forged))).rejects.toMatchObject({ code: 'notEnoughSignatures' })
    await expect(verify({ ...rootConflict(a, b), extra: 1 })).rejects.toMatchObject({ code: 'malformed' })
  })
})
